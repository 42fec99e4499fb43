import { sql } from 'drizzle-orm'
import type { Tx } from '../../database/database.ts'

/** A failed run is tried again after this long. */
const AGAIN = '15 minutes'

/**
 * Takes a job for a stretch of time, for one process of however many. The first time a job is heard of it counts as done, so that a
 * fresh server serves first.
 * @param slot names the night or stretch it is for
 * @param leaseS seconds after which whoever took it counts as dead
 * @returns what releases it; null: done already, or somebody has it
 */
export async function takeJob(
  tx: Tx,
  name: string,
  slot: string,
  at: Date,
  leaseS: number,
): Promise<number | null> {
  const now = sql`${at.toISOString()}::timestamptz`
  const lock = await tx.execute<{ mine: boolean }>(
    sql`SELECT pg_try_advisory_xact_lock(7712, hashtext(${name})) AS mine`,
  )
  if (lock.rows[0]?.mine !== true) return null
  await tx.execute(sql`
    INSERT INTO job (name, slot, outcome, ended_at) VALUES (${name}, ${slot}, 'ok', ${now}) ON CONFLICT (name) DO NOTHING`)
  const { rows } = await tx.execute<{ fence: number }>(sql`
    UPDATE job SET slot = ${slot}, fence = fence + 1, started_at = ${now}, ended_at = NULL, outcome = NULL,
           held_until = ${now} + make_interval(secs => ${leaseS})
    WHERE name = ${name} AND (held_until IS NULL OR held_until < ${now})
      AND (slot <> ${slot} OR outcome IS NULL OR (outcome = 'failed' AND ended_at < ${now} - interval '${sql.raw(AGAIN)}'))
    RETURNING fence`)
  return rows[0]?.fence ?? null
}

/** Gives a job back. Whoever was overtaken meanwhile changes nothing. */
export async function giveJob(
  tx: Tx,
  name: string,
  fence: number,
  at: Date,
  done: { outcome: 'ok' | 'failed'; detail: Record<string, unknown> },
): Promise<void> {
  await tx.execute(sql`
    UPDATE job SET held_until = NULL, ended_at = ${at.toISOString()}::timestamptz, outcome = ${done.outcome},
           detail = ${JSON.stringify(done.detail)}::jsonb
    WHERE name = ${name} AND fence = ${fence}`)
}
