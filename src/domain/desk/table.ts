import type { Day } from '../time/day.ts'
import { rangeOf } from './finding.ts'
import { isUnfinished } from './period.ts'
import { placeIn } from './usual-range.ts'

/** One month of a chart as a line of a table: what a screen reader says instead of a bar. */
export interface MonthRow {
  month: string
  n: number
  /** `unfinished` months are not judged; `unknown`: too few months to tell what is usual. */
  standing: 'below' | 'usual' | 'above' | 'unfinished' | 'unknown'
}

/** A chart's months as table lines (D-105): the same numbers, and in words what the grey band and the hatching say. */
export function monthTable(months: readonly string[], series: readonly number[], today: Day): MonthRow[] {
  const range = rangeOf(months, series, today)
  return months.map((month, i) => {
    const n = series[i] ?? 0
    if (isUnfinished(month, today)) return { month, n, standing: 'unfinished' }
    return { month, n, standing: range ? placeIn(range, n) : 'unknown' }
  })
}
