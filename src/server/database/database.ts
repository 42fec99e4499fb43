import type { ExtractTablesWithRelations } from 'drizzle-orm'
import type { PgQueryResultHKT, PgTransaction } from 'drizzle-orm/pg-core'
import type * as schema from './schema.ts'

/**
 * Who a unit of work runs as. `app` reads for a person, through views and row-level security; `sync` writes pushes of one
 * county; `accounts` keeps people, devices, sessions and grants and reads no record; `jobs` is nobody's: it reads everything for
 * backups and audits and writes numbers; `owner` migrates and restores.
 */
export type DatabaseRole = 'app' | 'sync' | 'accounts' | 'jobs' | 'owner'

/** Transaction-local settings (`mb.…`) that the policies compare with; what is not named stays unset, and unset shows nothing. */
export type Settings = Readonly<Record<string, string>>

declare const SCOPED: unique symbol
/** Settings made from somebody's rights on a day; `readSettings` alone makes them. */
export type ReadSettings = Settings & { readonly [SCOPED]: true }
/**
 * A transaction that reads with somebody's rights and no more; `readAs` alone opens one. Whatever reads records for a person takes this,
 * so that a read without a scope does not compile (TR-22).
 */
export type ReadTx = Tx & { readonly [SCOPED]: true }

interface Rows<T> {
  rows: T[]
}
interface RowsHKT extends PgQueryResultHKT {
  readonly type: Rows<this['row']>
}

/** One transaction, typed by Drizzle. `execute` gives `{ rows }` on both databases; 64-bit integers come as numbers, moments as text. */
export type Tx = PgTransaction<RowsHKT, typeof schema, ExtractTablesWithRelations<typeof schema>>

export interface TransactionOptions {
  /** `repeatable read` for work that must see one snapshot over several statements. */
  isolation?: 'read committed' | 'repeatable read'
}

/** The port through which everything reaches the database, embedded or not. */
export interface Database {
  readonly kind: 'embedded' | 'postgresql'
  /**
   * Opens one transaction as a role with its settings and does the work in it; commits when the work resolves, rolls back
   * when it throws. Never nested: on the embedded database an inner one would wait for ever for the outer (it throws instead).
   */
  as<T>(
    role: DatabaseRole,
    settings: Settings,
    work: (tx: Tx) => Promise<T>,
    options?: TransactionOptions,
  ): Promise<T>
  close(): Promise<void>
}
