import { sql } from 'drizzle-orm'
import type { Tx } from '../../database/database.ts'

/** A record erased by law. */
export interface Erasure {
  kind: string
  id: string
  region: string
  /** ISO text. */
  at: string
  /** Its share in the numbers stays: work whose time is over was done all the same. Absent: it goes with it. */
  counted?: true
}

/** Everything that was ever erased; asked of databases of older builds too. */
export async function erasuresOf(tx: Tx): Promise<Erasure[]> {
  const { rows } = await tx.execute<Omit<Erasure, 'counted'> & { counted: boolean }>(sql`
    SELECT kind, id, region, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at,
      coalesce((to_jsonb(erasure) ->> 'counted')::boolean, false) AS counted
    FROM erasure ORDER BY kind, id`)
  return rows.map(({ counted, ...one }) => (counted ? { ...one, counted } : one))
}

/** What is there of records that shall be erased. */
export interface Doomed extends Record<string, unknown> {
  county: string
  kind: string
  id: string
  region: string
  rv: number
  deleted: boolean
  lane: string
  /** Fingerprint of its version: signed 64-bit integer as text. */
  h: string
  body: Record<string, unknown>
}

/** The records of an id, wherever they are. Whoever erases holds their county's ledger, so nobody else writes them. */
export async function recordsWithId(tx: Tx, ids: readonly string[]): Promise<Doomed[]> {
  const { rows } = await tx.execute<Doomed>(sql`
    SELECT county, kind, id, region, rv, deleted, lane, h::text AS h, body FROM record
    WHERE id IN (SELECT value::uuid FROM jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)) ORDER BY county, kind, id`)
  return rows
}

/** A record of which nothing is left but that it was there: its new version, place and fingerprint. */
export interface Tombstone {
  county: string
  kind: string
  id: string
  region: string
  rv: number
  seq: number
  /** Signed 64-bit integer as text. */
  h: string
}

/**
 * Empties records and everything that repeats what they said; one that is not there comes to be empty. The role `jobs` may do it too, as
 * long as no hold keeps the record on the day of its setting `day`; the owner may always, because a restore repeats what was erased.
 */
export async function bury(tx: Tx, stones: readonly Tombstone[], at: Date): Promise<void> {
  if (stones.length === 0) return
  const rows = JSON.stringify(stones)
  const when = at.toISOString()
  await tx.execute(sql`
    INSERT INTO record (county, kind, id, region, lane, rv, seq, deleted, body, skeleton, fv, losses, h, received_at)
    SELECT r.county, r.kind, r.id, r.region, 'closed', r.rv, r.seq, true, '{}', '{}', '{}', '[]', r.h, ${when}::timestamptz
    FROM jsonb_to_recordset(${rows}::jsonb) AS r(county text, kind text, id uuid, region text, rv bigint, seq bigint, h bigint)
    ON CONFLICT (county, kind, id) DO UPDATE SET rv = excluded.rv, seq = excluded.seq, deleted = true, body = '{}', skeleton = '{}',
      fv = '{}', losses = '[]', h = excluded.h`)
  await tx.execute(sql`
    UPDATE field_loss l SET value = NULL FROM jsonb_to_recordset(${rows}::jsonb) AS r(kind text, id uuid)
    WHERE l.kind = r.kind AND l.id = r.id`)
  // What was refused of it, or of what would have hung on it; words that a database cannot hold lie as text, and are found in it.
  await tx.execute(sql`
    WITH gone AS MATERIALIZED (SELECT id FROM jsonb_to_recordset(${rows}::jsonb) AS r(id text))
    UPDATE op_refused o SET op = '{"erased": true}', note = '', answer = ''
    WHERE o.op -> 'e' ->> 1 IN (SELECT id FROM gone) OR o.op -> 'a' ->> 'dispute' IN (SELECT id FROM gone)
      OR o.op -> 'a' -> 'of' ->> 1 IN (SELECT id FROM gone)`)
  await tx.execute(sql`
    UPDATE op_refused o SET op = '{"erased": true}', note = '', answer = ''
    FROM jsonb_to_recordset(${rows}::jsonb) AS r(id text)
    WHERE o.op ->> 'json' IS NOT NULL AND strpos(o.op ->> 'json', r.id) > 0`)
  // Whom it was shared with, and why, in somebody's words.
  await tx.execute(sql`
    DELETE FROM record_grant g USING jsonb_to_recordset(${rows}::jsonb) AS r(id uuid) WHERE g.record = r.id`)
}

/** Whether this database keeps what emptied records had added to the numbers: a backup of an older build has no place for it. */
export async function keepsNumbers(tx: Tx): Promise<boolean> {
  const { rows } = await tx.execute<{ there: boolean }>(
    sql`SELECT to_regclass('public.rollup_kept') IS NOT NULL AS there`,
  )
  return rows[0]?.there === true
}

/** Writes down what was erased. @param full whether `keepsNumbers` */
export async function noteErasures(tx: Tx, list: readonly Erasure[], full: boolean): Promise<void> {
  if (list.length === 0) return
  const [column, value] = full ? [sql`, counted`, sql`, coalesce(r.counted, false)`] : [sql``, sql``]
  await tx.execute(sql`
    INSERT INTO erasure (kind, id, region, at${column})
    SELECT r.kind, r.id, r.region, r.at${value}
    FROM jsonb_to_recordset(${JSON.stringify(list)}::jsonb) AS r(kind text, id uuid, region text, at timestamptz, counted boolean)
    ON CONFLICT (kind, id) DO NOTHING`)
}

/** Takes so many places in a county's ledger, which stays locked until the transaction ends. @returns the first */
export async function takePlaces(tx: Tx, county: string, first: number, places: number): Promise<number> {
  const { rows } = await tx.execute<{ head: number }>(sql`
    INSERT INTO sync_stream (county, head) VALUES (${county}, ${first + places}::bigint)
    ON CONFLICT (county) DO UPDATE SET head = greatest(sync_stream.head, ${first}::bigint) + ${places} RETURNING head`)
  return (rows[0]?.head ?? 0) - places + 1
}

/** Sets digests to what they should be; those not named stay. */
export async function setDigests(
  tx: Tx,
  county: string,
  rows: readonly { region: string; lane: string; n: number; x: string }[],
): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    INSERT INTO region_digest (county, region, lane, n, x)
    SELECT ${county}, r.region, r.lane, r.n, r.x
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(region text, lane text, n bigint, x bigint)
    ON CONFLICT (county, region, lane) DO UPDATE SET n = excluded.n, x = excluded.x`)
}

/** Takes records out of the sums of their villages. `h`: fingerprint of the version they had, signed 64-bit integer as text. */
export async function leaveDigests(
  tx: Tx,
  county: string,
  rows: readonly { region: string; lane: string; h: string }[],
): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    UPDATE region_digest d SET n = d.n - g.n, x = d.x # g.x
    FROM (SELECT r.region, r.lane, count(*) AS n, bit_xor(r.h) AS x
          FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(region text, lane text, h bigint) GROUP BY r.region, r.lane) g
    WHERE d.county = ${county} AND d.region = g.region AND d.lane = g.lane`)
}
