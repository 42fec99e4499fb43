import { sql } from 'drizzle-orm'
import type { Tx } from '../../database/database.ts'

// The database's own clock decides, so that servers whose clocks differ agree on whose turn it is.

const until = (ms: number) => sql`clock_timestamp() + make_interval(secs => ${ms / 1000}::double precision)`

/**
 * Takes the lease of an upload if it is free or its time is over.
 * @returns the new token, larger than any before; null when somebody holds it, who is told that it is wanted
 */
export async function takeLease(tx: Tx, id: string, device: number, ms: number): Promise<number | null> {
  const { rows } = await tx.execute<{ token: number }>(sql`
    INSERT INTO upload_lease AS l (id, device, token, held_until) VALUES (${id}, ${device}, 1, ${until(ms)})
    ON CONFLICT (id) DO UPDATE SET token = l.token + 1, held_until = excluded.held_until, wanted = false
      WHERE l.held_until <= clock_timestamp()
    RETURNING token`)
  if (rows[0]) return rows[0].token
  await tx.execute(sql`UPDATE upload_lease SET wanted = true WHERE id = ${id} AND NOT wanted`)
  return null
}

/** Holds on to a lease. @returns whether it is still ours, and whether somebody else waits for it */
export async function renewLease(
  tx: Tx,
  id: string,
  token: number,
  ms: number,
): Promise<{ ours: boolean; wanted: boolean }> {
  const { rows } = await tx.execute<{ wanted: boolean }>(sql`
    UPDATE upload_lease SET held_until = ${until(ms)} WHERE id = ${id} AND token = ${token} AND held_until > clock_timestamp()
    RETURNING wanted`)
  return { ours: rows.length === 1, wanted: rows[0]?.wanted ?? false }
}

/** Lets go. The token stays, because the next one must be larger. */
export async function releaseLease(tx: Tx, id: string, token: number): Promise<void> {
  await tx.execute(
    sql`UPDATE upload_lease SET held_until = clock_timestamp(), wanted = false WHERE id = ${id} AND token = ${token}`,
  )
}

/** Rows of uploads that are no more. */
export async function forgetLeases(tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.execute(sql`
    DELETE FROM upload_lease WHERE held_until <= clock_timestamp()
      AND id IN (SELECT jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`)
}
