import { randomBytes } from 'node:crypto'
import { sql, type SQL } from 'drizzle-orm'
import { makeId, type Id } from '#domain/id.ts'
import { dayOf, type Day } from '#domain/time/day.ts'
import type { Database, Tx } from '../database/database.ts'
import type { FieldKeys } from '../privacy/field-keys.ts'
import type { DropboxKeys } from '../services/dropbox/dropbox-keys.ts'
import type { AccountKeys } from './keys.ts'
import type { OrderKey } from './order-key.ts'
import type { PasswordHasher } from './password-hash.ts'

/** What every part of the accounts works with. */
export interface AccountsContext {
  database: Database
  keys: AccountKeys
  hasher: PasswordHasher
  /** Seal and open numbers of people. */
  fields: FieldKeys
  /** What phones seal for, and the words they hand in with. */
  dropbox: DropboxKeys
  /** Signs orders to phones. */
  orders: OrderKey
  /** The server's clock, epoch milliseconds. */
  now(): number
  /** Address that goes into codes: scheme, host and port. */
  origin: string
  sponsor: string
  filingNo: string
  /** Whether people of the demo world may come in. */
  demo: boolean
}

/** One transaction of the accounts: people, devices, sessions, grants; no record is within its reach. */
export const inAccounts = <T>(
  context: Pick<AccountsContext, 'database'>,
  work: (tx: Tx) => Promise<T>,
): Promise<T> => context.database.as('accounts', {}, work)

/** The rows of a statement, as the shape the statement names. */
export async function rowsOf<T extends Record<string, unknown>>(tx: Tx, statement: SQL): Promise<T[]> {
  const answer = await tx.execute<T>(statement)
  return answer.rows
}

/** The first row, or null. */
export async function rowOf<T extends Record<string, unknown>>(tx: Tx, statement: SQL): Promise<T | null> {
  return (await rowsOf<T>(tx, statement))[0] ?? null
}

/** A list of texts as one PostgreSQL array. */
export const textArray = (list: readonly string[]): SQL =>
  list.length === 0
    ? sql`'{}'::text[]`
    : sql`ARRAY[${sql.join(
        list.map((one) => sql`${one}`),
        sql`, `,
      )}]::text[]`

export const newId = (context: AccountsContext): Id => makeId(context.now(), randomBytes(10))
export const today = (context: AccountsContext): Day => dayOf(context.now())
