import { sql } from 'drizzle-orm'
import type { Tx } from '../../database/database.ts'
import { storable } from '../sync/effects.ts'

/** Rows that may hold numbers of people, as they lie in the database and locked, some at a time and in the order of their keys. */
export interface SealedRecord extends Record<string, unknown> {
  kind: string
  id: string
  body: Record<string, unknown>
  losses: Record<string, unknown>[]
}

/** Records of one kind of a county, after one of them. */
export async function recordsToRenew(
  tx: Tx,
  county: string,
  kind: string,
  after: string,
  most: number,
): Promise<SealedRecord[]> {
  const { rows } = await tx.execute<SealedRecord>(sql`
    SELECT kind, id, body, losses FROM record WHERE county = ${county} AND kind = ${kind} AND id > ${after}::uuid AND NOT deleted
    ORDER BY id LIMIT ${most} FOR UPDATE`)
  return rows
}

/** The same content, sealed otherwise: neither version nor place in the ledger changes, and no phone has to be told. */
export async function putRenewedRecords(
  tx: Tx,
  county: string,
  rows: readonly SealedRecord[],
): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    UPDATE record t SET body = r.body, losses = r.losses
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(kind text, id uuid, body jsonb, losses jsonb)
    WHERE t.county = ${county} AND t.kind = r.kind AND t.id = r.id`)
}

export interface SealedLoss extends Record<string, unknown> {
  kind: string
  id: string
  field: string
  rv: number
  value: unknown
}

/** Values of one kind of records that another replaced, after one of them. */
export async function lossesToRenew(
  tx: Tx,
  county: string,
  kind: string,
  after: Pick<SealedLoss, 'id' | 'field' | 'rv'>,
  most: number,
): Promise<SealedLoss[]> {
  const { rows } = await tx.execute<SealedLoss>(sql`
    SELECT kind, id, field, rv, value FROM field_loss WHERE county = ${county} AND kind = ${kind} AND value IS NOT NULL
      AND (id, field, rv) > (${after.id}::uuid, ${after.field}, ${after.rv}::bigint)
    ORDER BY id, field, rv LIMIT ${most} FOR UPDATE`)
  return rows
}

export async function putRenewedLosses(tx: Tx, county: string, rows: readonly SealedLoss[]): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    UPDATE field_loss t SET value = r.value
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(kind text, id uuid, field text, rv bigint, value jsonb)
    WHERE t.county = ${county} AND t.kind = r.kind AND t.id = r.id AND t.field = r.field AND t.rv = r.rv`)
}

/** A refused op as it was handed in. */
export interface SealedOp extends Record<string, unknown> {
  device: number
  n: number
  op: Record<string, unknown>
}

/** Refused ops of a county, after one of them. */
export async function opsToRenew(
  tx: Tx,
  county: string,
  after: Pick<SealedOp, 'device' | 'n'>,
  most: number,
): Promise<SealedOp[]> {
  const { rows } = await tx.execute<SealedOp>(sql`
    SELECT device, n, op FROM op_refused WHERE county = ${county} AND op ->> 'erased' IS NULL
      AND (device, n) > (${after.device}::bigint, ${after.n}::bigint)
    ORDER BY device, n LIMIT ${most} FOR UPDATE`)
  return rows.map(({ op, ...row }) => ({
    ...row,
    op: typeof op['json'] === 'string' ? (JSON.parse(op['json']) as Record<string, unknown>) : op,
  }))
}

export async function putRenewedOps(tx: Tx, county: string, rows: readonly SealedOp[]): Promise<void> {
  if (rows.length === 0) return
  const list = JSON.stringify(rows.map((one) => ({ ...one, op: storable(one.op) })))
  await tx.execute(sql`
    UPDATE op_refused t SET op = r.op FROM jsonb_to_recordset(${list}::jsonb) AS r(device bigint, n bigint, op jsonb)
    WHERE t.county = ${county} AND t.device = r.device AND t.n = r.n`)
}

/** A message to the office, with how its writer can be answered. */
export interface SealedContact extends Record<string, unknown> {
  id: string
  contact: string
}

/** Messages that may be answered, after one of them. */
export async function contactsToRenew(tx: Tx, after: string, most: number): Promise<SealedContact[]> {
  const { rows } = await tx.execute<SealedContact>(sql`
    SELECT id, contact FROM feedback WHERE contact <> '' AND id > ${after}::uuid ORDER BY id LIMIT ${most} FOR UPDATE`)
  return rows
}

export async function putRenewedContacts(tx: Tx, rows: readonly SealedContact[]): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    UPDATE feedback t SET contact = r.contact
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(id uuid, contact text) WHERE t.id = r.id`)
}

/** How many identity numbers lie sealed to each key, by its name: in records, lost values and refused ops. */
export async function boxesByKey(tx: Tx): Promise<Map<string, number>> {
  const { rows } = await tx.execute<{ key: string; n: number }>(sql`
    SELECT key, count(*) AS n FROM (
      SELECT i ->> 'key' AS key FROM record r, jsonb_array_elements(
        CASE WHEN jsonb_typeof(r.body -> 'idNumbers') = 'array' THEN r.body -> 'idNumbers' ELSE '[]' END) i WHERE r.kind = 'dispute'
      UNION ALL SELECT value ->> 'key' FROM field_loss WHERE field ^@ 'idNumbers/'
      UNION ALL SELECT op -> 'a' -> 'number' ->> 'key' FROM op_refused
    ) b WHERE key IS NOT NULL GROUP BY key`)
  return new Map(rows.map((one) => [one.key, one.n]))
}
