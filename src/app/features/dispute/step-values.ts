import * as v from 'valibot'
import { DisputeFlagSchema, type Dispute } from '#domain/dispute/dispute.ts'
import type { Id } from '#domain/id.ts'
import { HearersSchema } from '#domain/privacy/consent.ts'
import type { Day } from '#domain/time/day.ts'
import type { Step } from './steps.ts'

const text = (max: number) => v.optional(v.fallback(v.pipe(v.string(), v.maxLength(max)), ''), '')
const choice = <const T extends readonly string[]>(options: T) =>
  v.optional(v.fallback(v.picklist(['', ...options]), ''), '')

const SideSchema = v.looseObject({
  id: v.string(),
  name: v.string(),
  kind: v.picklist(['person', 'organisation']),
})
export type Side = v.InferOutput<typeof SideSchema>

/** What the sheets hold, one shape for all of them; reads kept values of any age. '' while not said. */
export const StepValuesSchema = v.object({
  /** The day it happened; '' is today. */
  on: text(10),
  outcome: choice(['agreed', 'failed', 'escalated']),
  form: choice(['oral', 'written']),
  terms: text(20_000),
  amount: text(20),
  performBy: text(10),
  note: text(20_000),
  state: choice(['whole', 'part', 'none']),
  holds: choice(['yes', 'no']),
  nextOn: text(10),
  /** Where it is handed to, twelve digits. */
  to: text(12),
  status: choice(['applied', 'valid', 'not-accepted', 'dismissed', 'withdrawn']),
  sensitive: choice(['yes', 'no']),
  guardian: choice(['yes', 'no']),
  photos: choice(['yes', 'no']),
  hearers: choice(HearersSchema.options),
  place: text(100),
  helpers: text(200),
  facts: text(20_000),
  topic: text(60),
  sides: v.optional(v.fallback(v.array(SideSchema), []), []),
  flags: v.optional(v.fallback(v.array(DisputeFlagSchema), []), []),
})
export type StepValues = v.InferOutput<typeof StepValuesSchema>

const blank = (): StepValues => v.parse(StepValuesSchema, {})

/** The sheet of a step as it opens: empty, or holding what the record says already. */
export function startOf(step: Step, dispute: Dispute, newId: () => Id): StepValues {
  const { agreement } = dispute
  if (step === 'write')
    return {
      ...blank(),
      terms: agreement?.terms ?? '',
      amount: agreement?.amountYuan === null || agreement === null ? '' : String(agreement.amountYuan),
      performBy: agreement?.performBy ?? '',
    }
  if (step === 'tell' && dispute.consent) {
    const { sensitive, guardian, photos, hearers } = dispute.consent
    return { ...blank(), sensitive, guardian, photos, hearers: hearers ?? '' }
  }
  if (step === 'facts') return { ...blank(), facts: dispute.facts }
  if (step === 'matter')
    return { ...blank(), topic: dispute.topic, place: dispute.place, flags: [...dispute.flags] }
  if (step === 'confirm')
    return { ...blank(), status: dispute.confirmation?.status === 'applied' ? 'valid' : 'applied' }
  if (step !== 'parties') return blank()
  const sides = dispute.parties.map((one) => ({ ...one }))
  while (sides.length < 2) sides.push({ id: newId(), name: '', kind: 'person' })
  return { ...blank(), sides }
}

/** What a refused op held, back in its sheet; what the sheet has no field for is left to be read on the page. */
export function refusedValues(
  start: StepValues,
  op: string,
  args: Readonly<Record<string, unknown>>,
): StepValues {
  const said = { ...args }
  if (typeof args['amountYuan'] === 'number') said['amount'] = String(args['amountYuan'])
  if (op === 'dispute.transfer') said['to'] = args['region']
  if (typeof args['holds'] === 'boolean') said['holds'] = args['holds'] ? 'yes' : 'no'
  if (op === 'dispute.tell') Object.assign(said, args['consent'], { on: args['on'] })
  if (typeof args['reason'] === 'string') said['note'] = args['reason']
  if (op === 'dispute.agree') said['outcome'] = 'agreed'
  if (op === 'dispute.fail') said['outcome'] = 'failed'
  const item = args['item']
  if (op === 'set.add' && v.is(SideSchema, item))
    said['sides'] = [...start.sides.filter((one) => one.id !== item.id && one.name.trim() !== ''), item]
  const known = Object.fromEntries(
    Object.entries(said).filter(([key, value]) => key in start && value !== null),
  )
  return v.parse(StepValuesSchema, { ...start, ...known })
}

/** Yuan as typed, with or without commas; null when nothing is typed, 'wrong' when it is no amount. */
export function amountOf(typed: string): number | null | 'wrong' {
  const plain = typed.replace(/[,，\s元]/gu, '')
  if (plain === '') return null
  return /^\d{1,10}(\.\d{1,2})?$/.test(plain) ? Number(plain) : 'wrong'
}

/** The first thing that must be said before a sheet can be saved; null when nothing is missing. */
export function missingOf(step: Step, values: StepValues, today: Day): string | null {
  if (values.on > today) return 'future'
  if (step === 'outcome' && values.outcome === '') return 'outcome'
  if (step === 'outcome' && values.outcome === 'agreed' && values.form === '') return 'form'
  if (step === 'write' && values.terms.trim() === '') return 'terms'
  if (step === 'write' && amountOf(values.amount) === 'wrong') return 'amount'
  if (step === 'perform' && values.state === '') return 'state'
  if (step === 'visit' && values.holds === '') return 'holds'
  if (step === 'transfer' && values.to === '') return 'to'
  if (step === 'transfer' && values.note.trim() === '') return 'why'
  if (step === 'parties' && values.sides.every((one) => one.name.trim() === '')) return 'sides'
  return null
}
