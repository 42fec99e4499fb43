import { sql, type SQL } from 'drizzle-orm'
import type { Period } from '#domain/desk/period.ts'
import type { RegionPrefix } from '#domain/region/code.ts'
import type { ReadTx, Tx } from '../../database/database.ts'
import { childDigitsOf, inside } from './area.ts'

/**
 * What one place adds to a metric. Metrics with months come in one row for each of the twelve months and one (`month` '') for all that
 * lies before them; others in one row. Parts by type (`disputes:D02`) come for the whole region: `place` ''.
 */
export interface Sum {
  place: string
  metric: string
  /** `YYYY-MM`, or ''. */
  month: string
  n: number
  /** Of `n`: what lies in the period, and in the one it is compared with. */
  now: number
  before: number
}

export interface Summed {
  /** Metrics with months. */
  monthly: readonly string[]
  /** Metrics without. */
  whole: readonly string[]
  /** Parts of disputes by type, of the twelve months only. */
  types: readonly string[]
}

const oneOf = (metrics: readonly string[]) =>
  sql`metric IN (${sql.join(
    metrics.map((one) => sql`${one}`),
    sql`, `,
  )})`

/**
 * All sums of a region in one pass, by place one level below it. Only what the caller's settings let it count is counted.
 * @param first the first day of the twelve months
 */
export async function sumsOf(
  tx: ReadTx,
  prefix: RegionPrefix,
  metrics: Summed,
  period: Period,
  before: Period,
  first: string,
): Promise<Sum[]> {
  const { monthly, whole, types } = metrics
  const { rows } = await tx.execute<Sum & Record<string, unknown>>(sql`
    SELECT CASE WHEN ${oneOf(types)} THEN '' ELSE left(region, ${childDigitsOf(prefix)}::int) END AS place, metric,
      CASE WHEN day >= ${first}::date AND NOT ${oneOf(whole)} THEN to_char(day, 'YYYY-MM') ELSE '' END AS month,
      sum(n)::bigint AS n,
      coalesce(sum(n) FILTER (WHERE day >= ${period.from}::date), 0)::bigint AS now,
      coalesce(sum(n) FILTER (WHERE day BETWEEN ${before.from}::date AND ${before.to}::date), 0)::bigint AS before
    FROM rollup
    WHERE ${inside(prefix)} AND day <= ${period.to}::date
      AND (${oneOf([...monthly, ...whole])} OR (${oneOf(types)} AND day >= ${first}::date))
    GROUP BY 1, 2, 3`)
  return rows
}

/** The number itself: what a list must add up to. `from` null counts everything up to `to`. */
export function sumOf(
  tx: ReadTx,
  prefix: RegionPrefix,
  metric: string,
  days: { from: string | null; to: string },
): Promise<number> {
  return sumIn(tx, sql`rollup`, prefix, metric, days)
}

/** Of that number, what records added whose contents were erased when their time was over: it counts, and no row is left. */
export const sumOfErased = (
  tx: ReadTx,
  prefix: RegionPrefix,
  metric: string,
  days: { from: string | null; to: string },
): Promise<number> => sumIn(tx, sql`rollup_kept`, prefix, metric, days)

async function sumIn(
  tx: ReadTx,
  table: SQL,
  prefix: RegionPrefix,
  metric: string,
  days: { from: string | null; to: string },
): Promise<number> {
  const begin = days.from === null ? sql`` : sql`AND day >= ${days.from}::date`
  const { rows } = await tx.execute<{ n: number }>(sql`
    SELECT coalesce(sum(n), 0)::bigint AS n FROM ${table}
    WHERE ${inside(prefix)} AND metric = ${metric} AND day <= ${days.to}::date ${begin}`)
  return rows[0]?.n ?? 0
}

/** Ledger positions of the counties inside a prefix (or the one it lies in): what `as of` stands on. */
export async function headsOf(tx: Tx, prefix: RegionPrefix): Promise<Record<string, number>> {
  const { rows } = await tx.execute<{ county: string; head: number }>(sql`
    SELECT county, head FROM sync_stream WHERE county ^@ ${prefix.slice(0, 6)}`)
  return Object.fromEntries(rows.map((one) => [one.county, one.head]))
}
