import type { Rights } from '#domain/access/grant.ts'
import type { Id } from '#domain/id.ts'
import type { County, RegionCode } from '#domain/region/code.ts'
import type { Day } from '#domain/time/day.ts'
import type { OpenLoss } from '#sync/protocol/wire.ts'
import type { AuditEvent } from '../audit.ts'

// What the sync service asks of a database, and nothing of how it is asked: SQL in `repositories/sync/sync-database.ts`, plain
// tables in memory for the simulated world. Each method is one statement for a whole batch.

/** What a phone says of itself in every request. */
export interface DeviceNews {
  app: string
  /** Records of which something waits. */
  out: number
  oldest: number
  dead: number
  blobs: number
  /** How far its clock is off: server − phone, ms. */
  clockOff: number
  /** Whether nothing else waits there once this request is answered. */
  drained: boolean
}

export interface DeviceFacts {
  person: Id
  /** The last answer given when nothing else waited on it; epoch ms, 0: none. */
  lastAnswerAt: number
  /** Receipts of this device up to this number may be packed; 0: none is. */
  packedTo: number
  /** Highest number of this device that was given a receipt; 0: none was. */
  ackedN: number
}

/**
 * One request of a device: what it says, and the highest number that the request was given a receipt for (0: none). `news` null: it was not
 * heard of, and what is known of it stays.
 */
export interface DeviceNote {
  device: number
  news: DeviceNews | null
  acked: number
}

/** The identity and generation of the database's history. */
export interface History {
  epoch: string
  gen: number
  /** The moment before which acknowledged ops are covered by a backup; epoch ms, 0: none. */
  ringSafe: number
  /** Ledger position of each county asked for; 0: no change yet. */
  heads: Map<County, number>
  /** Of the ops asked for, those that were decided, in the order asked for. */
  decided: readonly ToldOp[]
}

/** First number of a generation; every `seq` and `rv` of it is at least this. */
export const firstOf = (gen: number): number => gen * 2 ** 33

/** A number that a device gave to an op. */
export interface OpName {
  device: number
  n: number
}
export interface Claim extends OpName {
  /** SHA-256 of the op, hexadecimal. */
  hash: string
}
/** An op of whose decision a phone was told. */
export interface ToldOp extends OpName {
  /** Where its receipt lies. */
  county: County
  /** The beginning of its fingerprint, hexadecimal: two phones may have given one number to two ops. */
  hash: string
}
export interface StoredReceipt extends Claim {
  outcome: 'ok' | 'merged' | 'rejected' | 'quarantined'
  detail: Record<string, unknown>
  seq: number
  rv: number
}
export interface ReceiptRow extends OpName {
  outcome: string
  detail: Record<string, unknown>
  seq: number
  rv: number
}

export interface RecordKey {
  kind: string
  id: Id
}
export interface LockedRow extends RecordKey {
  region: RegionCode
  lane: string
  recorder: Id | null
  office: boolean
  rv: number
  deleted: boolean
  body: Record<string, unknown>
  fv: Record<string, unknown>
  losses: OpenLoss[]
}
export interface RecordRow extends LockedRow {
  /** Whether it is new: a new one that turns out to exist starts the push over. */
  fresh: boolean
  seq: number
  skeleton: Record<string, unknown>
  /** Signed 64-bit integer as text. */
  h: string
}
export interface ExitRow extends RecordKey {
  seq: number
  rv: number
  region: RegionCode
  lane: string
}
export interface LossRow extends RecordKey {
  field: string
  rv: number
  value: unknown
  /** The device that typed it. */
  who: number
}
export interface SettledRow extends RecordKey {
  field: string
  rv: number
  /** The device that decided. */
  by: number
}
export interface RollupChange {
  region: RegionCode
  metric: string
  day: Day
  n: number
}
export interface DigestChange {
  region: RegionCode
  lane: string
  n: number
  /** Signed 64-bit integer as text. */
  x: string
}
export interface RefusedRow extends OpName {
  person: Id
  region: string
  lane: string
  op: unknown
  code: string
  state: 'rejected' | 'quarantined'
}

/** What an author says of a refused op of their own: asks the office to look at it, or gives it up. */
export interface RemarkRow extends OpName {
  person: Id
  says: 'ask' | 'give-up'
  text: string
}

/** A place a record has left: it was there up to the version before `rv`. */
export interface LeftRow extends RecordKey {
  region: RegionCode
  lane: string
  rv: number
  /** Epoch ms. */
  at: number
}

/** What the table of regions says of a code: until when it holds, and what follows it. */
export interface RegionFacts {
  validTo: Day | null
  mergedInto: RegionCode | null
}

/** One push transaction. What is not inside the counties and devices of its scope is neither seen nor written. */
export interface PushTables {
  /** Locks devices in ascending order: two requests of one phone are decided one after the other. Those nobody knows are missing. */
  lockDevices(devices: readonly number[]): Promise<Map<number, DeviceFacts>>
  /** Says of any devices whose they are, without locking. */
  devicesOf(devices: readonly number[]): Promise<Map<number, DeviceFacts>>
  /** Notes the requests: a write even when a push brought nothing new, so that the commit that acknowledges a replay is a real one. */
  noteDevices(rows: readonly DeviceNote[], at: Date): Promise<void>
  /**
   * The history, once no other may begin before this transaction ends; where any counties' ledgers stand, and whether any ops were
   * decided, whosever they are.
   */
  history(counties: readonly County[], told?: readonly ToldOp[]): Promise<History>
  /**
   * Claims the numbers of a batch; the claim is what makes an op happen once (I-6). A number somebody else is claiming right now is
   * waited for. @returns those that were free
   */
  claim(county: County, claims: readonly Claim[], at: Date): Promise<OpName[]>
  /** Receipts that have been decided, of these numbers. */
  receipts(county: County, names: readonly OpName[]): Promise<StoredReceipt[]>
  /** Fingerprints of receipts so old that only these are kept, of these numbers. */
  packedReceipts(county: County, names: readonly OpName[]): Promise<Claim[]>
  /** Writes what was decided into the claimed receipts. */
  decideReceipts(county: County, rows: readonly ReceiptRow[]): Promise<void>
  /** Gives claimed numbers back: their ops were not decided and will come again. */
  unclaim(county: County, names: readonly OpName[]): Promise<void>
  /** Counties of those records that ever changed county. */
  homes(ids: readonly Id[]): Promise<Map<Id, County>>
  setHomes(rows: readonly { id: Id; county: County }[]): Promise<void>
  /** Counties that have a ledger, in order. */
  ledgers(): Promise<County[]>
  /** What is known of regions; a code that is not in the table is missing. */
  regions(codes: readonly RegionCode[]): Promise<Map<RegionCode, RegionFacts>>
  /** Takes more counties into the scope: where a record went to, or is sent to. */
  widen(counties: readonly County[]): Promise<void>
  /** Locks records in one order for everybody, so that two batches never wait for each other in a ring. */
  lockRecords(county: County, keys: readonly RecordKey[]): Promise<LockedRow[]>
  /** Locks meetings and attachments that belong to any of these records, by kind and id. */
  lockBelonging(county: County, ids: readonly Id[]): Promise<LockedRow[]>
  /** Places of a county that these records have left. */
  left(county: County, keys: readonly RecordKey[]): Promise<LeftRow[]>
  /** Locks the first records of a village by kind and id, at most `limit`. */
  lockVillage(county: County, region: RegionCode, limit: number): Promise<LockedRow[]>
  /**
   * Reserves ledger places and keeps the county's ledger locked until commit: taken last, because everybody who writes in the
   * county waits for it (I-12, I-13). @returns the first reserved place
   */
  reserve(county: County, gen: number, places: number): Promise<number>
  /** Writes changed records at their ledger places. */
  writeRecords(county: County, rows: readonly RecordRow[], at: Date): Promise<void>
  /** Takes records out of one county into another, with what was lost in them and what is attached to them. */
  moveRecords(from: County, to: County, rows: readonly RecordRow[]): Promise<void>
  writeExits(county: County, rows: readonly ExitRow[], at: Date): Promise<void>
  writeLosses(county: County, rows: readonly LossRow[], at: Date): Promise<void>
  settleLosses(county: County, rows: readonly SettledRow[]): Promise<void>
  writeRollup(county: County, rows: readonly RollupChange[]): Promise<void>
  writeDigest(county: County, rows: readonly DigestChange[]): Promise<void>
  /** Keeps refused ops whole (I-26). */
  keepRefused(county: County, rows: readonly RefusedRow[], at: Date): Promise<void>
  /** Notes remarks on refused ops; one on an op that is not there or not of that person changes nothing. */
  remark(county: County, rows: readonly RemarkRow[], at: Date): Promise<void>
  audit(at: number, events: readonly AuditEvent[]): Promise<void>
  /** Does a part of the work so that, when it throws, only that part is undone. */
  savepoint<T>(work: () => Promise<T>): Promise<T>
}

/** A change as a page carries it. `gone`: it left the caller's scope, from `region` and `lane`. */
export interface FeedRow extends RecordKey {
  seq: number
  region: RegionCode
  lane: string
  rv: number
  sv: number
  deleted: boolean
  gone: boolean
  recorder: Id | null
  body: Record<string, unknown> | null
  losses: OpenLoss[]
}

export interface Feed {
  head: number
  floor: number
  rows: FeedRow[]
}

export interface DigestRow {
  region: RegionCode
  lane: string
  n: number
  /** 16 hexadecimal digits. */
  x: string
}
export interface KeptRow extends RecordKey {
  rv: number
  region: RegionCode
}

/** What the office decided about a refused op of the caller's. */
export interface AnswerRow extends OpName {
  decision: 'returned' | 'noted'
  answer: string
  /** Epoch ms. */
  at: number
}

/** One pull transaction: one snapshot over all its statements, of what its rights show whole. */
export interface PullTables {
  epoch(): Promise<string>
  /** What changed in a county after a ledger position. */
  feed(county: County, after: number, limit: number): Promise<Feed>
  /** Count and XOR of the lanes that grants of regions open; a sum over nothing may be missing. */
  digest(county: County): Promise<DigestRow[]>
  /** What is seen outside those lanes: own records, single grants. Without the deleted. */
  more(county: County): Promise<KeptRow[]>
  /** Everything that is seen of a village. Without the deleted. */
  list(county: County, region: RegionCode): Promise<KeptRow[]>
  /** These records as they are; what is not seen or deleted is missing. `gone` is false, `seq` their last place. */
  rows(county: County, keys: readonly RecordKey[]): Promise<FeedRow[]>
  /** Decisions of the office about the caller's own refused ops of a county, made after a moment. */
  answers(county: County, after: Date): Promise<AnswerRow[]>
  audit(at: number, events: readonly AuditEvent[]): Promise<void>
}

/** Whose eyes a pull looks with: only grants that are kept on a phone, and the day that they are judged by. */
export interface PullScope {
  rights: Rights
  day: Day
}

export interface PushScope {
  counties: readonly County[]
  devices: readonly number[]
}

/** What somebody says was once promised: how far ledgers had come, and up to which number a device's ops were decided. */
export interface Promised {
  epoch: string
  /** Generation of that history. */
  gen: number
  heads: ReadonlyMap<County, number>
  /** null: nothing was promised of a device. */
  acked: OpName | null
  /** What that very phone was told last; empty: nothing. */
  told: readonly ToldOp[]
}

/**
 * The database of the sync service. The work of a transaction may be done several times (after a serialisation failure), so it must
 * have no effect but through its tables; it resolves only when it is committed.
 */
export interface SyncDatabase {
  push<T>(scope: PushScope, work: (tables: PushTables) => Promise<T>): Promise<T>
  pull<T>(scope: PullScope, work: (tables: PullTables) => Promise<T>): Promise<T>
  /** Ledger positions of counties (one without any change is 0), with the history they belong to. */
  heads(counties: readonly County[]): Promise<{ epoch: string; heads: Map<County, number> }>
  /**
   * Begins a new history if the promised one is this database's and really had more than it knows of, or is another one that is not
   * older: no number of the lost part is then ever used again. Under one lock for all servers; does nothing when somebody else was
   * faster.
   */
  beginHistory(promised: Promised): Promise<void>
}
