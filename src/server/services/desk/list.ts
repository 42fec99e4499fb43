import type { DeskList } from '#domain/desk/overview.ts'
import type { Period } from '#domain/desk/period.ts'
import { daysCounted } from '#domain/metric/metric.ts'
import type { RegionPrefix } from '#domain/region/code.ts'
import { dayOf } from '#domain/time/day.ts'
import type { ReadTx } from '../../database/database.ts'
import { sumOf, sumOfErased } from '../../repositories/desk/numbers.ts'
import { pathOf } from '../../repositories/desk/places.ts'
import { isListed, listOf, waitingRows, type WaitingSort } from '../../repositories/desk/rows.ts'
import { listed } from './list-row.ts'
import { metricOf } from './metrics.ts'

export type { WaitingSort }

/** Rows on one page of a list. */
export const PAGE_ROWS = 100

/**
 * The records behind a number, page by page, from one snapshot with it (D-106): what the rows of all pages add up to, plus the closed
 * records that only count and what erased ones had added, is the number.
 * @returns null when there is no such region or no such metric
 */
export async function readList(
  tx: ReadTx,
  prefix: RegionPrefix,
  asked: { metric: string; period: Period; page: number },
  now: Date,
): Promise<DeskList | null> {
  const metric = metricOf(asked.metric)
  const path = await pathOf(tx, prefix)
  if (!metric || !path || !isListed(asked.metric)) return null
  const days = daysCounted(metric.kind, asked.period)
  const total = await sumOf(tx, prefix, asked.metric, days)
  const erased = await sumOfErased(tx, prefix, asked.metric, days)
  const found = await listOf(tx, prefix, asked.metric, days, { size: PAGE_ROWS, number: asked.page })
  return {
    asOf: { at: now.getTime() },
    metric: asked.metric,
    kind: metric.kind,
    about: { name: metric.name, english: metric.english, definition: metric.definition, unit: metric.unit },
    region: { prefix, name: path[path.length - 1]?.name ?? '', path },
    period: days,
    total,
    listed: found.sum,
    closed: total - found.sum - erased,
    erased,
    count: found.count,
    page: asked.page,
    pages: Math.max(1, Math.ceil(found.count / PAGE_ROWS)),
    rows: found.rows.map(listed),
  }
}

/** What waits for the office of a region, oldest first, in the shape of a list: no metric prints it, and nothing in it is hidden. */
export async function readWaiting(
  tx: ReadTx,
  prefix: RegionPrefix,
  asked: { sort: WaitingSort; page: number },
  now: Date,
): Promise<DeskList | null> {
  const path = await pathOf(tx, prefix)
  if (!path) return null
  const found = await waitingRows(tx, prefix, asked.sort, { size: PAGE_ROWS, number: asked.page })
  return {
    asOf: { at: now.getTime() },
    metric: asked.sort,
    kind: 'stock',
    about: { name: '', english: '', definition: '', unit: '件' },
    region: { prefix, name: path[path.length - 1]?.name ?? '', path },
    period: { from: null, to: dayOf(now.getTime()) },
    total: found.sum,
    listed: found.sum,
    closed: 0,
    erased: 0,
    count: found.count,
    page: asked.page,
    pages: Math.max(1, Math.ceil(found.count / PAGE_ROWS)),
    rows: found.rows.map(listed),
  }
}
