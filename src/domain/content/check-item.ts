import { articleExists, articleVerified, lawInForce } from '../law/registry.ts'
import type { LawRegistry } from '../law/law.ts'
import type { Day } from '../time/day.ts'
import { blockOf, citationsOf, type ContentItem } from './content-item.ts'
import { plainFaults, type PlainReason } from './plain-language.ts'
import { isRetired } from './review.ts'

export type ItemReason =
  | PlainReason
  | 'law-unknown'
  | 'version-unknown'
  | 'version-repealed'
  | 'version-not-in-force'
  | 'article-beyond-last'
  | 'answer-missing'
  | 'steps-missing'
  | 'basis-missing'
  | 'help-missing'
  | 'danger-without-call'
  | 'danger-sent-to-talks'
export type ItemFault = { reason: ItemReason; text: string }

const IN_FORCE_REASON = {
  'law-unknown': 'law-unknown',
  'version-unknown': 'version-unknown',
  repealed: 'version-repealed',
  'not-yet-in-force': 'version-not-in-force',
} as const

function citationFaults(item: ContentItem, registry: LawRegistry, today: Day): ItemFault[] {
  return citationsOf(item).flatMap((one): ItemFault[] => {
    const text = `${one.law}@${one.version}#${one.article}`
    const inForce = lawInForce(registry, one.law, one.version, today)
    // A retired page keeps the law it was written under; its notice says so.
    const excused = !inForce.ok && inForce.reason === 'repealed' && isRetired(item, today)
    if (!inForce.ok && !excused) return [{ reason: IN_FORCE_REASON[inForce.reason], text }]
    const counted = registry.find((row) => row.id === one.law && row.version === one.version)?.lastArticle
    if (counted === null && !articleVerified(registry, one.law, one.version, one.article)) return []
    return articleExists(registry, one.law, one.version, one.article)
      ? []
      : [{ reason: 'article-beyond-last', text }]
  })
}

function skeletonFaults(item: ContentItem): ItemFault[] {
  const lacks = (reason: ItemReason): ItemFault[] => [{ reason, text: item.slug }]
  return [
    ...(blockOf(item, 'answer') ? [] : lacks('answer-missing')),
    ...(blockOf(item, 'steps') ? [] : lacks('steps-missing')),
    ...(citationsOf(item).length > 0 ? [] : lacks('basis-missing')),
    ...((blockOf(item, 'help')?.slots.length ?? 0) > 0 ? [] : lacks('help-missing')),
  ]
}

/** Where somebody may be beaten, the first number is the police and nobody is sent to sit down with the other side. */
function dangerFaults(item: ContentItem): ItemFault[] {
  const danger = blockOf(item, 'danger')
  if (!danger) return []
  const slots = blockOf(item, 'help')?.slots ?? []
  return [
    ...(slots[0] === danger.call ? [] : [{ reason: 'danger-without-call' as const, text: item.slug }]),
    ...(slots.includes('mediator') ? [{ reason: 'danger-sent-to-talks' as const, text: item.slug }] : []),
  ]
}

/** Every reason why an item may not be compiled on `today`; an empty list means it may. */
export const itemFaults = (item: ContentItem, registry: LawRegistry, today: Day): ItemFault[] => [
  ...skeletonFaults(item),
  ...dangerFaults(item),
  ...citationFaults(item, registry, today),
  ...plainFaults(item),
]

/** Citations nobody compared with an official text yet; an item with any is held back, not refused. */
export const unverifiedCitations = (item: ContentItem, registry: LawRegistry): string[] =>
  citationsOf(item)
    .filter((one) => !articleVerified(registry, one.law, one.version, one.article))
    .map((one) => one.title)
