import { sql, type SQL } from 'drizzle-orm'
import type { Tx } from '../../database/database.ts'

/** Rows that point at nothing or stand where they cannot: each a sentence and how to count it. Expected: none. */
const BROKEN: readonly (readonly [what: string, count: SQL])[] = [
  ['receipts that were never decided', sql`SELECT count(*) AS n FROM op_receipt WHERE outcome = 'deciding'`],
  [
    'receipts of a phone that nobody knows',
    sql`SELECT count(*) AS n FROM op_receipt r WHERE NOT EXISTS (SELECT 1 FROM device d WHERE d.id = r.device)`,
  ],
  [
    'receipts beyond their ledger',
    sql`SELECT count(*) AS n FROM op_receipt r LEFT JOIN sync_stream s USING (county) WHERE r.seq > coalesce(s.head, 0)`,
  ],
  [
    'records beyond their ledger',
    sql`SELECT count(*) AS n FROM record r LEFT JOIN sync_stream s USING (county) WHERE r.seq > coalesce(s.head, 0)`,
  ],
  [
    'places left beyond their ledger',
    sql`SELECT count(*) AS n FROM scope_exit r LEFT JOIN sync_stream s USING (county) WHERE r.seq > coalesce(s.head, 0)`,
  ],
  [
    'refused work without its receipt',
    sql`SELECT count(*) AS n FROM op_refused o WHERE NOT EXISTS (
          SELECT 1 FROM op_receipt r WHERE r.county = o.county AND r.device = o.device AND r.n = o.n)
        AND NOT EXISTS (SELECT 1 FROM receipt_pack p WHERE p.county = o.county AND p.device = o.device AND o.n BETWEEN p.from_n AND p.to_n)`,
  ],
  [
    'erased records that still say something',
    sql`SELECT count(*) AS n FROM erasure e JOIN record r USING (kind, id) WHERE NOT r.deleted OR r.body <> '{}'::jsonb`,
  ],
]

/** What is broken among the rows: a sentence each, with how many. */
export async function brokenRows(tx: Tx): Promise<{ what: string; n: number }[]> {
  const found: { what: string; n: number }[] = []
  for (const [what, count] of BROKEN) {
    const { rows } = await tx.execute<{ n: number }>(count)
    const n = rows[0]?.n ?? 0
    if (n > 0) found.push({ what, n })
  }
  return found
}

/**
 * How many numbers of phones have no receipt between their lowest and highest. An op that waits for another leaves such a place open
 * for a while, so some may be there; a copy must have exactly as many as its original.
 */
export async function openNumbers(tx: Tx): Promise<{ devices: number; receipts: number; open: number }> {
  const { rows } = await tx.execute<{ devices: number; receipts: number; open: number }>(sql`
    WITH of AS (SELECT device, count(DISTINCT n) AS had, max(n) - min(n) + 1 AS span FROM op_receipt
      -- Below zero are names made of fingerprints.
      WHERE n > 0 GROUP BY device)
    SELECT count(*) AS devices, coalesce(sum(had), 0)::bigint AS receipts,
      -- A phone may name any number; what is beyond is not told apart.
      least(coalesce(sum(span - had), 0), ${Number.MAX_SAFE_INTEGER})::bigint AS open FROM of`)
  return rows[0] ?? { devices: 0, receipts: 0, open: 0 }
}

/** Contents, hexadecimal, that the server says it keeps. */
export async function keptContents(tx: Tx): Promise<string[]> {
  const { rows } = await tx.execute<{ sha256: string }>(
    sql`SELECT DISTINCT encode(sha256, 'hex') AS sha256 FROM attachment WHERE state = 'stored' ORDER BY 1`,
  )
  return rows.map((one) => one.sha256)
}
