import { differsByChance, isWorthAsking, placeIn, usualRange, type UsualRange } from './usual-range.ts'
import { isUnfinished, type Period } from './period.ts'
import { monthOf, type Day } from '../time/day.ts'

/** What a row of months shows, as a value; `sentences` turns it into words. */
export type TrendFinding =
  | { say: 'nothing' }
  | { say: 'few'; total: number }
  | { say: 'steady'; range: UsualRange }
  | { say: 'low'; month: string; n: number }
  | { say: 'peak'; months: string[]; n: number; types: string[]; fallsFrom: string | null }

export type TypeCount = readonly [month: string, type: string, n: number]

/** Fewer than this many in twelve months: too few to read anything into. */
const ENOUGH_TO_SPEAK = 6

/** The range of the finished months of a row, and null when it cannot be told. */
export const rangeOf = (
  months: readonly string[],
  series: readonly number[],
  today: Day,
): UsualRange | null => usualRange(series.filter((_, i) => !isUnfinished(months[i] as string, today)))

/** The one or two types that make up more than half of a month; none when it takes three. */
export function mainTypes(types: readonly TypeCount[], month: string, total: number): string[] {
  const sorted = types
    .filter(([one, , n]) => one === month && n > 0)
    .sort((a, b) => b[2] - a[2] || (a[1] < b[1] ? -1 : 1))
  const [first, second] = sorted
  if (!first) return []
  if (first[2] * 2 > total) return [first[1]]
  return second && (first[2] + second[2]) * 2 > total ? [first[1], second[1]] : []
}

/** The month from which it went down again after the peak: every finished month since is lower; null when that is not so. */
function fallsFrom(
  months: readonly string[],
  series: readonly number[],
  peak: number,
  today: Day,
): string | null {
  const after = months
    .map((month, i) => ({ month, n: series[i] ?? 0, i }))
    .filter((one) => one.i > peak && !isUnfinished(one.month, today))
  return after.length > 0 && after.every((one) => one.n < (series[peak] ?? 0))
    ? (after[0]?.month ?? null)
    : null
}

/**
 * What twelve months show (D-104): a peak only when it lies above the usual range, otherwise that all is as usual; never a month that
 * still runs as a low one.
 */
export function trendFinding(
  months: readonly string[],
  series: readonly number[],
  types: readonly TypeCount[],
  today: Day,
): TrendFinding {
  const total = series.reduce((a, b) => a + b, 0)
  if (total === 0) return { say: 'nothing' }
  if (total < ENOUGH_TO_SPEAK) return { say: 'few', total }
  const range = rangeOf(months, series, today)
  const highest = Math.max(...series)
  if (range === null || placeIn(range, highest) === 'above') {
    const at = series.flatMap((n, i) => (n === highest ? [i] : []))
    const peak = at[at.length - 1] as number
    return {
      say: 'peak',
      n: highest,
      months: at.map((i) => months[i] as string),
      types: at.length === 1 ? mainTypes(types, months[peak] as string, highest) : [],
      fallsFrom: fallsFrom(months, series, peak, today),
    }
  }
  const lowest = months
    .map((month, i) => ({ month, n: series[i] ?? 0 }))
    .filter((one) => !isUnfinished(one.month, today) && placeIn(range, one.n) === 'below')
  const low = lowest.sort((a, b) => a.n - b.n)[0]
  return low ? { say: 'low', month: low.month, n: low.n } : { say: 'steady', range }
}

/** This period against the same days a year ago. `chance`: the difference is no larger than chance makes it. */
export type Comparison =
  | { say: 'none-before' }
  | { say: 'same' }
  | { say: 'more' | 'less'; by: number; chance: boolean }

export function compare(now: number, before: number): Comparison {
  if (before === 0) return { say: 'none-before' }
  if (now === before) return { say: 'same' }
  return {
    say: now > before ? 'more' : 'less',
    by: Math.abs(now - before),
    chance: differsByChance(now, before),
  }
}

/** The fullest month inside a period, when there is one alone; null otherwise, and for a period within one month. */
export function fullestMonth(
  months: readonly string[],
  series: readonly number[],
  period: Period,
): { month: string; n: number } | null {
  if (monthOf(period.from) === monthOf(period.to)) return null
  const inside = months
    .map((month, i) => ({ month, n: series[i] ?? 0 }))
    .filter((one) => one.month >= monthOf(period.from) && one.month <= monthOf(period.to))
    .sort((a, b) => b.n - a.n)
  const [first, second] = inside
  return first && first.n > 0 && first.n > (second?.n ?? 0) ? first : null
}

/** What the places below a region show: how many are as usual, and which are worth a friendly question. */
export interface PlacesFinding {
  places: number
  asking: string[]
}

export const placesFinding = (
  children: readonly { name: string; months: readonly number[] }[],
): PlacesFinding => ({
  places: children.length,
  asking: children.filter((one) => isWorthAsking(one.months)).map((one) => one.name),
})
