import type { Rows, Store } from '#phone/database/rows.ts'
import type { VaultStorage, VaultTables } from '#phone/database/tables.ts'
import type { Id } from '#domain/id.ts'
import type { CountyTotals } from '#server/repositories/jobs/rollup-up.ts'
import type { SyncDatabase } from '#server/repositories/sync/tables.ts'
import type { Ledger } from '../oracle/ledger.ts'
import type { ServerContent } from '../oracle/server-content.ts'
import type { Dice } from './random.ts'
import type { Build } from './servers.ts'
import type { Time } from './time.ts'

/**
 * Who puts a database back: the cluster, which is found out at the next connection and begins a new history; the operator with the
 * command for it, which jumps a day ahead; or somebody who tells nobody.
 */
export type PutBack = 'failover' | 'restored' | 'restored-quietly'

/** The rows of a store, in the order of keys; not to be changed. */
export type Watched = <S extends Store>(store: S) => readonly Rows[S][]

/** The servers' database, with what an operator and a failing disk can do to it. */
export interface ServerStore {
  database: SyncDatabase
  ledger: Ledger
  /** Puts a phone on the list of devices. */
  enrol(device: number, person: Id): Promise<void>
  epoch(): Promise<string>
  /** Ledger positions. */
  heads(): Promise<ReadonlyMap<string, number>>
  recordIds(): Promise<Id[]>
  /** The office says something about one of the ops that wait for a word. @returns false: none does */
  answerRefused(share: number, decision: 'returned' | 'noted'): Promise<boolean>
  /** The operator writes down that a village has gone over into another; pushes that had already looked are waited for. */
  markRemapped(from: string, to: string): Promise<void>
  /** Everything it holds. */
  content(): Promise<ServerContent>
  /** A copy as a backup or a standby has it; `putBack` returns to it. @param how what it will be put back by */
  copy(how: PutBack): Promise<boolean>
  /** The database is again what it was at the last copy. @returns false when there is no copy */
  putBack(how: PutBack): Promise<boolean>
  /** The operator or the cluster says that the database was put back. */
  newHistory(): Promise<void>
  /** A verified backup exists as of now: what was acknowledged before is safe, and nothing older is ever put back. */
  backUp(): Promise<void>
  close(): Promise<void>
  /** Where counties report upwards. */
  reports?: Reports
}

/** What counties tell the units above them. */
export interface Reports {
  /** A county's numbers as they stand. */
  read(county: string): Promise<CountyTotals>
  /** A report has arrived. */
  write(totals: CountyTotals): Promise<void>
  /** Place of the county's ledger of which what is kept above speaks; 0: of none. */
  asOf(county: string): Promise<number>
  /** Whatever moved is reported. */
  all(): Promise<unknown>
  /** Where what is kept above is not what the counties keep; null: nowhere. */
  differing(): Promise<string | null>
}

/** Where one phone keeps its vaults, with what can happen to a phone. */
export interface Disk extends VaultStorage {
  /** For whoever watches: a vault that is there, or null. */
  look(vault: string): Promise<VaultTables | null>
  /** The rows themselves, without a transaction: null where there is no vault, undefined where that cannot be had now. */
  watch?(vault: string): Watched | null | undefined
  /** What is asked of a table is done before the call comes back; only the word of it comes later. */
  answersAtOnce?: boolean
  /** The battery is pulled while no page is open: relaxed writes since the last strict one are gone. */
  losePower(): void
  /** A cleaner empties it: one vault. */
  wipe(vault: string): Promise<void>
  /** Another tab has opened it with a newer build: whoever has it open is cut off for good. */
  upgraded?(): void
  /** The same content, for another phone. */
  copied(): Promise<Disk>
}

/** Waits until the event that is due next may happen; null: until nothing is under way. */
export type Pace = (next: number | null) => Promise<void>

/** What a world stands on: where phones keep things, and what the servers are made of. */
export interface Grounds {
  storage(phone: number): Disk
  store(time: Time, dice: Dice): ServerStore
  build(time: Time): Build
  /** Whether the database may be slow inside a transaction; one that really works may not be kept waiting there. */
  isPausing: boolean
  /** Where the servers take files: the fingerprint of one as they hold it; null: they do not. */
  kept?(time: Time, sha256: string): Promise<string | null>
  /** Where the database works beside the world; absent: the world waits for it. */
  pace?: Pace
}
