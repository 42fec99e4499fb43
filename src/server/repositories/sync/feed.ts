import { sql } from 'drizzle-orm'
import type { County, RegionCode } from '#domain/region/code.ts'
import type { ReadTx, Tx } from '../../database/database.ts'
import type { AnswerRow, DigestRow, Feed, FeedRow, KeptRow, RecordKey } from './tables.ts'

/**
 * What changed in a county after a ledger position, for the caller of the transaction: one statement, so one snapshot. The ledger is
 * locked from its reservation to the commit, so a snapshot that sees `head` sees every change up to it and nothing can be skipped.
 * The same view that guards every read decides what is in scope; a phone keeps only what it may see whole.
 */
export async function feedOf(tx: ReadTx, county: County, after: number, limit: number): Promise<Feed> {
  const { rows } = await tx.execute<
    { head: number | null; floor: number | null; seq: number | null } & Record<string, unknown>
  >(sql`
    WITH live AS (
      SELECT seq, kind, id, region, lane, rv, sv, deleted, false AS gone, recorder, body, losses FROM record_seen
      WHERE county = ${county} AND seq > ${after} AND view = 'full' ORDER BY seq LIMIT ${limit}
    ), gone AS (
      SELECT e.seq, e.kind, e.id, e.left_region, e.lane, e.rv, 0::smallint, false, true, NULL::uuid, NULL::jsonb, '[]'::jsonb
      FROM exit_seen e
      WHERE e.county = ${county} AND e.seq > ${after} AND NOT EXISTS (
        SELECT 1 FROM record_seen r WHERE r.county = ${county} AND r.kind = e.kind AND r.id = e.id AND r.view = 'full')
      ORDER BY e.seq LIMIT ${limit}
    )
    SELECT s.head, s.floor, f.* FROM (SELECT 1) AS always
    LEFT JOIN (SELECT head, floor FROM sync_stream WHERE county = ${county}) s ON true
    LEFT JOIN LATERAL (SELECT * FROM live UNION ALL SELECT * FROM gone ORDER BY seq LIMIT ${limit}) f ON true
    ORDER BY f.seq`)
  return {
    head: rows[0]?.head ?? 0,
    floor: rows[0]?.floor ?? 0,
    rows: rows.flatMap((one) => (one.seq === null ? [] : [one as unknown as FeedRow])),
  }
}

/** See `PullTables.digest`: the policy of the table shows the lanes that grants of regions open whole. */
export async function digestOf(tx: ReadTx, county: County): Promise<DigestRow[]> {
  const { rows } = await tx.execute<DigestRow & Record<string, unknown>>(sql`
    SELECT region, lane, n, lpad(to_hex(x), 16, '0') AS x FROM region_digest
    WHERE county = ${county} AND (n <> 0 OR x <> 0) ORDER BY region, lane`)
  return rows
}

/** See `PullTables.more`. */
export async function moreOf(tx: ReadTx, county: County): Promise<KeptRow[]> {
  // The lanes that the digest covers are left out by the same comparison that its policy makes.
  const { rows } = await tx.execute<KeptRow & Record<string, unknown>>(sql`
    SELECT kind, id, rv, region FROM record_seen
    WHERE county = ${county} AND view = 'full' AND NOT deleted
      AND (recorder = (SELECT mb_person()) OR id = ANY ((SELECT mb_ids('records'))::uuid[]))
      AND NOT (lane = 'casework' AND region ^@ ANY ((SELECT mb_prefixes('full_casework'))::text[]))
      AND NOT (lane = 'outreach' AND region ^@ ANY ((SELECT mb_prefixes('full_outreach'))::text[]))
      AND NOT (lane = 'register' AND region ^@ ANY ((SELECT mb_prefixes('full_register'))::text[]))
    ORDER BY kind, id`)
  return rows
}

/** See `PullTables.list`. */
export async function listOf(tx: ReadTx, county: County, region: RegionCode): Promise<KeptRow[]> {
  const { rows } = await tx.execute<KeptRow & Record<string, unknown>>(sql`
    SELECT kind, id, rv, region FROM record_seen
    WHERE county = ${county} AND region = ${region} AND view = 'full' AND NOT deleted ORDER BY kind, id`)
  return rows
}

/** See `PullTables.rows`. */
export async function rowsOf(tx: ReadTx, county: County, keys: readonly RecordKey[]): Promise<FeedRow[]> {
  if (keys.length === 0) return []
  const { rows } = await tx.execute<FeedRow & Record<string, unknown>>(sql`
    SELECT seq, kind, id, region, lane, rv, sv, deleted, false AS gone, recorder, body, losses FROM record_seen
    WHERE county = ${county} AND view = 'full' AND NOT deleted
      AND (kind, id) IN (SELECT r.kind, r.id FROM jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) AS r(kind text, id uuid))
    ORDER BY kind, id`)
  return rows
}

/** See `PullTables.answers`. */
export async function answersOf(tx: ReadTx, county: County, after: Date): Promise<AnswerRow[]> {
  const { rows } = await tx.execute<AnswerRow & Record<string, unknown>>(sql`
    SELECT device, n, decision, answer, (extract(epoch FROM decided_at) * 1000)::bigint AS at FROM op_refused
    WHERE county = ${county} AND person = (SELECT mb_person()) AND decided_at > ${after.toISOString()}::timestamptz
    ORDER BY decided_at, device, n`)
  return rows
}

/** The epoch and the ledger positions of counties; one without any change is 0. */
export async function headsOf(
  tx: Tx,
  counties: readonly County[],
): Promise<{ epoch: string; heads: Map<County, number> }> {
  const { rows } = await tx.execute<{ epoch: string; county: string | null; head: number | null }>(sql`
    SELECT m.epoch, s.county, s.head FROM sync_meta m LEFT JOIN sync_stream s
      ON s.county IN (SELECT jsonb_array_elements_text(${JSON.stringify(counties)}::jsonb))`)
  const found = new Map(rows.map((one) => [one.county, one.head]))
  return {
    epoch: rows[0]?.epoch ?? '',
    heads: new Map(counties.map((one) => [one, found.get(one) ?? 0])),
  }
}
