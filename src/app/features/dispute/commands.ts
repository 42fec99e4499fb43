import { FIRST_FOLLOW_UP_DAYS, isFollowUpDue } from '#domain/dispute/dates.ts'
import type { Dispute } from '#domain/dispute/dispute.ts'
import { fileItems, type FileItem } from '#domain/dispute/file-items.ts'
import { canMove } from '#domain/dispute/stage.ts'
import type { Body } from '#domain/record/kind.ts'
import { addDays, type Day } from '#domain/time/day.ts'

/** Every step a person can take on a dispute, each a small sheet. */
export const COMMANDS = [
  'tell', 'agree', 'write', 'sign', 'perform', 'follow-up', 'confirm', 'fail', 'resume', 'escalate', 'submit', 'close', 'cancel',
] as const
export type Command = (typeof COMMANDS)[number]

/** What a sheet asks, in its order; the day of the step is asked last and is today unless changed. */
export const FIELDS: Readonly<Record<Command, readonly Field[]>> = {
  tell: [],
  agree: ['form', 'terms', 'performBy', 'amount'],
  write: ['terms', 'performBy', 'amount'],
  sign: [],
  perform: ['state', 'note'],
  'follow-up': ['holds', 'note', 'nextOn'],
  confirm: ['status'],
  fail: ['note'],
  resume: ['note'],
  escalate: ['note'],
  submit: [],
  close: ['note'],
  cancel: ['note'],
}
export type Field = 'form' | 'terms' | 'performBy' | 'amount' | 'state' | 'note' | 'holds' | 'nextOn' | 'status'

/** What a sheet holds; '' is not said. Amounts in yuan as typed. */
export interface CommandValues {
  on: Day
  form: '' | 'oral' | 'written'
  terms: string
  performBy: Day | ''
  amount: string
  state: '' | 'whole' | 'part' | 'none'
  holds: '' | 'yes' | 'no'
  nextOn: Day | ''
  status: '' | 'applied' | 'valid' | 'not-accepted' | 'dismissed' | 'withdrawn'
  note: string
}

/** A sheet as it opens: today, with what the agreement already says. */
export function startOf(dispute: Dispute, today: Day): CommandValues {
  const { agreement } = dispute
  return {
    on: today,
    form: agreement?.form ?? '',
    terms: agreement?.terms ?? '',
    performBy: agreement?.performBy ?? '',
    amount: agreement?.amountYuan === null || agreement?.amountYuan === undefined ? '' : String(agreement.amountYuan),
    state: '',
    holds: '',
    nextOn: '',
    status: dispute.confirmation ? '' : 'applied',
    note: '',
  }
}

const amountOf = (typed: string): number | null | 'wrong' => {
  const said = typed.trim().replace(/[,，\s]/g, '')
  if (said === '') return null
  return /^\d{1,10}(\.\d{1,2})?$/.test(said) ? Number(said) : 'wrong'
}

const REQUIRED: readonly Field[] = ['form', 'state', 'holds', 'status']

/** The first thing still missing or not understood, or null. */
export function missingOf(command: Command, values: CommandValues): Field | null {
  for (const field of FIELDS[command]) {
    if (REQUIRED.includes(field) && values[field] === '') return field
    if (field === 'amount' && amountOf(values.amount) === 'wrong') return 'amount'
    if (command === 'write' && field === 'terms' && values.terms.trim() === '') return 'terms'
  }
  return null
}

const ARGS: Readonly<Record<Command, (values: CommandValues, newId: () => string) => Body>> = {
  tell: () => ({}),
  agree: (v) => ({ form: v.form, terms: v.terms.trim(), performBy: v.performBy || null, amountYuan: amountOf(v.amount) }),
  write: (v) => ({ terms: v.terms.trim(), performBy: v.performBy || null, amountYuan: amountOf(v.amount) }),
  sign: () => ({}),
  perform: (v) => ({ state: v.state, note: v.note.trim() }),
  'follow-up': (v, newId) => ({
    id: newId(),
    holds: v.holds === 'yes',
    note: v.note.trim(),
    // What does not hold wants another visit, even if nobody named a day.
    nextOn: v.nextOn || (v.holds === 'no' ? addDays(v.on, FIRST_FOLLOW_UP_DAYS) : null),
  }),
  confirm: (v) => ({ status: v.status }),
  fail: (v) => ({ reason: v.note.trim() }),
  resume: (v) => ({ note: v.note.trim() }),
  escalate: (v) => ({ note: v.note.trim() }),
  submit: () => ({}),
  close: (v) => ({ note: v.note.trim() }),
  cancel: (v) => ({ note: v.note.trim() }),
}

/** The arguments of `dispute.<command>`. */
export const argsOf = (command: Command, values: CommandValues, newId: () => string): Body => ({ on: values.on, ...ARGS[command](values, newId) })

const STAGES = { agree: 'agreed', fail: 'failed', resume: 'open', escalate: 'escalated', close: 'closed', cancel: 'cancelled' } as const

/** Whether a step makes sense on a dispute as it stands. */
export function isOpen(command: Command, dispute: Dispute): boolean {
  if (dispute.stage === 'cancelled') return false
  if (command in STAGES) return canMove(dispute.stage, STAGES[command as keyof typeof STAGES])
  if (command === 'tell') return dispute.rightsToldOn === null
  if (command === 'sign') return dispute.agreement?.form === 'written' && dispute.agreement.signedOn === null
  if (command === 'submit') return dispute.review?.state !== 'submitted'
  if (command === 'follow-up') return dispute.stage !== 'open'
  return dispute.agreement !== null
}

/** The step that brings a missing paper. */
export const STEP_OF: Partial<Record<FileItem, Command>> = { told: 'tell', agreement: 'write', signed: 'sign', 'follow-up': 'follow-up' }

/** What to do next: what came back, a visit that is due, the first missing paper, then what the stage asks for; `edit` where fields are missing, null when all is done. */
export function nextStep(dispute: Dispute, today: Day): Command | 'edit' | 'outcome' | null {
  if (dispute.stage === 'cancelled' || dispute.stage === 'closed') return null
  if (dispute.review?.state === 'returned') return 'edit'
  if (isFollowUpDue(dispute, today)) return 'follow-up'
  const item = fileItems(dispute).find((one) => !one.done)?.item
  if (item) return STEP_OF[item] ?? 'edit'
  if (dispute.stage === 'open' || dispute.stage === 'escalated') return 'outcome'
  return dispute.stage === 'agreed' && dispute.performance?.state !== 'whole' ? 'perform' : 'close'
}
