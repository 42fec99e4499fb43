import type { Id } from '#domain/id.ts'
import type { Body, Kind } from '#domain/record/kind.ts'
import { restoringOp } from '#sync/fold/losses.ts'
import type { OpenLoss } from '#sync/protocol/wire.ts'
import { addDays } from '#domain/time/day.ts'
import type { Edit } from '#phone/api.ts'
import type { Act } from './acts.ts'
import { VILLAGES } from './office.ts'

/** A record as a person sees it when deciding what to do with it. */
export interface Seen {
  kind: Kind
  id: Id
  region: string
  body: Body
  /** Values that lost and about which nobody has decided. */
  losses: readonly OpenLoss[]
}

/** What an edit is made from besides the act. */
export interface Desk {
  newId(): Id
  today: string
  /** Text nobody else has typed. */
  word(): string
  /** Villages this person writes for. */
  villages: readonly string[]
  records: readonly Seen[]
}

const pick = <T>(list: readonly T[], share: number): T | undefined => list[Math.floor(share * list.length)]

/** A record to work on. Half of the time one of the first few, so that several people meet on the same one. */
function recordOf(desk: Desk, act: Act, kinds: readonly Kind[]): Seen | undefined {
  const fitting = desk.records.filter((one) => kinds.includes(one.kind))
  return act.a < 0.5 ? pick(fitting.slice(0, 3), act.a * 2) : pick(fitting, act.a * 2 - 1)
}

const villageOf = (desk: Desk, share: number): string => pick(desk.villages, share) ?? VILLAGES[0]

const newDispute = (desk: Desk, act: Act): Body => ({
  type: act.b < 0.5 ? 'D03' : 'D02',
  word: '',
  topic: '',
  parties: [{ id: desk.newId(), name: `示例${desk.word()}`, kind: 'person' }],
  facts: desk.word(),
  source: act.c < 0.2 ? 'S3' : 'S1',
  place: '',
  happenedOn: desk.today,
  acceptedOn: desk.today,
  paperNo: '',
  mediator: null,
  mediatorName: '',
  flags: act.c > 0.93 ? ['violence'] : [],
})

const newMeeting = (desk: Desk, dispute: Id, flags: unknown): Body => ({
  dispute,
  on: desk.today,
  place: '',
  notes: desk.word(),
  helpers: [],
  ...(Array.isArray(flags) && flags.length > 0 ? { flags } : {}),
})

export const newOutreach = (desk: Desk, act: Act): Body => ({
  form: 'yard',
  topic: '',
  title: desk.word(),
  on: desk.today,
  place: '',
  sixEntries: 'village',
  campaign: '',
  speakers: [],
  attendances: Math.floor(act.b * 60),
  countedHow: 'counted',
  people: null,
  materials: [],
  note: '',
  paperNo: '',
})

const newLead = (desk: Desk): Body => ({
  about: desk.word(),
  from: '',
  phone: '',
  text: '',
  channel: 'villager',
  on: desk.today,
})

const newService = (desk: Desk): Body => ({
  kind: 'question',
  asked: desk.word(),
  who: '',
  answer: 'answered',
  content: '',
  on: desk.today,
  paperNo: '',
})

const on = (one: Seen, op: string, args: Body): Edit => ({
  op,
  kind: one.kind,
  id: one.id,
  region: one.region,
  args,
})

const TEXT_FIELDS: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  dispute: ['facts', 'place', 'topic', 'mediatorName'],
  meeting: ['notes', 'place'],
  outreach: ['note', 'place', 'title'],
  lead: ['text', 'from'],
  service: ['who', 'asked'],
}
const PATCHED = Object.keys(TEXT_FIELDS) as Kind[]

/** The steps a dispute may take next, by its stage as this phone shows it; some do not fit, as people do. */
function steps(one: Seen, desk: Desk, act: Act): Edit {
  const day = desk.today
  const all: Edit[] = [
    on(one, 'dispute.tell', { on: day }),
    on(one, 'dispute.agree', {
      on: day,
      form: act.c < 0.5 ? 'oral' : 'written',
      terms: desk.word(),
      performBy: act.c < 0.3 ? addDays(day, 20) : null,
      amountYuan: null,
    }),
    on(one, 'dispute.fail', { on: day, reason: desk.word() }),
    on(one, 'dispute.escalate', { on: day, note: desk.word() }),
    on(one, 'dispute.resume', { on: day, note: desk.word() }),
    on(one, 'dispute.write', { on: day, terms: desk.word(), performBy: null, amountYuan: 100 }),
    on(one, 'dispute.sign', { on: day }),
    on(one, 'dispute.perform', { on: day, state: 'whole', note: desk.word() }),
    on(one, 'dispute.follow-up', { on: day, id: desk.newId(), holds: true, note: desk.word(), nextOn: null }),
    on(one, 'dispute.confirm', { on: day, status: 'valid' }),
    on(one, 'dispute.submit', { on: day }),
    on(one, 'dispute.close', { on: day, note: desk.word() }),
    on(one, 'dispute.cancel', { on: day, note: desk.word() }),
  ]
  // The first steps are taken often, the last ones seldom: a closed file takes none.
  return all[Math.floor(act.b * act.b * all.length)] as Edit
}

function party(desk: Desk, act: Act): Edit | null {
  const one = recordOf(desk, act, ['dispute'])
  if (!one) return null
  const parties = one.body['parties'] as (Body & { id: Id })[]
  if (act.kind === 'party-add')
    return on(one, 'set.add', {
      set: 'parties',
      item: { id: desk.newId(), name: desk.word(), kind: 'person' },
    })
  const chosen = pick(parties, act.b)
  if (!chosen) return null
  if (act.kind === 'party-remove') return on(one, 'set.remove', { set: 'parties', id: chosen.id })
  return on(one, 'set.add', { set: 'parties', item: { ...chosen, name: desk.word() } })
}

/** A dispute's form as it is saved after a talk: words, who else is in it, and often the talk itself. */
function form(desk: Desk, act: Act): Edit[] | null {
  const one = recordOf(desk, act, ['dispute'])
  if (!one) return null
  const item = { id: desk.newId(), name: desk.word(), kind: 'person' }
  const edits = [
    on(one, 'patch', { facts: desk.word(), place: desk.word() }),
    on(one, 'set.add', { set: 'parties', item }),
  ]
  const talk = fresh(desk, act, 'meeting', newMeeting(desk, one.id, one.body['flags']))
  return act.c < 0.6 ? [...edits, { ...talk, region: one.region }] : edits
}

function patches(desk: Desk, act: Act): Edit | null {
  const one = recordOf(desk, act, PATCHED)
  const fields = one && TEXT_FIELDS[one.kind]
  if (!one || !fields) return null
  const field = pick(fields, act.b) as string
  const other = pick(fields, act.c) as string
  const typed = act.kind === 'patch-two' ? [field, other] : [field]
  return on(one, 'patch', Object.fromEntries(typed.map((name) => [name, desk.word()])))
}

/** Somebody looks at two values of one field: lets the one stand, or puts the other back. */
function settled(desk: Desk, act: Act): Edit | null {
  const open = desk.records.filter((one) => one.losses.length > 0)
  const seen = pick(open, act.a)
  const loss = seen && pick(seen.losses, act.b)
  if (!seen || !loss) return null
  const { op, args } = restoringOp(loss.field, loss.value)
  return act.c < 0.5 ? on(seen, op, args) : on(seen, 'loss.settle', { field: loss.field, rv: loss.rv })
}

/** A dispute goes to another village, its meetings with it. */
function moved(desk: Desk, act: Act): Edit[] | null {
  const one = recordOf(desk, act, ['dispute'])
  if (!one) return null
  const region = VILLAGES[Math.floor(act.b * VILLAGES.length)] ?? VILLAGES[0]
  const meetings = desk.records.filter(
    (other) => other.kind === 'meeting' && other.body['dispute'] === one.id,
  )
  return [one, ...meetings].map((each) =>
    on(each, 'dispute.transfer', { on: desk.today, region, note: desk.word() }),
  )
}

/** A new record of a kind, in a village of this person's. */
const fresh = (desk: Desk, act: Act, kind: Kind, args: Body): Edit => ({
  op: kind === 'outreach' ? 'outreach.log' : 'create',
  kind,
  id: desk.newId(),
  region: villageOf(desk, act.a),
  args,
})

/** More than one page carries: somebody types in a drawer full of old files, every word of them. */
function longStories(desk: Desk, act: Act): Edit[] {
  const facts = (): string => `${desk.word()}${'长'.repeat(19_900)}`
  return Array.from({ length: 10 }, () =>
    fresh(desk, act, 'dispute', { ...newDispute(desk, act), flags: [], facts: facts() }),
  )
}

/** Something that no database holds, by itself or with a talk that hangs on it. */
function oddText(desk: Desk, act: Act): Edit[] {
  const text = `${desk.word()}\u0000`
  if (act.c < 0.5) return [fresh(desk, act, 'lead', { ...newLead(desk), text })]
  const dispute = fresh(desk, act, 'dispute', { ...newDispute(desk, act), facts: text })
  const meeting = fresh(desk, act, 'meeting', newMeeting(desk, dispute.id, dispute.args['flags']))
  return [dispute, { ...meeting, region: dispute.region }]
}

/** The edits of one save, as the screens would ask for them; null when there is nothing to do it on. */
export function editsOf(desk: Desk, act: Act): Edit[] | null {
  const one = (edit: Edit | null): Edit[] | null => edit && [edit]
  const over = (kinds: readonly Kind[], make: (seen: Seen) => Edit): Edit[] | null => {
    const seen = recordOf(desk, act, kinds)
    return seen ? [make(seen)] : null
  }
  switch (act.kind) {
    case 'dispute':
      return [fresh(desk, act, 'dispute', newDispute(desk, act))]
    case 'dispute-with-meeting': {
      const dispute = fresh(desk, act, 'dispute', newDispute(desk, act))
      const meeting = fresh(desk, act, 'meeting', newMeeting(desk, dispute.id, dispute.args['flags']))
      return [dispute, { ...meeting, region: dispute.region }]
    }
    case 'outreach':
      return [fresh(desk, act, 'outreach', newOutreach(desk, act))]
    // Pasted from somewhere with a character that no database holds.
    case 'long-stories':
      return longStories(desk, act)
    case 'odd-text':
      return oddText(desk, act)
    case 'lead':
      return [fresh(desk, act, 'lead', newLead(desk))]
    case 'service':
      return [fresh(desk, act, 'service', newService(desk))]
    case 'meeting':
      return over(['dispute'], (seen) => ({
        ...fresh(desk, act, 'meeting', newMeeting(desk, seen.id, seen.body['flags'])),
        region: seen.region,
      }))
    case 'patch':
    case 'patch-two':
      return one(patches(desk, act))
    case 'form':
      return form(desk, act)
    case 'headcount':
      return over(['outreach'], (seen) => on(seen, 'patch', { attendances: Math.floor(act.b * 90) }))
    case 'flags':
      return over(['dispute'], (seen) => on(seen, 'patch', { flags: act.b < 0.6 ? ['violence'] : [] }))
    case 'party-add':
    case 'party-change':
    case 'party-remove':
      return one(party(desk, act))
    case 'step':
      return over(['dispute'], (seen) => steps(seen, desk, act))
    case 'settle':
      return one(settled(desk, act))
    case 'move':
      return moved(desk, act)
    case 'lead-step':
      return over(['lead'], (seen) =>
        act.b < 0.6
          ? on(seen, 'lead.take', {})
          : on(seen, 'lead.settle', { outcome: 'answered', dispute: null }),
      )
    default:
      return null
  }
}
