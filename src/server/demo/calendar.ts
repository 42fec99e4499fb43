import { addDays, addMonths, daysBetween, monthOf, weekdayOf, type Day } from '#domain/time/day.ts'
import type { Dice } from './random.ts'

/** Every month (`YYYY-MM`) from January of a year to the month of `today`. */
export function monthsUpTo(firstYear: number, today: Day): string[] {
  const months: string[] = []
  for (let month = `${firstYear}-01`; month <= monthOf(today); month = addMonths(month, 1)) months.push(month)
  return months
}

/** 0 for January. */
export const monthIndex = (month: string): number => Number(month.slice(5)) - 1

/** A day of the month, less often a Saturday or Sunday. */
export function someDayOf(month: string, dice: Dice): Day {
  const first = `${month}-01`
  const length = daysBetween(first, `${addMonths(month, 1)}-01`)
  const day = addDays(first, dice.whole(0, length - 1))
  const weekend = weekdayOf(day) === 0 || weekdayOf(day) === 6
  return weekend && dice.chance(0.5) ? addDays(first, dice.whole(0, length - 1)) : day
}

/** How many of something this month has: the plan's number times a share, a little less and uneven in years before this one. */
export function countFor(planned: number, share: number, thisYear: boolean, dice: Dice): number {
  const usual = planned * share
  if (thisYear) return Math.round(usual)
  return Math.max(0, Math.round(usual * 0.9 + (dice.next() - 0.5) * 2))
}
