import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  parsePeriod,
  periodFromQuery,
  periodOf,
  twelveMonths,
  isUnfinished,
  yearBefore,
} from '#domain/desk/period.ts'
import { addDays, daysBetween } from '#domain/time/day.ts'

const day = fc.integer({ min: 0, max: 12_000 }).map((n) => addDays('2010-01-01', n))

describe('periods', () => {
  it('[D-100] reads two days and refuses what is no calendar day, runs backwards or is endless', () => {
    expect(parsePeriod('2026-01-01', '2026-05-08')).toEqual({
      ok: true,
      value: { from: '2026-01-01', to: '2026-05-08' },
    })
    expect(parsePeriod('2026-02-30', '2026-05-08')).toEqual({ ok: false, reason: 'period-malformed' })
    expect(parsePeriod(undefined, '2026-05-08')).toEqual({ ok: false, reason: 'period-malformed' })
    expect(parsePeriod('2026-05-09', '2026-05-08')).toEqual({ ok: false, reason: 'period-backwards' })
    expect(parsePeriod('1990-01-01', '2026-05-08')).toEqual({ ok: false, reason: 'period-too-long' })
  })

  it('[D-100] opens this year for an address that cannot be read', () => {
    const today = '2026-05-08'
    expect(periodFromQuery({ t: 'nonsense' }, today)).toEqual({ name: 'year', from: '2026-01-01', to: today })
    expect(periodFromQuery({ t: 'custom', from: 'x', to: 'y' }, today)).toEqual({
      name: 'year',
      from: '2026-01-01',
      to: today,
    })
    expect(periodFromQuery({ t: 'custom', from: '2023-01-01', to: '2023-12-31' }, today).from).toBe(
      '2023-01-01',
    )
    expect(periodFromQuery({ t: 'last-year' }, today)).toEqual({
      name: 'last-year',
      from: '2025-01-01',
      to: '2025-12-31',
    })
  })

  it('names the running month, quarter and year up to today', () => {
    expect(periodOf('month', '2026-05-08')).toEqual({ name: 'month', from: '2026-05-01', to: '2026-05-08' })
    expect(periodOf('quarter', '2026-05-08').from).toBe('2026-04-01')
    expect(periodOf('quarter', '2026-12-31').from).toBe('2026-10-01')
    expect(periodOf('quarter', '2026-01-01').from).toBe('2026-01-01')
  })

  it('[D-101] compares with the same days a year before, the end of February included', () => {
    expect(yearBefore({ from: '2026-01-01', to: '2026-05-08' })).toEqual({
      from: '2025-01-01',
      to: '2025-05-08',
    })
    expect(yearBefore({ from: '2024-02-29', to: '2024-02-29' })).toEqual({
      from: '2023-02-28',
      to: '2023-02-28',
    })
    expect(yearBefore({ from: '2025-02-01', to: '2025-02-28' })).toEqual({
      from: '2024-02-01',
      to: '2024-02-29',
    })
  })

  it('[D-101] never turns a period round or changes its length by more than a leap day', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: 0, max: 800 }), (from, length) => {
        const period = { from, to: addDays(from, length) }
        const before = yearBefore(period)
        expect(before.from <= before.to).toBe(true)
        expect(Math.abs(daysBetween(before.from, before.to) - length)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('takes twelve months that end with the day', () => {
    const months = twelveMonths('2026-05-08')
    expect(months[0]).toBe('2025-06')
    expect(months[11]).toBe('2026-05')
    expect(months.map((one) => isUnfinished(one, '2026-05-08')).filter(Boolean)).toHaveLength(1)
    expect(isUnfinished('2026-05', '2026-05-31')).toBe(false)
  })
})
