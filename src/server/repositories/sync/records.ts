import { sql } from 'drizzle-orm'
import type { Tx } from '../../database/database.ts'

export interface LockedRow extends Record<string, unknown> {
  kind: string
  id: string
  region: string
  lane: string
  recorder: string | null
  office: boolean
  rv: number
  deleted: boolean
  body: Record<string, unknown>
  fv: Record<string, unknown>
}

/** Locks the records that a batch names, in one order for everybody, so that two batches never wait for each other in a ring. */
export async function lockRecords(
  tx: Tx,
  county: string,
  keys: readonly { kind: string; id: string }[],
): Promise<LockedRow[]> {
  if (keys.length === 0) return []
  const { rows } = await tx.execute<LockedRow>(sql`
    SELECT kind, id, region, lane, recorder, office, rv, deleted, body, fv FROM record
    WHERE county = ${county}
      AND (kind, id) IN (SELECT r.kind, r.id FROM jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) AS r(kind text, id uuid))
    ORDER BY kind, id FOR UPDATE`)
  return rows
}

/** The identity and generation of this history, and the moment before which acknowledged ops are covered by a backup (epoch ms, 0: none). */
export async function historyOf(tx: Tx): Promise<{ epoch: string; gen: number; ringSafe: number }> {
  const { rows } = await tx.execute<{ epoch: string; gen: number; safe: number }>(
    sql`SELECT epoch, gen, coalesce(extract(epoch FROM ring_safe_before) * 1000, 0)::bigint AS safe FROM sync_meta`,
  )
  const [row] = rows
  if (!row) throw new Error('this database has no history yet')
  return { epoch: row.epoch, gen: row.gen, ringSafe: row.safe }
}

/** First number of a generation; every `seq` and `rv` of it is at least this. */
export const firstOf = (gen: number): number => gen * 2 ** 33

/**
 * Reserves ledger places and keeps the county's ledger locked until commit: taken last, because everybody who writes in the county
 * waits for it (I-12, I-13).
 * @returns the first reserved place
 */
export async function reserve(tx: Tx, county: string, gen: number, places: number): Promise<number> {
  const { rows } = await tx.execute<{ head: number }>(sql`
    INSERT INTO sync_stream (county, head) VALUES (${county}, ${firstOf(gen) + places})
    ON CONFLICT (county) DO UPDATE SET head = sync_stream.head + ${places} RETURNING head`)
  return (rows[0]?.head ?? 0) - places + 1
}
