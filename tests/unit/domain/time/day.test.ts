import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import {
  addDays,
  addMonths,
  dayOf,
  daysBetween,
  DaySchema,
  monthOf,
  startOf,
  weekdayOf,
} from '#domain/time/day.ts'

const DAY_MS = 86_400_000
const iso = (days: number) => new Date(days * DAY_MS).toISOString().slice(0, 10)
const numberOf = (day: string) => Math.round(Date.parse(`${day}T00:00:00Z`) / DAY_MS)

describe('days', () => {
  it('[D-1] agree with the calendar on every day of four hundred years', () => {
    const [from, to] = [numberOf('1800-01-01'), numberOf('2200-01-01')]
    const wrong: string[] = []
    for (let days = from; days < to; days++) {
      const day = iso(days)
      const moment = days * DAY_MS - 8 * 3_600_000
      const right =
        dayOf(moment) === day &&
        startOf(day) === moment &&
        addDays('2000-02-29', days - numberOf('2000-02-29')) === day &&
        weekdayOf(day) === new Date(days * DAY_MS).getUTCDay()
      if (!right) wrong.push(day)
    }
    expect(wrong).toEqual([])
  })

  it('[D-1] are those of Beijing, as Intl has them, at any moment since 1992', () => {
    const beijing = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' })
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(1992, 0, 1), max: Date.UTC(2190, 0, 1) }),
        (at) => dayOf(at) === beijing.format(at),
      ),
    )
  })

  it('[D-1] turn over at midnight in Beijing', () => {
    expect(dayOf(Date.parse('2026-11-20T15:59:59.999Z'))).toBe('2026-11-20')
    expect(dayOf(Date.parse('2026-11-20T16:00:00.000Z'))).toBe('2026-11-21')
  })

  it('[D-1] that are not in the calendar are no days', () => {
    for (const day of [
      '2025-02-29',
      '2025-02-30',
      '2025-04-31',
      '2025-13-01',
      '2025-00-10',
      '2025-1-1',
      '20250101',
      '',
    ])
      expect(v.is(DaySchema, day), day).toBe(false)
    expect(v.is(DaySchema, '2024-02-29')).toBe(true)
  })

  it('[D-1] can be counted back and forth', () => {
    const day = fc.integer({ min: -40_000, max: 80_000 }).map(iso)
    fc.assert(
      fc.property(day, fc.integer({ min: -20_000, max: 20_000 }), (from, count) => {
        const to = addDays(from, count)
        return v.is(DaySchema, to) && daysBetween(from, to) === count && addDays(to, -count) === from
      }),
    )
  })

  it('months step over the turn of a year, in both directions', () => {
    expect(addMonths('2026-11', 2)).toBe('2027-01')
    expect(addMonths('2026-01', -1)).toBe('2025-12')
    expect(addMonths('2026-11', -11)).toBe('2025-12')
    expect(monthOf('2026-11-21')).toBe('2026-11')
  })
})
