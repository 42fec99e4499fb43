import {
  bigint,
  boolean,
  customType,
  date,
  index,
  integer,
  jsonb,
  pgTable,
  pgView,
  primaryKey,
  smallint,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core'

// The tables as queries see them. Partitions, policies, roles and checks live in `migrations`; a drift test compares the two.

const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' })
const count = (name: string) => bigint(name, { mode: 'number' })
const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })
const day = (name: string) => date(name, { mode: 'string' })

export const syncMeta = pgTable('sync_meta', {
  one: boolean('one').primaryKey().default(true),
  epoch: uuid('epoch').notNull(),
  gen: integer('gen').notNull().default(0),
  systemId: text('system_id').notNull(),
  timeline: integer('timeline').notNull(),
  ringSafeBefore: moment('ring_safe_before'),
})

export const syncStream = pgTable('sync_stream', {
  county: text('county').primaryKey(),
  head: count('head').notNull().default(0),
  floor: count('floor').notNull().default(0),
})

export const record = pgTable(
  'record',
  {
    county: text('county').notNull(),
    kind: text('kind').notNull(),
    id: uuid('id').notNull(),
    region: text('region').notNull(),
    lane: text('lane').notNull(),
    recorder: uuid('recorder'),
    office: boolean('office').notNull().default(false),
    rv: count('rv').notNull(),
    seq: count('seq').notNull(),
    deleted: boolean('deleted').notNull().default(false),
    sv: smallint('sv').notNull().default(1),
    body: jsonb('body').notNull(),
    skeleton: jsonb('skeleton').notNull(),
    fv: jsonb('fv').notNull().default({}),
    /** Open losses: `OpenLoss[]`. */
    losses: jsonb('losses').notNull().default([]),
    /** 64 bits: read it as text. */
    h: bigint('h', { mode: 'bigint' }).notNull(),
    receivedAt: moment('received_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.county, t.kind, t.id] })],
)

/** What a person may see of records: `body` is the skeleton where `view` says so. The only way `app` reads records. */
export const recordSeen = pgView('record_seen', {
  county: text('county').notNull(),
  kind: text('kind').notNull(),
  id: uuid('id').notNull(),
  region: text('region').notNull(),
  lane: text('lane').notNull(),
  recorder: uuid('recorder'),
  office: boolean('office').notNull(),
  rv: count('rv').notNull(),
  seq: count('seq').notNull(),
  deleted: boolean('deleted').notNull(),
  sv: smallint('sv').notNull(),
  receivedAt: moment('received_at').notNull(),
  view: text('view', { enum: ['full', 'skeleton'] }).notNull(),
  body: jsonb('body').$type<Record<string, unknown>>().notNull(),
  losses: jsonb('losses').notNull(),
}).existing()

export const scopeExit = pgTable(
  'scope_exit',
  {
    county: text('county').notNull(),
    seq: count('seq').notNull(),
    kind: text('kind').notNull(),
    id: uuid('id').notNull(),
    rv: count('rv').notNull(),
    leftRegion: text('left_region').notNull(),
    lane: text('lane').notNull(),
    at: moment('at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.county, t.seq] })],
)

export const opReceipt = pgTable(
  'op_receipt',
  {
    county: text('county').notNull(),
    device: count('device').notNull(),
    n: count('n').notNull(),
    opHash: bytes('op_hash').notNull(),
    outcome: text('outcome').notNull(),
    detail: jsonb('detail').notNull().default({}),
    seq: count('seq').notNull().default(0),
    rv: count('rv').notNull().default(0),
    at: moment('at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.county, t.device, t.n] })],
)

export const opRefused = pgTable(
  'op_refused',
  {
    county: text('county').notNull(),
    device: count('device').notNull(),
    n: count('n').notNull(),
    person: uuid('person'),
    region: text('region').notNull(),
    lane: text('lane').notNull(),
    op: jsonb('op').notNull(),
    code: text('code').notNull(),
    state: text('state').notNull(),
    at: moment('at').notNull(),
    askedAt: moment('asked_at'),
    givenUpAt: moment('given_up_at'),
    note: text('note').notNull().default(''),
    decision: text('decision', { enum: ['returned', 'noted'] }),
    decidedAt: moment('decided_at'),
    decidedBy: uuid('decided_by'),
    answer: text('answer').notNull().default(''),
  },
  (t) => [primaryKey({ columns: [t.county, t.device, t.n] })],
)

export const receiptPack = pgTable(
  'receipt_pack',
  {
    county: text('county').notNull(),
    device: count('device').notNull(),
    fromN: count('from_n').notNull(),
    toN: count('to_n').notNull(),
    hashes: jsonb('hashes').notNull(),
  },
  (t) => [primaryKey({ columns: [t.county, t.device, t.fromN] })],
)

export const fieldLoss = pgTable(
  'field_loss',
  {
    county: text('county').notNull(),
    kind: text('kind').notNull(),
    id: uuid('id').notNull(),
    field: text('field').notNull(),
    rv: count('rv').notNull(),
    value: jsonb('value'),
    who: count('who').notNull(),
    at: moment('at').notNull(),
    resolvedBy: count('resolved_by'),
  },
  (t) => [primaryKey({ columns: [t.county, t.kind, t.id, t.field, t.rv] })],
)

export const regionDigest = pgTable(
  'region_digest',
  {
    county: text('county').notNull(),
    region: text('region').notNull(),
    lane: text('lane').notNull(),
    n: count('n').notNull(),
    x: bigint('x', { mode: 'bigint' }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.county, t.region, t.lane] })],
)

export const rollup = pgTable(
  'rollup',
  {
    county: text('county').notNull(),
    region: text('region').notNull(),
    metric: text('metric').notNull(),
    day: day('day').notNull(),
    n: count('n').notNull(),
  },
  (t) => [primaryKey({ columns: [t.county, t.region, t.metric, t.day] })],
)

export const rollupUp = pgTable(
  'rollup_up',
  {
    scope: text('scope').notNull(),
    metric: text('metric').notNull(),
    day: day('day').notNull(),
    county: text('county').notNull(),
    n: count('n').notNull(),
    asOf: count('as_of').notNull(),
  },
  (t) => [primaryKey({ columns: [t.scope, t.metric, t.day, t.county] })],
)

export const recordHome = pgTable('record_home', {
  id: uuid('id').primaryKey(),
  county: text('county').notNull(),
})

export const attachment = pgTable(
  'attachment',
  {
    county: text('county').notNull(),
    id: uuid('id').notNull(),
    kind: text('kind').notNull(),
    record: uuid('record').notNull(),
    sha256: bytes('sha256').notNull(),
    size: count('size').notNull(),
    mime: text('mime').notNull(),
    device: count('device').notNull(),
    state: text('state').notNull().default('awaited'),
    storedAt: moment('stored_at'),
  },
  (t) => [primaryKey({ columns: [t.county, t.id] })],
)

/** A file on its way, or kept: one row for each content and phone. `pieces`: [token of the writer, bytes], in order. */
export const upload = pgTable(
  'upload',
  {
    id: text('id').primaryKey(),
    device: count('device').notNull(),
    person: uuid('person').notNull(),
    mime: text('mime').notNull(),
    size: count('size').notNull(),
    at: count('at').notNull().default(0),
    pieces: jsonb('pieces').notNull().default([]),
    counties: jsonb('counties').notNull().default([]),
    state: text('state').notNull().default('open'),
    createdAt: moment('created_at').notNull(),
    touchedAt: moment('touched_at').notNull(),
  },
  (t) => [index('upload_by_device').on(t.device, t.createdAt)],
)

export const uploadLease = pgTable('upload_lease', {
  id: text('id').primaryKey(),
  device: count('device').notNull(),
  token: count('token').notNull().default(0),
  heldUntil: moment('held_until').notNull(),
  wanted: boolean('wanted').notNull().default(false),
})

export const dropbox = pgTable('dropbox', {
  seq: count('seq').primaryKey().generatedAlwaysAsIdentity(),
  device: count('device').notNull(),
  n: count('n').notNull(),
  sealed: bytes('sealed').notNull(),
  state: text('state').notNull().default('received'),
  receivedAt: moment('received_at').notNull(),
  item: text('item').notNull().default(''),
  asDevice: count('as_device'),
  asN: count('as_n'),
})

export const region = pgTable('region', {
  code: text('code').primaryKey(),
  name: text('name').notNull(),
  short: text('short').notNull(),
  ord: integer('ord').notNull().default(0),
  validFrom: day('valid_from'),
  validTo: day('valid_to'),
  mergedInto: text('merged_into'),
})

export const person = pgTable('person', {
  id: uuid('id').primaryKey(),
  name: text('name').notNull(),
  createdAt: moment('created_at').notNull().defaultNow(),
})

export const account = pgTable('account', {
  id: uuid('id').primaryKey(),
  person: uuid('person').notNull().unique(),
  state: text('state', { enum: ['active', 'disabled'] })
    .notNull()
    .default('active'),
  createdAt: moment('created_at').notNull().defaultNow(),
})

export const device = pgTable(
  'device',
  {
    id: count('id').primaryKey().generatedAlwaysAsIdentity(),
    account: uuid('account').notNull(),
    state: text('state', { enum: ['provisional', 'confirmed', 'revoked'] })
      .notNull()
      .default('provisional'),
    mark: text('mark').notNull().default(''),
    village: text('village'),
    app: text('app').notNull().default(''),
    lastSeen: moment('last_seen'),
    lastAnswerAt: moment('last_answer_at'),
    out: count('out').notNull().default(0),
    oldest: count('oldest').notNull().default(0),
    dead: count('dead').notNull().default(0),
    blobs: count('blobs').notNull().default(0),
    clockOff: count('clock_off'),
    packedTo: count('packed_to').notNull().default(0),
    ackedN: count('acked_n').notNull().default(0),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (t) => [index('device_by_account').on(t.account), index('device_by_village').on(t.village)],
)

/** What waits on the phones of the caller's regions, without saying whose they are. */
export const deviceSeen = pgView('device_seen', {
  village: text('village'),
  state: text('state').notNull(),
  lastSeen: moment('last_seen'),
  out: count('out').notNull(),
  oldest: count('oldest').notNull(),
  dead: count('dead').notNull(),
  blobs: count('blobs').notNull(),
}).existing()

export const roleGrant = pgTable('role_grant', {
  id: uuid('id').primaryKey().defaultRandom(),
  person: uuid('person').notNull(),
  role: text('role').notNull(),
  region: text('region').notNull(),
  lanes: text('lanes').array().notNull(),
  view: text('view').notNull(),
  fromDay: day('from_day').notNull(),
  toDay: day('to_day'),
})

export const recordGrant = pgTable(
  'record_grant',
  {
    person: uuid('person').notNull(),
    record: uuid('record').notNull(),
    fromDay: day('from_day').notNull(),
    toDay: day('to_day'),
    /** Where the record was when it was shared; '': not kept. */
    county: text('county').notNull().default(''),
    kind: text('kind').notNull().default(''),
    reason: text('reason').notNull().default(''),
    givenBy: uuid('given_by'),
  },
  (t) => [
    primaryKey({ columns: [t.person, t.record, t.fromDay] }),
    index('record_grant_by_county').on(t.county, t.fromDay),
  ],
)

export const scopeRev = pgTable('scope_rev', {
  person: uuid('person').primaryKey(),
  rev: count('rev').notNull().default(1),
})

export const accountsRev = pgTable('accounts_rev', {
  one: boolean('one').primaryKey().default(true),
  rev: count('rev').notNull().default(1),
})

export const audit = pgTable('audit', {
  seq: count('seq').primaryKey().generatedAlwaysAsIdentity(),
  at: moment('at').notNull(),
  actor: uuid('actor'),
  device: count('device'),
  role: text('role').notNull(),
  action: text('action').notNull(),
  objectKind: text('object_kind').notNull().default(''),
  objectId: text('object_id').notNull().default(''),
  region: text('region').notNull().default(''),
  outcome: text('outcome').notNull(),
  requestId: text('request_id').notNull().default(''),
  reason: text('reason').notNull().default(''),
  prevHash: bytes('prev_hash').notNull(),
  hash: bytes('hash').notNull(),
  chain: count('chain').notNull(),
  place: count('place').notNull(),
})

export const auditHead = pgTable('audit_head', {
  chain: count('chain').primaryKey(),
  place: count('place').notNull(),
  seq: count('seq').notNull(),
  hash: bytes('hash').notNull(),
})

export const job = pgTable('job', {
  name: text('name').primaryKey(),
  slot: text('slot').notNull().default(''),
  fence: count('fence').notNull().default(0),
  heldUntil: moment('held_until'),
  startedAt: moment('started_at'),
  endedAt: moment('ended_at'),
  outcome: text('outcome', { enum: ['ok', 'failed'] }),
  detail: jsonb('detail').notNull().default({}),
})

export const rollupRepair = pgTable('rollup_repair', {
  id: count('id').primaryKey().generatedAlwaysAsIdentity(),
  county: text('county').notNull(),
  region: text('region').notNull(),
  metric: text('metric').notNull(),
  day: day('day').notNull(),
  kept: count('kept').notNull(),
  recomputed: count('recomputed').notNull(),
  asOf: count('as_of').notNull(),
  foundAt: moment('found_at').notNull(),
  cause: text('cause'),
  repairedAt: moment('repaired_at'),
})

export const erasure = pgTable(
  'erasure',
  {
    kind: text('kind').notNull(),
    id: uuid('id').notNull(),
    region: text('region').notNull(),
    at: moment('at').notNull(),
    /** Whether its share in the numbers stays. */
    counted: boolean('counted').notNull().default(false),
  },
  (t) => [primaryKey({ columns: [t.kind, t.id] })],
)

/** What emptied records had added to the numbers. */
export const rollupKept = pgTable(
  'rollup_kept',
  {
    county: text('county').notNull(),
    region: text('region').notNull(),
    metric: text('metric').notNull(),
    day: day('day').notNull(),
    n: count('n').notNull(),
  },
  (t) => [primaryKey({ columns: [t.county, t.region, t.metric, t.day] })],
)

/** Contents whose file is still to be removed. */
export const erasedContent = pgTable('erased_content', {
  sha256: bytes('sha256').primaryKey(),
  at: moment('at').notNull(),
})

/** What must not be erased, until when, and which two people said so. */
export const legalHold = pgTable('legal_hold', {
  id: uuid('id').primaryKey(),
  county: text('county').notNull(),
  kind: text('kind').notNull(),
  record: uuid('record').notNull(),
  region: text('region').notNull(),
  reason: text('reason').notNull(),
  /** The last day on which it holds. */
  until: day('until').notNull(),
  setBy: uuid('set_by').notNull(),
  setWith: uuid('set_with').notNull(),
  setAt: moment('set_at').notNull(),
  liftedBy: uuid('lifted_by'),
  liftedWith: uuid('lifted_with'),
  liftedAt: moment('lifted_at'),
})
