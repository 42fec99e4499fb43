import { isFollowUpDue } from '#domain/dispute/dates.ts'
import type { Dispute } from '#domain/dispute/dispute.ts'
import { fileItems, type FileItem } from '#domain/dispute/file-items.ts'
import { canMove } from '#domain/dispute/stage.ts'
import type { Body } from '#domain/record/kind.ts'
import type { Day } from '#domain/time/day.ts'

/** Everything that can be done to a dispute on its page; each is one small sheet. */
export const STEPS = [
  'tell',
  'meet',
  'outcome',
  'write',
  'sign',
  'perform',
  'visit',
  'confirm',
  'submit',
  'resume',
  'escalate',
  'transfer',
  'close',
  'facts',
  'parties',
  'matter',
  'cancel',
] as const
export type Step = (typeof STEPS)[number]

const STEP_OF_ITEM: Readonly<Record<FileItem, Step>> = {
  recorded: 'matter',
  parties: 'parties',
  facts: 'facts',
  told: 'tell',
  agreement: 'write',
  signed: 'sign',
  'follow-up': 'visit',
}

/** The sheet that fills in a thing the file still needs. */
export const stepOfItem = (item: FileItem): Step => STEP_OF_ITEM[item]

const STEP_OF_OP: Readonly<Record<string, Step>> = {
  'dispute.tell': 'tell',
  'dispute.agree': 'outcome',
  'dispute.fail': 'outcome',
  'dispute.escalate': 'escalate',
  'dispute.transfer': 'transfer',
  'dispute.resume': 'resume',
  'dispute.write': 'write',
  'dispute.sign': 'sign',
  'dispute.perform': 'perform',
  'dispute.follow-up': 'visit',
  'dispute.confirm': 'confirm',
  'dispute.submit': 'submit',
  'dispute.close': 'close',
  'dispute.cancel': 'cancel',
  'set.add': 'parties',
  'set.remove': 'parties',
}

/** The sheet in which an op was typed; null for an op that no sheet makes. */
export function stepOfOp(op: string, args: Body): Step | null {
  if (op === 'patch') return 'facts' in args ? 'facts' : 'matter'
  return STEP_OF_OP[op] ?? null
}

const isOver = (dispute: Dispute): boolean => dispute.stage === 'closed' || dispute.stage === 'cancelled'

/** Whether any step was taken after the office handed the file back. */
function isMended(dispute: Dispute): boolean {
  const whats = dispute.events.map((one) => one.what)
  return whats.lastIndexOf('returned') < whats.length - 1
}

/**
 * Where to mend a file that came back: the agreement while its words or its day are missing, else the first thing missing. What all
 * have signed is written no more.
 */
export function mendStep(dispute: Dispute): Step {
  const agreement = dispute.agreement?.signedOn === null ? dispute.agreement : null
  if (agreement && (agreement.terms.trim() === '' || agreement.performBy === null)) return 'write'
  const missing = fileItems(dispute).find((one) => !one.done)
  return missing ? stepOfItem(missing.item) : agreement ? 'write' : 'facts'
}

/**
 * The one thing to do next, or null when nothing is left. A file that came back is mended first; a visit that is due comes before
 * papers; then whatever the file still needs, in its order.
 */
export function nextStep(dispute: Dispute, today: Day): Step | null {
  if (isOver(dispute)) return null
  if (dispute.review?.state === 'returned') return isMended(dispute) ? 'submit' : mendStep(dispute)
  if (dispute.stage === 'agreed' && isFollowUpDue(dispute, today)) return 'visit'
  const missing = fileItems(dispute).find((one) => !one.done)
  if (missing) return stepOfItem(missing.item)
  if (dispute.stage === 'open' || dispute.stage === 'escalated') return 'outcome'
  if (dispute.stage === 'agreed' && dispute.performance?.state !== 'whole') return 'perform'
  return dispute.stage === 'agreed' && dispute.review === null ? 'submit' : 'close'
}

/** The second button beside the next step: what else one would most likely do now; null when one is enough. */
export function besideStep(dispute: Dispute, next: Step | null): Step | null {
  if (next === 'outcome') return 'meet'
  if (dispute.stage === 'failed' && next === 'close') return 'resume'
  return dispute.review?.state === 'returned' && next !== 'submit' ? 'submit' : null
}

/** Every step a dispute can take as it stands, in the order of work; the sheet 更多 lists them. */
export function offered(dispute: Dispute): Step[] {
  const { agreement, stage } = dispute
  if (stage === 'cancelled') return []
  const has = agreement !== null
  const can: Readonly<Record<Step, boolean>> = {
    tell: !isOver(dispute) && dispute.rightsToldOn === null,
    meet: !isOver(dispute),
    outcome: stage === 'open' || stage === 'escalated',
    write: agreement?.signedOn === null && !isOver(dispute),
    sign: agreement?.form === 'written' && !isOver(dispute),
    perform: has,
    visit: has || stage === 'closed',
    confirm: has,
    submit: !isOver(dispute) && dispute.review?.state !== 'submitted',
    resume: canMove(stage, 'open'),
    escalate: stage === 'failed',
    transfer: !isOver(dispute),
    close: canMove(stage, 'closed'),
    facts: !isOver(dispute),
    parties: !isOver(dispute),
    matter: !isOver(dispute),
    cancel: canMove(stage, 'cancelled'),
  }
  return STEPS.filter((step) => can[step])
}
