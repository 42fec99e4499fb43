import { sql } from 'drizzle-orm'
import type { Tx } from '../../database/database.ts'

/** A change as a page carries it. `gone`: it left the caller's scope, from `region` and `lane`. */
export interface FeedRow {
  seq: number
  kind: string
  id: string
  region: string
  lane: string
  rv: number
  sv: number
  deleted: boolean
  gone: boolean
  recorder: string | null
  body: Record<string, unknown> | null
}

export interface Feed {
  head: number
  floor: number
  rows: FeedRow[]
}

/**
 * What changed in a county after a ledger position, for the caller of the transaction: one statement, so one snapshot. The ledger is
 * locked from its reservation to the commit, so a snapshot that sees `head` sees every change up to it and nothing can be skipped.
 * The same view that guards every read decides what is in scope; a phone keeps only what it may see whole.
 */
export async function feedOf(tx: Tx, county: string, after: number, limit: number): Promise<Feed> {
  const { rows } = await tx.execute<
    { head: number | null; floor: number | null; seq: number | null } & Record<string, unknown>
  >(sql`
    WITH live AS (
      SELECT seq, kind, id, region, lane, rv, sv, deleted, false AS gone, recorder, body FROM record_seen
      WHERE county = ${county} AND seq > ${after} AND view = 'full' ORDER BY seq LIMIT ${limit}
    ), gone AS (
      SELECT e.seq, e.kind, e.id, e.left_region, e.lane, e.rv, 0::smallint, false, true, NULL::uuid, NULL::jsonb FROM exit_seen e
      WHERE e.county = ${county} AND e.seq > ${after} AND NOT EXISTS (
        SELECT 1 FROM record_seen r WHERE r.county = e.county AND r.kind = e.kind AND r.id = e.id AND r.view = 'full')
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

/** Ledger positions of counties; one without any change is 0. */
export async function headsOf(tx: Tx, counties: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await tx.execute<{ county: string; head: number }>(sql`
    SELECT county, head FROM sync_stream WHERE county IN (SELECT jsonb_array_elements_text(${JSON.stringify(counties)}::jsonb))`)
  return new Map(rows.map((one) => [one.county, one.head]))
}
