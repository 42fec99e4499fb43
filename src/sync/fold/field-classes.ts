import type { Kind } from '#domain/record/kind.ts'

/**
 * How two people's changes of one field meet (sync protocol §conflicts):
 * - `register` short text, dates, choices: the later edit stands, the other is kept as a loss.
 * - `narrative` what was told, in sentences: as a register; never mixed by a machine, both are shown side by side.
 * - `union` words of a closed list sent whole: written without sight of each other, the words of both stay.
 * - `set` elements with ids: each element is added, changed and taken out by itself.
 * - `machine` changes by commands with a precondition, or never after the record was made.
 * - `appended` only ever added to.
 * - `sealed` changes by commands, and no more once it was signed.
 */
export type FieldClass = 'register' | 'narrative' | 'union' | 'set' | 'machine' | 'appended' | 'sealed'

const STAMPS = { recordedBy: 'machine', enteredAt: 'machine', receivedAt: 'machine' } as const

/** The rule of every field of every kind; a test holds it against the schemas, so that none is forgotten (L-23). */
export const FIELD_CLASSES: Readonly<Record<Kind, Readonly<Record<string, FieldClass>>>> = {
  dispute: {
    ...STAMPS,
    type: 'register',
    word: 'register',
    topic: 'register',
    parties: 'set',
    idNumbers: 'set',
    facts: 'narrative',
    source: 'register',
    place: 'register',
    happenedOn: 'register',
    acceptedOn: 'register',
    paperNo: 'machine',
    mediator: 'machine',
    mediatorName: 'register',
    stage: 'machine',
    flags: 'union',
    rightsToldOn: 'machine',
    consent: 'machine',
    agreement: 'sealed',
    failReason: 'machine',
    settledOn: 'machine',
    performance: 'machine',
    followUpDueOn: 'machine',
    followUps: 'appended',
    confirmation: 'machine',
    review: 'machine',
    closedOn: 'machine',
    events: 'appended',
  },
  meeting: {
    ...STAMPS,
    dispute: 'machine',
    on: 'register',
    place: 'register',
    notes: 'narrative',
    helpers: 'register',
    flags: 'union',
  },
  outreach: {
    ...STAMPS,
    form: 'register',
    topic: 'register',
    title: 'register',
    on: 'register',
    place: 'register',
    sixEntries: 'register',
    campaign: 'register',
    speakers: 'register',
    attendances: 'register',
    countedHow: 'register',
    people: 'register',
    materials: 'register',
    note: 'narrative',
    paperNo: 'machine',
    cancelled: 'register',
  },
  lead: {
    ...STAMPS,
    about: 'register',
    from: 'register',
    phone: 'register',
    text: 'narrative',
    channel: 'machine',
    on: 'machine',
    stage: 'machine',
    takenBy: 'machine',
    outcome: 'machine',
    dispute: 'machine',
  },
  service: {
    ...STAMPS,
    kind: 'register',
    asked: 'narrative',
    who: 'register',
    answer: 'register',
    content: 'register',
    on: 'register',
    paperNo: 'machine',
  },
  screening: {
    ...STAMPS,
    where: 'register',
    households: 'register',
    found: 'register',
    note: 'narrative',
    on: 'register',
    paperNo: 'machine',
  },
  'register.person': { name: 'register', woman: 'register', phone: 'register', posts: 'register' },
  'register.organisation': {
    sort: 'machine',
    name: 'register',
    level: 'register',
    serves: 'register',
    from: 'register',
    to: 'register',
  },
  // Append-only: what was handed in is not changed, only named, taken back, or put behind its dispute's door.
  attachment: {
    ...STAMPS,
    of: 'machine',
    sha256: 'machine',
    size: 'machine',
    mime: 'machine',
    name: 'machine',
    thumb: 'machine',
    takenOn: 'machine',
    caption: 'register',
    seconds: 'machine',
    flags: 'union',
    state: 'machine',
    cancelled: 'register',
  },
}

const CLASSES: ReadonlyMap<string, ReadonlyMap<string, FieldClass>> = new Map(
  Object.entries(FIELD_CLASSES).map(([kind, fields]) => [kind, new Map(Object.entries(fields))]),
)
const TYPED: readonly (FieldClass | undefined)[] = ['register', 'narrative', 'union']

/** The class of a field, or undefined for a kind or field this build does not know. */
export const classOf = (kind: string, field: string): FieldClass | undefined => CLASSES.get(kind)?.get(field)

/** Whether people type a field, so that `patch` may change it; all else changes by ops of its own. */
export const isTyped = (kind: string, field: string): boolean => TYPED.includes(classOf(kind, field))
