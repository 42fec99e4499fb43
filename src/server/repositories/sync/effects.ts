import { sql } from 'drizzle-orm'
import type { County } from '#domain/region/code.ts'
import type { Tx } from '../../database/database.ts'
import { StartOver } from '../../database/failures.ts'
import type {
  DigestChange,
  ExitRow,
  LossRow,
  RecordRow,
  RefusedRow,
  RemarkRow,
  RollupChange,
  SettledRow,
} from './tables.ts'

// Each of these is one statement for a whole batch: a statement for each op would be a hundred times slower.

async function insertRecords(tx: Tx, county: County, rows: readonly RecordRow[], at: string): Promise<void> {
  if (rows.length === 0) return
  const done = await tx.execute(sql`
    INSERT INTO record (county, kind, id, region, lane, recorder, office, rv, seq, deleted, body, skeleton, fv, losses, h, received_at)
    SELECT ${county}, r.kind, r.id, r.region, r.lane, r.recorder, r.office, r.rv, r.seq, r.deleted, r.body, r.skeleton, r.fv, r.losses,
           r.h, ${at}::timestamptz
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(kind text, id uuid, region text, lane text, recorder uuid,
         office boolean, rv bigint, seq bigint, deleted boolean, body jsonb, skeleton jsonb, fv jsonb, losses jsonb, h bigint)
    ON CONFLICT (county, kind, id) DO NOTHING RETURNING seq`)
  if (done.rows.length !== rows.length) throw new StartOver('a record appeared between look and write')
}

async function updateRecords(tx: Tx, from: County, to: County, rows: readonly RecordRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    UPDATE record t SET county = ${to}, region = r.region, lane = r.lane, office = r.office, rv = r.rv, seq = r.seq,
           deleted = r.deleted, body = r.body, skeleton = r.skeleton, fv = r.fv, losses = r.losses, h = r.h
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(kind text, id uuid, region text, lane text, office boolean,
         rv bigint, seq bigint, deleted boolean, body jsonb, skeleton jsonb, fv jsonb, losses jsonb, h bigint)
    WHERE t.county = ${from} AND t.kind = r.kind AND t.id = r.id`)
}

/** See `PushTables.moveRecords`. */
export async function moveRecords(
  tx: Tx,
  from: County,
  to: County,
  rows: readonly RecordRow[],
): Promise<void> {
  if (rows.length === 0) return
  await updateRecords(tx, from, to, rows)
  const keys = JSON.stringify(rows.map(({ kind, id }) => ({ kind, id })))
  await tx.execute(sql`
    UPDATE field_loss t SET county = ${to} FROM jsonb_to_recordset(${keys}::jsonb) AS r(kind text, id uuid)
    WHERE t.county = ${from} AND t.kind = r.kind AND t.id = r.id`)
  await tx.execute(sql`
    UPDATE attachment t SET county = ${to} FROM jsonb_to_recordset(${keys}::jsonb) AS r(id uuid)
    WHERE t.county = ${from} AND t.record = r.id`)
}

/** Writes changed records at their ledger places. */
export async function writeRecords(
  tx: Tx,
  county: County,
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
    county,
    rows.filter((one) => !one.fresh),
  )
}

export async function writeExits(tx: Tx, county: County, rows: readonly ExitRow[], at: Date): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    INSERT INTO scope_exit (county, seq, kind, id, rv, left_region, lane, at)
    SELECT ${county}, r.seq, r.kind, r.id, r.rv, r.region, r.lane, ${at.toISOString()}::timestamptz
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(seq bigint, kind text, id uuid, rv bigint, region text, lane text)`)
}

export async function writeLosses(tx: Tx, county: County, rows: readonly LossRow[], at: Date): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    INSERT INTO field_loss (county, kind, id, field, rv, value, who, at)
    SELECT ${county}, r.kind, r.id, r.field, r.rv, r.value, r.who, ${at.toISOString()}::timestamptz
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(kind text, id uuid, field text, rv bigint, value jsonb, who bigint)
    ON CONFLICT DO NOTHING`)
}

/** See `PushTables.settleLosses`. */
export async function settleLosses(tx: Tx, county: County, rows: readonly SettledRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    UPDATE field_loss t SET resolved_by = r.by
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(kind text, id uuid, field text, rv bigint, by bigint)
    WHERE t.county = ${county} AND t.kind = r.kind AND t.id = r.id AND t.field = r.field AND t.rv = r.rv AND t.resolved_by IS NULL`)
}

export async function writeRollup(tx: Tx, county: County, rows: readonly RollupChange[]): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    INSERT INTO rollup (county, region, metric, day, n)
    SELECT ${county}, r.region, r.metric, r.day, r.n
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(region text, metric text, day date, n bigint)
    ON CONFLICT (county, region, metric, day) DO UPDATE SET n = rollup.n + excluded.n`)
}

export async function writeDigest(tx: Tx, county: County, rows: readonly DigestChange[]): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    INSERT INTO region_digest (county, region, lane, n, x)
    SELECT ${county}, r.region, r.lane, r.n, r.x
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(region text, lane text, n bigint, x bigint)
    ON CONFLICT (county, region, lane) DO UPDATE SET n = region_digest.n + excluded.n, x = region_digest.x # excluded.x`)
}

/** An op as jsonb can hold it: text with a NUL or half a character in it is kept as the JSON text it came as. */
export function storable(op: unknown): unknown {
  const text = JSON.stringify(op)
  return /\\u0000|\\ud[89a-f]/i.test(text) ? { json: text } : op
}

/** Keeps refused ops whole (I-26). */
export async function keepRefused(
  tx: Tx,
  county: County,
  rows: readonly RefusedRow[],
  at: Date,
): Promise<void> {
  if (rows.length === 0) return
  const list = JSON.stringify(rows.map((one) => ({ ...one, op: storable(one.op) })))
  await tx.execute(sql`
    INSERT INTO op_refused (county, device, n, person, region, lane, op, code, state, at)
    SELECT ${county}, r.device, r.n, r.person, r.region, r.lane, r.op, r.code, r.state, ${at.toISOString()}::timestamptz
    FROM jsonb_to_recordset(${list}::jsonb) AS r(device bigint, n bigint, person uuid, region text, lane text, op jsonb, code text,
         state text)`)
}

/** See `PushTables.remark`. */
export async function remark(tx: Tx, county: County, rows: readonly RemarkRow[], at: Date): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    UPDATE op_refused t SET note = r.text,
      asked_at = CASE WHEN r.says = 'ask' THEN ${at.toISOString()}::timestamptz ELSE t.asked_at END,
      given_up_at = CASE WHEN r.says = 'give-up' THEN ${at.toISOString()}::timestamptz ELSE t.given_up_at END
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(device bigint, n bigint, person uuid, says text, text text)
    WHERE t.county = ${county} AND t.device = r.device AND t.n = r.n AND t.person = r.person`)
}
