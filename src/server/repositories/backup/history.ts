import { sql } from 'drizzle-orm'
import type { Tx } from '../../database/database.ts'

/** What a snapshot is of: which history, where its ledgers stand, and when it was taken by the database's own clock. */
export interface Snapshot {
  epoch: string
  gen: number
  /** ISO text, microseconds. */
  takenAt: string
  heads: Record<string, number>
  server: string
}

/** First statement of a snapshot: the moment is read before anything is, so that whatever came before it is inside. */
export async function snapshotOf(tx: Tx): Promise<Snapshot> {
  const { rows } = await tx.execute<{ epoch: string; gen: number; at: string; server: string }>(sql`
    SELECT epoch, gen, to_char(transaction_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
           current_setting('server_version') AS server FROM sync_meta`)
  const [row] = rows
  if (!row) throw new Error('this database has no history yet')
  const heads = await tx.execute<{ county: string; head: number }>(
    sql`SELECT county, head FROM sync_stream ORDER BY county`,
  )
  return {
    epoch: row.epoch,
    gen: row.gen,
    takenAt: row.at,
    server: row.server,
    heads: Object.fromEntries(heads.rows.map((one) => [one.county, one.head])),
  }
}

/** Begins a new history. @param ahead hours to skip @param atLeast a generation known from elsewhere */
export async function newHistory(
  tx: Tx,
  ahead: number,
  atLeast: number,
): Promise<{ epoch: string; gen: number }> {
  const { rows } = await tx.execute<{ epoch: string; gen: number }>(
    sql`SELECT epoch, gen FROM mb_new_history(${ahead}::int, ${atLeast}::int)`,
  )
  const [row] = rows
  if (!row) throw new Error('no new history')
  return row
}

/** The history this database is in now; null before the first. */
export async function historyNow(tx: Tx): Promise<{ epoch: string; gen: number } | null> {
  const { rows } = await tx.execute<{ epoch: string; gen: number }>(sql`SELECT epoch, gen FROM sync_meta`)
  return rows[0] ?? null
}

/** Work handed in before `moment` is covered by a verified backup. @returns false: this database has another history */
export async function moveRing(tx: Tx, epoch: string, moment: string): Promise<boolean> {
  const { rows } = await tx.execute<{ moved: boolean }>(
    sql`SELECT mb_ring_safe(${epoch}::uuid, ${moment}::timestamptz) AS moved`,
  )
  return rows[0]?.moved ?? false
}

/** What a restored backup was verified to hold, whatever its own mark said. Only for a history that has just begun. */
export async function setRing(tx: Tx, moment: string): Promise<void> {
  await tx.execute(sql`UPDATE sync_meta SET ring_safe_before = ${moment}::timestamptz - interval '5 minutes'`)
}

/** How far the database's log is on the disk, in bytes. */
export async function walPlace(tx: Tx): Promise<number> {
  const { rows } = await tx.execute<{ wal: number }>(sql`SELECT mb_wal_place() AS wal`)
  return rows[0]?.wal ?? 0
}

/** Uploads that were under way: their pieces are not in a backup, so phones begin them anew. */
export async function forgetUploads(tx: Tx): Promise<void> {
  await tx.execute(sql`DELETE FROM upload WHERE state = 'open'`)
  await tx.execute(sql`DELETE FROM upload_lease`)
}
