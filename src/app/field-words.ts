import type { Body, Kind } from '#domain/record/kind.ts'

/** How the value of a field is said and typed. `words`: where the words of its choices stand in `app/text`. */
export type Saying =
  | { as: 'text' | 'area' | 'phone'; max: number }
  | {
      as:
        | 'day'
        | 'count'
        | 'yuan'
        | 'yes'
        | 'names'
        | 'parties'
        | 'party'
        | 'id-number'
        | 'village-word'
        | 'type'
    }
  | { as: 'choice' | 'choices'; words: string; options: readonly string[] }

/** A field of a record or of an op: the key of its label below `care.field`, and how its value is said. */
export interface FieldWords {
  label: string
  saying: Saying
}

const text = (label: string, max: number): FieldWords => ({ label, saying: { as: 'text', max } })
const phone: FieldWords = { label: 'phone', saying: { as: 'phone', max: 20 } }
const area = (label: string, max = 20_000): FieldWords => ({ label, saying: { as: 'area', max } })
const plain = (label: string, as: 'day' | 'count' | 'yuan' | 'yes' | 'names'): FieldWords => ({
  label,
  saying: { as },
})
const choice = (label: string, words: string, options: readonly string[]): FieldWords => ({
  label,
  saying: { as: 'choice', words, options },
})

const ON = plain('on', 'day')
const FLAGS: FieldWords = {
  label: 'flags',
  saying: {
    as: 'choices',
    words: 'dispute.flag',
    options: ['violence', 'minor', 'private', 'weapon', 'group'],
  },
}

type Fields = Readonly<Record<string, FieldWords>>

/** The typed fields of each kind, in the order in which a form asks for them. */
const FIELDS: Readonly<Record<Kind, Fields>> = {
  dispute: {
    word: { label: 'topic', saying: { as: 'village-word' } },
    topic: text('topic', 60),
    type: { label: 'type', saying: { as: 'type' } },
    parties: { label: 'parties', saying: { as: 'parties' } },
    facts: area('facts'),
    place: text('place', 100),
    happenedOn: plain('happenedOn', 'day'),
    acceptedOn: plain('acceptedOn', 'day'),
    source: choice('source', 'record.source', ['S1', 'S2', 'S10', 'S3', 'S4', 'S5', 'S6', 'S8', 'S9', 'S7']),
    flags: FLAGS,
    mediatorName: text('mediatorName', 50),
  },
  meeting: {
    notes: area('notes'),
    place: text('place', 100),
    helpers: plain('helpers', 'names'),
    on: ON,
    flags: FLAGS,
  },
  outreach: {
    title: text('title', 80),
    form: choice('how', 'record.outreachForm', [
      'market',
      'yard',
      'household',
      'loudspeaker',
      'group-chat',
      'lecture',
      'performance',
      'court-visit',
      'other',
    ]),
    attendances: plain('attendances', 'count'),
    countedHow: choice('countedHow', 'record.countedHow', ['estimated', 'counted', 'signed']),
    people: plain('people', 'count'),
    on: ON,
    place: text('place', 100),
    speakers: plain('speakers', 'names'),
    note: area('note', 5000),
    cancelled: plain('cancelled', 'yes'),
  },
  lead: { about: text('about', 60), from: text('from', 50), phone, text: area('said') },
  service: {
    asked: area('asked', 5000),
    who: text('who', 50),
    answer: choice('answer', 'record.answer', ['answered', 'to-mediator', 'to-office', 'to-lawyer', 'later']),
    kind: choice('serviceKind', 'record.kindOf', ['question', 'legal-aid', 'notary', 'other']),
    on: ON,
  },
  screening: {
    where: text('where', 100),
    found: plain('found', 'count'),
    households: plain('households', 'count'),
    note: area('note', 5000),
    on: ON,
  },
  'register.person': { name: text('name', 50), phone: text('phone', 20) },
  'register.organisation': { name: text('name', 80) },
  attachment: {
    caption: text('caption', 200),
    takenOn: plain('takenOn', 'day'),
    cancelled: plain('cancelled', 'yes'),
  },
}

const NOTE = area('word')
const ID_NUMBER: FieldWords = { label: 'idNumber', saying: { as: 'id-number' } }

/** What each step says besides the record's own fields. */
const ARGUMENTS: Readonly<Record<string, Fields>> = {
  'dispute.tell': { on: ON },
  'dispute.agree': {
    form: choice('form', 'dispute.form', ['oral', 'written']),
    terms: area('terms'),
    amountYuan: plain('amountYuan', 'yuan'),
    performBy: plain('performBy', 'day'),
    on: ON,
  },
  'dispute.fail': { reason: area('reason'), on: ON },
  'dispute.escalate': { note: NOTE, on: ON },
  'dispute.resume': { note: NOTE, on: ON },
  'dispute.write': {
    terms: area('terms'),
    amountYuan: plain('amountYuan', 'yuan'),
    performBy: plain('performBy', 'day'),
    on: ON,
  },
  'dispute.sign': { on: ON },
  'dispute.perform': {
    state: choice('state', 'dispute.state', ['whole', 'part', 'none']),
    note: NOTE,
    on: ON,
  },
  'dispute.follow-up': {
    holds: plain('holds', 'yes'),
    note: NOTE,
    nextOn: plain('nextOn', 'day'),
    on: ON,
  },
  'dispute.confirm': {
    status: choice('status', 'dispute.status', [
      'applied',
      'valid',
      'not-accepted',
      'dismissed',
      'withdrawn',
    ]),
    on: ON,
  },
  'dispute.submit': { on: ON },
  'dispute.return': { reason: area('reason'), on: ON },
  'dispute.assign': { name: text('mediatorName', 50), on: ON },
  'dispute.transfer': { note: NOTE, on: ON },
  'dispute.identify': { number: ID_NUMBER },
  'dispute.close': { note: NOTE, on: ON },
  'dispute.cancel': { note: NOTE, on: ON },
  'lead.take': {},
  'lead.settle': { outcome: choice('outcome', 'small.outcomeOf', ['answered', 'dispute', 'passed-on']) },
  'set.add': { item: { label: 'party', saying: { as: 'party' } } },
  'set.remove': {},
  'loss.settle': {},
}

const RECORD_OPS: readonly string[] = ['create', 'patch', 'outreach.log', 'attachment.add']

/** The fields an op may speak of, in the order of its form; an op that this build does not know has none. */
export const fieldsOf = (kind: Kind, op: string): Fields =>
  RECORD_OPS.includes(op) ? FIELDS[kind] : (ARGUMENTS[op] ?? {})

/** Words for a field of a record, also for one side of a dispute (`parties/<id>`) and its number (`idNumbers/<id>`); null for one that people do not type. */
export function wordsOfField(kind: Kind, field: string): FieldWords | null {
  if (field.startsWith('parties/')) return { label: 'party', saying: { as: 'party' } }
  if (field.startsWith('idNumbers/')) return ID_NUMBER
  return FIELDS[kind][field] ?? null
}

const isSaid = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)

/** What was said in an op, field by field; fields left empty are left out. */
export const saidIn = (kind: Kind, op: string, args: Body): { words: FieldWords; value: unknown }[] =>
  Object.entries(fieldsOf(kind, op))
    .filter(([field]) => isSaid(args[field]))
    .map(([field, words]) => ({ words, value: args[field] }))

/** The same fields as they stand in a record: what the office has of what was typed. Fields that the record lacks are left out. */
export function standingOf(
  kind: Kind,
  op: string,
  args: Body,
  body: Body,
): { words: FieldWords; value: unknown }[] {
  if (!RECORD_OPS.includes(op)) return []
  return Object.keys(fieldsOf(kind, op))
    .filter((field) => field in args && field in body)
    .map((field) => ({ words: FIELDS[kind][field] as FieldWords, value: body[field] }))
}

const STEPS: Readonly<Record<string, string>> = {
  'dispute.tell': 'dispute.do.tell',
  'dispute.agree': 'dispute.outcome.agreed',
  'dispute.fail': 'dispute.outcome.failed',
  'dispute.escalate': 'dispute.do.escalate',
  'dispute.resume': 'dispute.do.resume',
  'dispute.write': 'dispute.do.write',
  'dispute.sign': 'dispute.do.sign',
  'dispute.perform': 'dispute.do.perform',
  'dispute.follow-up': 'dispute.do.visit',
  'dispute.confirm': 'dispute.do.confirm',
  'dispute.submit': 'dispute.do.submit',
  'dispute.close': 'dispute.do.close',
  'dispute.cancel': 'dispute.do.cancel',
  'dispute.return': 'care.op.dispute-return',
  'dispute.assign': 'care.op.dispute-assign',
  'dispute.transfer': 'care.op.dispute-transfer',
  'dispute.identify': 'care.op.dispute-identify',
  'lead.take': 'care.op.lead-take',
  'lead.settle': 'care.op.lead-settle',
  'set.add': 'care.op.set-add',
  'set.remove': 'care.op.set-remove',
  'loss.settle': 'care.op.loss-settle',
  'refusal.ask': 'care.op.refusal-ask',
  'refusal.give-up': 'care.op.refusal-give-up',
  create: 'care.op.create',
  'outreach.log': 'care.op.create',
  'attachment.add': 'care.op.attachment',
  patch: 'care.op.patch',
}

/** The key of what an op is called on screen; some of them name the record's `kind`. */
export const opWords = (op: string): string => STEPS[op] ?? 'care.op.other'

/** Ops that have words of their own here. A test holds it against the catalogue. */
export const KNOWN_OPS: readonly string[] = Object.keys(STEPS)
