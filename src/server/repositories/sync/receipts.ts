import { sql } from 'drizzle-orm'
import type { Tx } from '../../database/database.ts'

export interface StoredReceipt {
  n: number
  hash: string
  outcome: 'ok' | 'merged' | 'rejected' | 'quarantined'
  detail: Record<string, unknown>
  seq: number
  rv: number
}

export interface ReceiptRow {
  n: number
  outcome: string
  detail: Record<string, unknown>
  seq: number
  rv: number
}

/**
 * Claims the numbers of a batch; the claim is what makes an op happen once (I-6). A number somebody else is claiming right now is
 * waited for.
 * @returns the numbers that were free
 */
export async function claim(
  tx: Tx,
  county: string,
  device: number,
  ops: readonly { n: number; hash: string }[],
  at: Date,
): Promise<Set<number>> {
  const list = JSON.stringify(ops.map(({ n, hash }) => ({ n, hash })))
  const { rows } = await tx.execute<{ n: number }>(sql`
    INSERT INTO op_receipt (county, device, n, op_hash, outcome, at)
    SELECT ${county}, ${device}, r.n, decode(r.hash, 'hex'), 'deciding', ${at.toISOString()}::timestamptz
    FROM jsonb_to_recordset(${list}::jsonb) AS r(n bigint, hash text) ORDER BY r.n
    ON CONFLICT DO NOTHING RETURNING n`)
  return new Set(rows.map((one) => one.n))
}

/** Receipts of a device that have been decided, of these numbers. */
export async function receiptsOf(
  tx: Tx,
  county: string,
  device: number,
  ns: readonly number[],
): Promise<StoredReceipt[]> {
  if (ns.length === 0) return []
  const { rows } = await tx.execute<StoredReceipt & Record<string, unknown>>(sql`
    SELECT n, encode(op_hash, 'hex') AS hash, outcome, detail, seq, rv FROM op_receipt
    WHERE county = ${county} AND device = ${device} AND outcome <> 'deciding'
      AND n IN (SELECT value::bigint FROM jsonb_array_elements_text(${JSON.stringify(ns)}::jsonb))`)
  return rows
}

/** Writes what was decided into the claimed receipts. */
export async function decideReceipts(
  tx: Tx,
  county: string,
  device: number,
  rows: readonly ReceiptRow[],
): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    UPDATE op_receipt t SET outcome = r.outcome, detail = r.detail, seq = r.seq, rv = r.rv
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(n bigint, outcome text, detail jsonb, seq bigint, rv bigint)
    WHERE t.county = ${county} AND t.device = ${device} AND t.n = r.n`)
}

/** Gives claimed numbers back: their ops were not decided and will come again. */
export async function unclaim(tx: Tx, county: string, device: number, ns: readonly number[]): Promise<void> {
  if (ns.length === 0) return
  await tx.execute(sql`
    DELETE FROM op_receipt WHERE county = ${county} AND device = ${device} AND outcome = 'deciding'
      AND n IN (SELECT value::bigint FROM jsonb_array_elements_text(${JSON.stringify(ns)}::jsonb))`)
}
