import type { Dispute } from '#domain/dispute/dispute.ts'
import type { Id } from '#domain/id.ts'
import { NOTICE_VERSION } from '#domain/privacy/consent.ts'
import type { Body } from '#domain/record/kind.ts'
import type { RegionCode } from '#domain/region/code.ts'
import { addDays, type Day } from '#domain/time/day.ts'
import type { Edit } from '#phone/api.ts'
import type { Step } from './steps.ts'
import { amountOf, type StepValues } from './step-values.ts'

/** Days until the next look when it broke again, and until the next routine one. */
export const LOOK_AGAIN_DAYS = { no: 7, yes: 90 } as const

export interface Target {
  id: Id
  region: RegionCode
  dispute: Dispute
  /** Its meetings on this phone: they go behind the closed door with it. */
  meetings: readonly Id[]
  /** Files of it and of its meetings on this phone; they go with it too. */
  files: readonly Id[]
  today: Day
  newId(): Id
}

type Op = Pick<Edit, 'op' | 'args'>
type Maker = (values: StepValues, target: Target, on: Day) => Op[]

const orNull = (day: string): Day | null => (day === '' ? null : day)

const performed = (values: StepValues, on: Day, note: string): Op => ({
  op: 'dispute.perform',
  args: { on, state: values.state, note },
})

const outcome: Maker = (values, _target, on) => {
  const note = values.note.trim()
  if (values.outcome === 'failed') return [{ op: 'dispute.fail', args: { on, reason: note } }]
  if (values.outcome === 'escalated') return [{ op: 'dispute.escalate', args: { on, note } }]
  const args = {
    on,
    form: values.form,
    terms: values.terms.trim(),
    performBy: orNull(values.performBy),
    amountYuan: null,
  }
  return [{ op: 'dispute.agree', args }]
}

/** One visit may answer two questions: whether it holds, and whether what was promised was done. */
const visit: Maker = (values, target, on) => {
  const looked = {
    op: 'dispute.follow-up',
    args: {
      on,
      id: target.newId(),
      holds: values.holds === 'yes',
      note: values.note.trim(),
      nextOn: orNull(values.nextOn),
    },
  }
  return values.state === '' ? [looked] : [performed(values, on, ''), looked]
}

/** Only the sides that changed: added or renamed ones are put in their place, emptied ones taken out. */
const parties: Maker = (values, { dispute }) => {
  const edits: Op[] = []
  for (const side of values.sides) {
    const name = side.name.trim()
    const was = dispute.parties.find((one) => one.id === side.id)
    if (name === '' && was) edits.push({ op: 'set.remove', args: { set: 'parties', id: side.id } })
    if (name !== '' && (!was || was.name !== name || was.kind !== side.kind))
      edits.push({ op: 'set.add', args: { set: 'parties', item: { ...side, name } } })
  }
  return edits
}

/** Only the fields that changed, so that a colleague's change of another field stays. */
const changed = (dispute: Dispute, fields: Body): Op[] => {
  const now = dispute as unknown as Body
  const args = Object.fromEntries(
    Object.entries(fields).filter(([key, value]) => JSON.stringify(now[key]) !== JSON.stringify(value)),
  )
  return Object.keys(args).length > 0 ? [{ op: 'patch', args }] : []
}

const withNote =
  (op: string): Maker =>
  (values, _target, on) => [{ op, args: { on, note: values.note.trim() } }]
const onlyDay =
  (op: string): Maker =>
  (_values, _target, on) => [{ op, args: { on } }]

/** What was read out has a version; what was not answered stays open and keeps nobody from being helped. */
const tell: Maker = ({ sensitive, guardian, photos, hearers }, _target, on) => {
  const said = { sensitive, guardian, photos, hearers: hearers === '' ? null : hearers }
  return [{ op: 'dispute.tell', args: { on, consent: { notice: NOTICE_VERSION, on, ...said } } }]
}

const MAKERS: Readonly<Record<Exclude<Step, 'meet'>, Maker>> = {
  tell,
  outcome,
  write: (values, _target, on) => {
    const amount = amountOf(values.amount)
    const args = {
      on,
      terms: values.terms.trim(),
      performBy: orNull(values.performBy),
      amountYuan: amount === 'wrong' ? null : amount,
    }
    return [{ op: 'dispute.write', args }]
  },
  sign: onlyDay('dispute.sign'),
  perform: (values, _target, on) => [performed(values, on, values.note.trim())],
  visit,
  confirm: (values, _target, on) => [{ op: 'dispute.confirm', args: { on, status: values.status } }],
  submit: onlyDay('dispute.submit'),
  resume: withNote('dispute.resume'),
  escalate: withNote('dispute.escalate'),
  transfer: (values, _target, on) => [
    { op: 'dispute.transfer', args: { on, region: values.to, note: values.note.trim() } },
  ],
  close: withNote('dispute.close'),
  cancel: withNote('dispute.cancel'),
  facts: (values, { dispute }) => changed(dispute, { facts: values.facts.trim() }),
  parties,
  matter: (values, { dispute }) =>
    changed(dispute, { topic: values.topic.trim(), place: values.place.trim(), flags: [...values.flags] }),
}

/** What every meeting and file gets too, in the same save, because neither must stay where the dispute has left; null: nothing. */
function forParts({ op, args }: Edit): Op | null {
  if (op === 'dispute.transfer') return { op, args }
  return op === 'patch' && 'flags' in args ? { op, args: { flags: args['flags'] } } : null
}

function withParts(edit: Edit, { region, meetings, files }: Target): Edit[] {
  const also = forParts(edit)
  if (!also) return []
  return [
    ...meetings.map((id): Edit => ({ ...also, kind: 'meeting', id, region })),
    ...files.map((id): Edit => ({ ...also, kind: 'attachment', id, region })),
  ]
}

/** What one sheet means, to be saved together; none when nothing was changed. */
export function editsOf(step: Step, values: StepValues, target: Target): Edit[] {
  const on = values.on || target.today
  const at = { kind: 'dispute', id: target.id, region: target.region } as const
  if (step !== 'meet') {
    const edits = MAKERS[step](values, target, on).map((one): Edit => ({ ...at, ...one }))
    return [...edits, ...edits.flatMap((one) => withParts(one, target))]
  }
  const helpers = values.helpers.split(/[、，,\s]+/u).filter((one) => one !== '')
  const args = {
    dispute: target.id,
    on,
    place: values.place.trim(),
    notes: values.note.trim(),
    helpers,
    flags: target.dispute.flags,
  }
  return [{ op: 'create', kind: 'meeting', id: target.newId(), region: target.region, args }]
}

/** The day proposed for the next look, by what was found. */
export const nextLook = (holds: 'yes' | 'no', on: Day): Day => addDays(on, LOOK_AGAIN_DAYS[holds])
