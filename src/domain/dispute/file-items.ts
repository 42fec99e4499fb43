import type { Dispute } from './dispute.ts'

export type FileItem = 'recorded' | 'parties' | 'facts' | 'told' | 'agreement' | 'signed' | 'follow-up'

/**
 * What a dispute's file needs and whether it is there (还差什么), in the order of work. The rights notice, the agreement or its
 * oral register, the signatures and the follow-up are the papers of 司发通〔2010〕239号; an oral agreement has nothing to sign
 * (人民调解法 art. 28). A matter that was not settled needs only what is known of it.
 */
export function fileItems(dispute: Dispute): { item: FileItem; done: boolean }[] {
  const items: { item: FileItem; done: boolean }[] = [
    { item: 'recorded', done: true },
    { item: 'parties', done: dispute.parties.length >= 2 },
    { item: 'facts', done: dispute.facts.trim() !== '' },
    { item: 'told', done: dispute.rightsToldOn !== null },
  ]
  const { agreement } = dispute
  if (agreement) {
    items.push({ item: 'agreement', done: agreement.terms.trim() !== '' })
    if (agreement.form === 'written') items.push({ item: 'signed', done: agreement.signedOn !== null })
    items.push({ item: 'follow-up', done: dispute.followUps.length > 0 })
  }
  return items
}
