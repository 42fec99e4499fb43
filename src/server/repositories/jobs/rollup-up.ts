import { sql } from 'drizzle-orm'
import type { Tx } from '../../database/database.ts'

/** What a county reports upwards: its totals as they stood at one ledger position. */
export interface CountyTotals {
  county: string
  asOf: number
  cells: { metric: string; day: string; n: number }[]
}

/** A county's totals by metric and day, with the ledger position of the same snapshot (the transaction is one). */
export async function totalsOf(tx: Tx, county: string): Promise<CountyTotals> {
  const ledger = await tx.execute<{ head: number }>(
    sql`SELECT head FROM sync_stream WHERE county = ${county}`,
  )
  const { rows } = await tx.execute<{ metric: string; day: string; n: number }>(sql`
    SELECT metric, day::text AS day, sum(n)::bigint AS n FROM rollup WHERE county = ${county}
    GROUP BY metric, day HAVING sum(n) <> 0 ORDER BY metric, day`)
  return { county, asOf: ledger.rows[0]?.head ?? 0, cells: rows }
}

/** Ledger position of what was last reported of each county; absent: nothing was. */
export async function reportedAt(tx: Tx): Promise<Map<string, number>> {
  const { rows } = await tx.execute<{ county: string; as_of: number }>(
    sql`SELECT county, max(as_of) AS as_of FROM rollup_up GROUP BY county`,
  )
  return new Map(rows.map((one) => [one.county, one.as_of]))
}

/**
 * Writes a county's totals down under a province or prefecture: absolute values, so that a report that comes twice or late changes
 * nothing. A number that is no longer reported becomes 0.
 * @param force writes over a report of the same position too: after numbers were repaired
 */
export async function putTotals(tx: Tx, scope: string, totals: CountyTotals, force: boolean): Promise<void> {
  const older = force ? sql`rollup_up.as_of <= excluded.as_of` : sql`rollup_up.as_of < excluded.as_of`
  await tx.execute(sql`
    WITH told AS (
      SELECT r.metric, r.day, r.n FROM jsonb_to_recordset(${JSON.stringify(totals.cells)}::jsonb) AS r(metric text, day date, n bigint)
    )
    INSERT INTO rollup_up (scope, metric, day, county, n, as_of)
    SELECT ${scope}, metric, day, ${totals.county}, n, ${totals.asOf}::bigint FROM told
    UNION ALL
    SELECT ${scope}, u.metric, u.day, ${totals.county}, 0, ${totals.asOf}::bigint FROM rollup_up u
    WHERE u.scope = ${scope} AND u.county = ${totals.county}
      AND NOT EXISTS (SELECT 1 FROM told t WHERE t.metric = u.metric AND t.day = u.day)
    ON CONFLICT (scope, metric, day, county) DO UPDATE SET n = excluded.n, as_of = excluded.as_of WHERE ${older}`)
}
