import * as v from 'valibot'

/**
 * A calendar day in Beijing time, `YYYY-MM-DD`, and a real one: 2025-02-30 is no day (D-1). Law counts days, not hours, so most
 * of the domain speaks in these.
 */
export const DaySchema = v.pipe(
  v.string(),
  v.regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/),
  // Every month has the first 28; this is asked of each day of each op.
  v.check((day) => day.slice(8) <= '28' || dayOfNumber(numberOf(day)) === day, 'not a day of the calendar'),
)
export type Day = string

const DAY_MS = 86_400_000
const BEIJING_MS = 8 * 3_600_000

// Civil-calendar arithmetic by day numbers (days since 1970-01-01), because the domain has no clock and no Date.
function numberOf(day: Day): number {
  const [y, m, d] = day.split('-').map(Number) as [number, number, number]
  const year = m <= 2 ? y - 1 : y
  const era = Math.floor(year / 400)
  const yoe = year - era * 400
  const doy = Math.floor((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5) + d - 1
  return era * 146_097 + yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + doy - 719_468
}

function dayOfNumber(days: number): Day {
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const doe = z - era * 146_097
  const yoe = Math.floor(
    (doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365,
  )
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100))
  const mp = Math.floor((5 * doy + 2) / 153)
  const d = doy - Math.floor((153 * mp + 2) / 5) + 1
  const m = mp < 10 ? mp + 3 : mp - 9
  const y = yoe + era * 400 + (m <= 2 ? 1 : 0)
  return `${String(y).padStart(4, '0')}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`
}

/** The Beijing day of a moment in epoch milliseconds. */
export const dayOf = (atMs: number): Day => dayOfNumber(Math.floor((atMs + BEIJING_MS) / DAY_MS))

/** `day` moved by whole days, forwards or (negative) backwards. */
export const addDays = (day: Day, days: number): Day => dayOfNumber(numberOf(day) + days)

/** The same day `years` later (or, negative, earlier); 29 February becomes the 28th where there is none. */
export function addYears(day: Day, years: number): Day {
  const year = String(Number(day.slice(0, 4)) + years).padStart(4, '0')
  const moved = `${year}${day.slice(4)}`
  return dayOfNumber(numberOf(moved)) === moved ? moved : `${year}-02-28`
}

/** Whole days from `from` to `to`; negative when `to` is earlier. */
export const daysBetween = (from: Day, to: Day): number => numberOf(to) - numberOf(from)

/** 0 is Sunday, 6 is Saturday. */
export const weekdayOf = (day: Day): number => (((numberOf(day) + 4) % 7) + 7) % 7

/** The moment (epoch ms) at which a Beijing day begins. */
export const startOf = (day: Day): number => numberOf(day) * DAY_MS - BEIJING_MS

/** `YYYY-MM` of a day. */
export const monthOf = (day: Day): string => day.slice(0, 7)

/** The month `count` months after `month` (`YYYY-MM`), or before it when negative. */
export function addMonths(month: string, count: number): string {
  const [y, m] = month.split('-').map(Number) as [number, number]
  const total = y * 12 + (m - 1) + count
  return `${String(Math.floor(total / 12)).padStart(4, '0')}-${String((total % 12) + 1).padStart(2, '0')}`
}
