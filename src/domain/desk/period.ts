import * as v from 'valibot'
import { refuse, accept, type Result } from '../result.ts'
import { addDays, addMonths, DaySchema, daysBetween, monthOf, type Day } from '../time/day.ts'

/** 本月 · 本季 · 今年 · 去年 · 自定义. */
export const PeriodNameSchema = v.picklist(['month', 'quarter', 'year', 'last-year', 'custom'])
export type PeriodName = v.InferOutput<typeof PeriodNameSchema>

/** Days from `from` to `to`, both counted. */
export interface Period {
  from: Day
  to: Day
}
export interface NamedPeriod extends Period {
  name: PeriodName
}

/** A custom period is at most this long: more than ten years in one number says nothing. */
export const LONGEST_DAYS = 3700

const lastDayOf = (month: string): Day => addDays(`${addMonths(month, 1)}-01`, -1)

function quarterStart(today: Day): Day {
  const month = Number(today.slice(5, 7))
  const first = month - ((month - 1) % 3)
  return `${today.slice(0, 4)}-${String(first).padStart(2, '0')}-01`
}

/** The days of a named period as of `today`; a running one ends today. `custom` has no days of its own and reads as this year. */
export function periodOf(name: PeriodName, today: Day): NamedPeriod {
  const year = today.slice(0, 4)
  switch (name) {
    case 'month':
      return { name, from: `${monthOf(today)}-01`, to: today }
    case 'quarter':
      return { name, from: quarterStart(today), to: today }
    case 'last-year': {
      const before = String(Number(year) - 1).padStart(4, '0')
      return { name, from: `${before}-01-01`, to: `${before}-12-31` }
    }
    default:
      return { name: 'year', from: `${year}-01-01`, to: today }
  }
}

// The pattern of a day lets 30 February through; going there and back by day numbers does not.
const isCalendarDay = (day: unknown): day is Day => v.is(DaySchema, day) && addDays(day, 0) === day

export type PeriodRefusal = 'period-malformed' | 'period-backwards' | 'period-too-long'

/**
 * Reads a period out of an address or a request: both days as `YYYY-MM-DD` (D-100).
 * @returns refused when a day is not one of the calendar, when `to` lies before `from`, or when it is longer than ten years
 */
export function parsePeriod(from: unknown, to: unknown): Result<Period, PeriodRefusal> {
  if (!isCalendarDay(from) || !isCalendarDay(to)) return refuse('period-malformed')
  if (to < from) return refuse('period-backwards')
  if (daysBetween(from, to) > LONGEST_DAYS) return refuse('period-too-long')
  return accept({ from, to })
}

/**
 * The period that an address asks for: a name, or `custom` with two days; whatever cannot be read is this year, because an
 * old link should still open a page.
 */
export function periodFromQuery(
  query: { t?: unknown; from?: unknown; to?: unknown },
  today: Day,
): NamedPeriod {
  const name = v.is(PeriodNameSchema, query.t) ? query.t : 'year'
  if (name !== 'custom') return periodOf(name, today)
  const days = parsePeriod(query.from, query.to)
  return days.ok ? { name: 'custom', ...days.value } : periodOf('year', today)
}

function yearEarlier(day: Day): Day {
  const year = String(Number(day.slice(0, 4)) - 1).padStart(4, '0')
  return day.endsWith('-02-29') ? `${year}-02-28` : `${year}${day.slice(4)}`
}

/** The same days one year before: what a period is compared with (D-101). A period ending with a February ends with the earlier one's last day. */
export function yearBefore(period: Period): Period {
  const to = yearEarlier(period.to)
  const endsFebruary = period.to === lastDayOf(monthOf(period.to)) && period.to.slice(5, 7) === '02'
  return { from: yearEarlier(period.from), to: endsFebruary ? lastDayOf(monthOf(to)) : to }
}

/** Twelve months (`YYYY-MM`), oldest first, the last one holding `day`. */
export const twelveMonths = (day: Day): string[] =>
  Array.from({ length: 12 }, (_, i) => addMonths(monthOf(day), i - 11))

/** Whether a month still runs on `today`, or has not begun: its number is not final. */
export const isUnfinished = (month: string, today: Day): boolean =>
  lastDayOf(month) > today || month > monthOf(today)
