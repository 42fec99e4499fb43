import type { DeskList, DeskRow } from '#domain/desk/overview.ts'
import type { Period } from '#domain/desk/period.ts'
import { daysCounted } from '#domain/metric/metric.ts'
import type { RegionPrefix } from '#domain/region/code.ts'
import type { Tx } from '../database/database.ts'
import { sumOf } from '../repositories/desk/numbers.ts'
import { pathOf } from '../repositories/desk/places.ts'
import { isListed, listOf, type SeenRow } from '../repositories/desk/rows.ts'
import { metricOf } from './metrics.ts'

/** Rows on one page of a list. */
export const PAGE_ROWS = 100

/** A row of the database as it is served. */
export const served = ({ kind, id, region, view, body, on, n, at, place }: SeenRow): DeskRow => ({
  kind,
  id,
  region,
  view,
  body,
  on: on.slice(0, 10),
  n,
  at,
  place,
})

/**
 * The records behind a number, page by page, from one snapshot with it (D-106): what the rows of all pages add up to, plus the closed
 * records that only count, is the number.
 * @returns null when there is no such region or no such metric
 */
export async function readList(
  tx: Tx,
  prefix: RegionPrefix,
  asked: { metric: string; period: Period; page: number },
  now: Date,
): Promise<DeskList | null> {
  const metric = metricOf(asked.metric)
  const path = await pathOf(tx, prefix)
  if (!metric || !path || !isListed(asked.metric)) return null
  const days = daysCounted(metric.kind, asked.period)
  const total = await sumOf(tx, prefix, asked.metric, days)
  const listed = await listOf(tx, prefix, asked.metric, days, { size: PAGE_ROWS, number: asked.page })
  return {
    asOf: { at: now.getTime() },
    metric: asked.metric,
    kind: metric.kind,
    about: { name: metric.name, english: metric.english, definition: metric.definition, unit: metric.unit },
    region: { prefix, name: path[path.length - 1]?.name ?? '', path },
    period: days,
    total,
    listed: listed.sum,
    closed: total - listed.sum,
    count: listed.count,
    page: asked.page,
    pages: Math.max(1, Math.ceil(listed.count / PAGE_ROWS)),
    rows: listed.rows.map(served),
  }
}
