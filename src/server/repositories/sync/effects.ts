import { sql } from 'drizzle-orm'
import type { Tx } from '../../database/database.ts'
import { StartOver } from '../../database/failures.ts'

export interface RecordRow {
  /** Whether it is new: a new one that turns out to exist starts the push over. */
  fresh: boolean
  kind: string
  id: string
  region: string
  lane: string
  recorder: string | null
  office: boolean
  rv: number
  seq: number
  deleted: boolean
  body: Record<string, unknown>
  skeleton: Record<string, unknown>
  fv: Record<string, unknown>
  /** Signed 64-bit integer as text. */
  h: string
}
export interface ExitRow {
  seq: number
  kind: string
  id: string
  rv: number
  region: string
  lane: string
}
export interface LossRow {
  kind: string
  id: string
  field: string
  rv: number
  value: unknown
  who: number
}
export interface RollupChange {
  region: string
  metric: string
  day: string
  n: number
}
export interface DigestChange {
  region: string
  lane: string
  n: number
  x: string
}
export interface RefusedRow {
  n: number
  region: string
  lane: string
  op: unknown
  code: string
  state: 'rejected' | 'quarantined'
}

// Each of these is one statement for a whole batch: a statement for each op would be a hundred times slower.

async function insertRecords(tx: Tx, county: string, rows: readonly RecordRow[], at: string): Promise<void> {
  if (rows.length === 0) return
  const done = await tx.execute(sql`
    INSERT INTO record (county, kind, id, region, lane, recorder, office, rv, seq, deleted, body, skeleton, fv, h, received_at)
    SELECT ${county}, r.kind, r.id, r.region, r.lane, r.recorder, r.office, r.rv, r.seq, r.deleted, r.body, r.skeleton, r.fv, r.h,
           ${at}::timestamptz
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(kind text, id uuid, region text, lane text, recorder uuid,
         office boolean, rv bigint, seq bigint, deleted boolean, body jsonb, skeleton jsonb, fv jsonb, h bigint)
    ON CONFLICT (county, kind, id) DO NOTHING RETURNING seq`)
  if (done.rows.length !== rows.length) throw new StartOver('a record appeared between look and write')
}

async function updateRecords(tx: Tx, county: string, rows: readonly RecordRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    UPDATE record t SET region = r.region, lane = r.lane, office = r.office, rv = r.rv, seq = r.seq, deleted = r.deleted,
           body = r.body, skeleton = r.skeleton, fv = r.fv, h = r.h
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(kind text, id uuid, region text, lane text, office boolean,
         rv bigint, seq bigint, deleted boolean, body jsonb, skeleton jsonb, fv jsonb, h bigint)
    WHERE t.county = ${county} AND t.kind = r.kind AND t.id = r.id`)
}

/** Writes changed records at their ledger places. */
export async function writeRecords(
  tx: Tx,
  county: string,
  rows: readonly RecordRow[],
  at: Date,
): Promise<void> {
  await insertRecords(
    tx,
    county,
    rows.filter((one) => one.fresh),
    at.toISOString(),
  )
  await updateRecords(
    tx,
    county,
    rows.filter((one) => !one.fresh),
  )
}

export async function writeExits(tx: Tx, county: string, rows: readonly ExitRow[], at: Date): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    INSERT INTO scope_exit (county, seq, kind, id, rv, left_region, lane, at)
    SELECT ${county}, r.seq, r.kind, r.id, r.rv, r.region, r.lane, ${at.toISOString()}::timestamptz
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(seq bigint, kind text, id uuid, rv bigint, region text, lane text)`)
}

export async function writeLosses(tx: Tx, county: string, rows: readonly LossRow[], at: Date): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    INSERT INTO field_loss (county, kind, id, field, rv, value, who, at)
    SELECT ${county}, r.kind, r.id, r.field, r.rv, r.value, r.who, ${at.toISOString()}::timestamptz
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(kind text, id uuid, field text, rv bigint, value jsonb, who bigint)`)
}

export async function writeRollup(tx: Tx, county: string, rows: readonly RollupChange[]): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    INSERT INTO rollup (county, region, metric, day, n)
    SELECT ${county}, r.region, r.metric, r.day, r.n
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(region text, metric text, day date, n bigint)
    ON CONFLICT (county, region, metric, day) DO UPDATE SET n = rollup.n + excluded.n`)
}

export async function writeDigest(tx: Tx, county: string, rows: readonly DigestChange[]): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    INSERT INTO region_digest (county, region, lane, n, x)
    SELECT ${county}, r.region, r.lane, r.n, r.x
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(region text, lane text, n bigint, x bigint)
    ON CONFLICT (county, region, lane) DO UPDATE SET n = region_digest.n + excluded.n, x = region_digest.x # excluded.x`)
}

/** An op as jsonb can hold it: text with a NUL or half a character in it is kept as the JSON text it came as. */
function storable(op: unknown): unknown {
  const text = JSON.stringify(op)
  return /\\u0000|\\ud[89a-f]/i.test(text) ? { json: text } : op
}

/** Keeps refused ops whole (I-26). */
export async function keepRefused(
  tx: Tx,
  to: { county: string; device: number; person: string; at: Date },
  rows: readonly RefusedRow[],
): Promise<void> {
  if (rows.length === 0) return
  const list = JSON.stringify(rows.map((one) => ({ ...one, op: storable(one.op) })))
  await tx.execute(sql`
    INSERT INTO op_refused (county, device, n, person, region, lane, op, code, state, at)
    SELECT ${to.county}, ${to.device}, r.n, ${to.person}::uuid, r.region, r.lane, r.op, r.code, r.state, ${to.at.toISOString()}::timestamptz
    FROM jsonb_to_recordset(${list}::jsonb) AS r(n bigint, region text, lane text, op jsonb, code text, state text)`)
}
