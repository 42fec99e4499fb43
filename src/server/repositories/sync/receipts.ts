import { sql } from 'drizzle-orm'
import type { County } from '#domain/region/code.ts'
import type { Tx } from '../../database/database.ts'
import type { Claim, OpName, ReceiptRow, StoredReceipt } from './tables.ts'

const named = (names: readonly OpName[]): string =>
  JSON.stringify(names.map(({ device, n }) => ({ device, n })))

/** See `PushTables.claim`. */
export async function claim(tx: Tx, county: County, claims: readonly Claim[], at: Date): Promise<OpName[]> {
  if (claims.length === 0) return []
  const list = JSON.stringify(claims.map(({ device, n, hash }) => ({ device, n, hash })))
  const { rows } = await tx.execute<{ device: number; n: number }>(sql`
    INSERT INTO op_receipt (county, device, n, op_hash, outcome, at)
    SELECT ${county}, r.device, r.n, decode(r.hash, 'hex'), 'deciding', ${at.toISOString()}::timestamptz
    FROM jsonb_to_recordset(${list}::jsonb) AS r(device bigint, n bigint, hash text) ORDER BY r.device, r.n
    ON CONFLICT DO NOTHING RETURNING device, n`)
  return rows
}

/** See `PushTables.receipts`. */
export async function receipts(tx: Tx, county: County, names: readonly OpName[]): Promise<StoredReceipt[]> {
  if (names.length === 0) return []
  const { rows } = await tx.execute<StoredReceipt & Record<string, unknown>>(sql`
    SELECT device, n, encode(op_hash, 'hex') AS hash, outcome, detail, seq, rv FROM op_receipt
    WHERE county = ${county} AND outcome <> 'deciding'
      AND (device, n) IN (SELECT r.device, r.n FROM jsonb_to_recordset(${named(names)}::jsonb) AS r(device bigint, n bigint))`)
  return rows
}

/** See `PushTables.packedReceipts`; of each fingerprint the first half. */
export async function packedReceipts(tx: Tx, county: County, names: readonly OpName[]): Promise<Claim[]> {
  if (names.length === 0) return []
  const { rows } = await tx.execute<{ device: number; n: number; hash: string }>(sql`
    SELECT r.device, r.n, p.hashes ->> r.n::text AS hash
    FROM jsonb_to_recordset(${named(names)}::jsonb) AS r(device bigint, n bigint)
    JOIN receipt_pack p ON p.county = ${county} AND p.device = r.device AND r.n BETWEEN p.from_n AND p.to_n
    WHERE p.hashes ? r.n::text`)
  return rows
}

/** See `PushTables.decideReceipts`. */
export async function decideReceipts(tx: Tx, county: County, rows: readonly ReceiptRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    UPDATE op_receipt t SET outcome = r.outcome, detail = r.detail, seq = r.seq, rv = r.rv
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(device bigint, n bigint, outcome text, detail jsonb, seq bigint,
         rv bigint)
    WHERE t.county = ${county} AND t.device = r.device AND t.n = r.n`)
}

/** See `PushTables.unclaim`. */
export async function unclaim(tx: Tx, county: County, names: readonly OpName[]): Promise<void> {
  if (names.length === 0) return
  await tx.execute(sql`
    DELETE FROM op_receipt WHERE county = ${county} AND outcome = 'deciding'
      AND (device, n) IN (SELECT r.device, r.n FROM jsonb_to_recordset(${named(names)}::jsonb) AS r(device bigint, n bigint))`)
}
