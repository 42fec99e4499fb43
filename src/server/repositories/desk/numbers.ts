import { sql } from 'drizzle-orm'
import type { Period } from '#domain/desk/period.ts'
import type { RegionPrefix } from '#domain/region/code.ts'
import type { Tx } from '../../database/database.ts'
import { childDigitsOf, inside } from './area.ts'

/** What one place adds to a metric: in the period, in the one it is compared with, and in all up to the period's end. */
export interface Sum {
  place: string
  metric: string
  now: number
  before: number
  upTo: number
}

export interface MonthSum {
  place: string
  metric: string
  /** `YYYY-MM` */
  month: string
  n: number
}

const among = (metrics: readonly string[]) =>
  sql`metric IN (${sql.join(
    metrics.map((one) => sql`${one}`),
    sql`, `,
  )})`

/** Sums of the metrics by place one level below the prefix. Only what the caller's settings let it count is counted. */
export async function sumsByPlace(
  tx: Tx,
  prefix: RegionPrefix,
  metrics: readonly string[],
  period: Period,
  before: Period,
): Promise<Sum[]> {
  const { rows } = await tx.execute<{
    place: string
    metric: string
    now: number
    before: number
    up_to: number
  }>(sql`
    SELECT left(region, ${childDigitsOf(prefix)}::int) AS place, metric,
      coalesce(sum(n) FILTER (WHERE day >= ${period.from}::date), 0)::bigint AS now,
      coalesce(sum(n) FILTER (WHERE day BETWEEN ${before.from}::date AND ${before.to}::date), 0)::bigint AS before,
      sum(n)::bigint AS up_to
    FROM rollup
    WHERE ${inside(prefix)} AND ${among(metrics)} AND day <= ${period.to}::date
    GROUP BY 1, 2`)
  return rows.map(({ place, metric, now, before: earlier, up_to }) => ({
    place,
    metric,
    now,
    before: earlier,
    upTo: up_to,
  }))
}

/** Sums of the metrics by place and month, for the days from `from` to `to`. */
export async function sumsByMonth(
  tx: Tx,
  prefix: RegionPrefix,
  metrics: readonly string[],
  days: Period,
): Promise<MonthSum[]> {
  const { rows } = await tx.execute<MonthSum & Record<string, unknown>>(sql`
    SELECT left(region, ${childDigitsOf(prefix)}::int) AS place, metric, to_char(day, 'YYYY-MM') AS month, sum(n)::bigint AS n
    FROM rollup
    WHERE ${inside(prefix)} AND ${among(metrics)} AND day BETWEEN ${days.from}::date AND ${days.to}::date
    GROUP BY 1, 2, 3`)
  return rows
}

/** The number itself: what a list must add up to. `from` null counts everything up to `to`. */
export async function sumOf(
  tx: Tx,
  prefix: RegionPrefix,
  metric: string,
  days: { from: string | null; to: string },
): Promise<number> {
  const begin = days.from === null ? sql`` : sql`AND day >= ${days.from}::date`
  const { rows } = await tx.execute<{ n: number }>(sql`
    SELECT coalesce(sum(n), 0)::bigint AS n FROM rollup
    WHERE ${inside(prefix)} AND metric = ${metric} AND day <= ${days.to}::date ${begin}`)
  return rows[0]?.n ?? 0
}

/** Ledger positions of the counties inside a prefix (or the one it lies in): what `as of` stands on. */
export async function headsOf(tx: Tx, prefix: RegionPrefix): Promise<Record<string, number>> {
  const { rows } = await tx.execute<{ county: string; head: number }>(sql`
    SELECT county, head FROM sync_stream WHERE county ^@ ${prefix.slice(0, 6)}`)
  return Object.fromEntries(rows.map((one) => [one.county, one.head]))
}
