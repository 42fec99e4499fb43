import { createHmac } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { failOnce, NO_FAILURES, waitOf, type Failures } from '#domain/account/throttle.ts'
import type { Tx } from '../database/database.ts'
import { rowOf, type AccountsContext } from './context.ts'

const FORGET_MS = 24 * 60 * 60_000

/**
 * Where tries are counted: the named account from this known device, or the named account from everybody else. A stranger
 * who guesses shuts out strangers, never the desk its owner uses; and one address that a whole village shares counts nothing.
 * Names nobody has are counted alike.
 */
export const guardKey = (context: AccountsContext, username: string, device: number | null): string =>
  createHmac('sha256', context.keys.codes)
    .update(`guard ${device ?? 'stranger'} ${username}`)
    .digest('hex')

async function failuresOf(tx: Tx, key: string): Promise<Failures> {
  const row = await rowOf<{ failures: number; last_at: number }>(
    tx,
    sql`SELECT failures, last_at FROM login_guard WHERE key = ${key} FOR UPDATE`,
  )
  return row ? { count: row.failures, lastAt: row.last_at } : NO_FAILURES
}

/**
 * Counts a try before its password is looked at, so that many at once cannot slip through; `forgive` takes it back after success.
 * @returns milliseconds this try must wait instead of being counted; 0: it was counted
 */
export async function countTry(tx: Tx, context: AccountsContext, key: string): Promise<{ wait: number }> {
  const at = context.now()
  await tx.execute(sql`SELECT pg_advisory_xact_lock(771003, hashtext(${key}))`)
  const before = await failuresOf(tx, key)
  const wait = waitOf(before, at)
  if (wait > 0) return { wait }
  const after = failOnce(before, at)
  await tx.execute(sql`
    INSERT INTO login_guard (key, failures, last_at) VALUES (${key}, ${after.count}, ${at})
    ON CONFLICT (key) DO UPDATE SET failures = ${after.count}, last_at = ${at}`)
  await tx.execute(sql`DELETE FROM login_guard WHERE last_at < ${at - FORGET_MS}`)
  return { wait: 0 }
}

/** Forgets the failures: the right person came. */
export async function forgive(tx: Tx, key: string): Promise<void> {
  await tx.execute(sql`DELETE FROM login_guard WHERE key = ${key}`)
}
