import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compare,
  fullestMonth,
  mainTypes,
  placesFinding,
  rangeOf,
  trendFinding,
} from '#domain/desk/finding.ts'
import { twelveMonths } from '#domain/desk/period.ts'
import { monthTable } from '#domain/desk/table.ts'
import { isWorthAsking, median, placeIn, usualRange } from '#domain/desk/usual-range.ts'

const today = '2026-05-08'
const months = twelveMonths(today)
const spring = [6, 7, 5, 8, 9, 6, 9, 8, 5, 12, 10, 3]
const counts = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 6, maxLength: 12 })

describe('what is usual', () => {
  it('[D-102] is told from six finished months on, not before', () => {
    expect(usualRange([5, 6, 7, 8, 9])).toBeNull()
    expect(usualRange([5, 6, 7, 8, 9, 6])).not.toBeNull()
  })

  it('[D-102] is not moved by one wild month', () => {
    const calm = [6, 7, 5, 8, 9, 6, 9, 8, 5, 7, 8]
    const wild = [...calm.slice(0, -1), 400]
    expect(usualRange(wild)?.high).toBeLessThanOrEqual((usualRange(calm)?.high ?? 0) + 2)
  })

  it('[D-102] holds the median, for every row of months', () => {
    fc.assert(
      fc.property(counts, (list) => {
        const range = usualRange(list)
        expect(range && placeIn(range, median(list))).toBe('usual')
        expect(range?.low).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  it('[D-103] asks about clearly more than before, never about less or nothing', () => {
    expect(isWorthAsking([0, 1, 1, 1, 0, 1, 1, 0, 0, 4, 3, 0])).toBe(true)
    expect(isWorthAsking([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1])).toBe(false)
    expect(isWorthAsking([9, 9, 9, 9, 9, 9, 9, 9, 9, 0, 0, 0])).toBe(false)
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 9, maxLength: 9 }), (earlier) => {
        expect(isWorthAsking([...earlier, 0, 0, 0])).toBe(false)
      }),
    )
  })
})

describe('findings', () => {
  it('[D-104] names the peak, what made most of it, and since when it falls', () => {
    const types = [
      ['2026-03', 'D07', 4],
      ['2026-03', 'D02', 4],
      ['2026-03', 'D01', 2],
      ['2026-03', 'D10', 2],
    ] as const
    expect(trendFinding(months, spring, types, today)).toEqual({
      say: 'peak',
      n: 12,
      months: ['2026-03'],
      types: ['D02', 'D07'],
      fallsFrom: '2026-04',
    })
  })

  it('[D-104] calls nothing a peak that lies in the usual range, and no running month a low', () => {
    expect(trendFinding(months, [6, 7, 5, 8, 9, 6, 9, 8, 5, 9, 8, 0], [], today).say).toBe('steady')
    expect(trendFinding(months, [20, 21, 20, 19, 20, 22, 20, 21, 3, 20, 21, 0], [], today)).toEqual({
      say: 'low',
      month: '2026-02',
      n: 3,
    })
    expect(
      trendFinding(
        months,
        Array.from({ length: 12 }, () => 0),
        [],
        today,
      ),
    ).toEqual({ say: 'nothing' })
    expect(trendFinding(months, [0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0], [], today)).toEqual({
      say: 'few',
      total: 3,
    })
  })

  it('[D-104] a peak is always the largest month', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { minLength: 12, maxLength: 12 }), (series) => {
        const found = trendFinding(months, series, [], today)
        expect(found.say !== 'peak' || found.n === Math.max(...series)).toBe(true)
        expect(found.say === 'low' && found.month === '2026-05').toBe(false)
      }),
    )
  })

  it('needs more than half of a month for its main types', () => {
    expect(
      mainTypes(
        [
          ['m', 'D01', 7],
          ['m', 'D02', 3],
        ],
        'm',
        10,
      ),
    ).toEqual(['D01'])
    expect(
      mainTypes(
        [
          ['m', 'D01', 2],
          ['m', 'D02', 2],
          ['m', 'D03', 2],
        ],
        'm',
        6,
      ),
    ).toEqual(['D01', 'D02'])
    expect(
      mainTypes(
        [
          ['m', 'D01', 1],
          ['m', 'D02', 1],
          ['m', 'D03', 1],
          ['m', 'D04', 1],
        ],
        'm',
        4,
      ),
    ).toEqual([])
    expect(mainTypes([], 'm', 0)).toEqual([])
  })

  it('compares with last year and says when chance explains it', () => {
    expect(compare(38, 33)).toEqual({ say: 'more', by: 5, chance: true })
    expect(compare(138, 33)).toEqual({ say: 'more', by: 105, chance: false })
    expect(compare(3, 3)).toEqual({ say: 'same' })
    expect(compare(3, 0)).toEqual({ say: 'none-before' })
  })

  it('finds the fullest month of a period only when it stands alone', () => {
    const year = { from: '2026-01-01', to: today }
    expect(fullestMonth(months, spring, year)).toEqual({ month: '2026-03', n: 12 })
    expect(fullestMonth(months, [0, 0, 0, 0, 0, 0, 0, 4, 4, 0, 0, 0], year)).toBeNull()
    expect(fullestMonth(months, spring, { from: '2026-05-01', to: today })).toBeNull()
  })

  it('[D-103] counts the places and names the ones to ask about', () => {
    const calm = { name: '河口村', months: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1] }
    const busy = { name: '东山村', months: [0, 1, 1, 1, 0, 1, 1, 0, 0, 4, 3, 0] }
    expect(placesFinding([calm, busy, calm])).toEqual({ places: 3, asking: ['东山村'] })
  })

  it('[D-105] the table holds the bars and their meaning', () => {
    const rows = monthTable(months, spring, today)
    expect(rows.map((one) => one.n)).toEqual(spring)
    expect(rows[9]).toEqual({ month: '2026-03', n: 12, standing: 'above' })
    expect(rows[11]?.standing).toBe('unfinished')
    const range = rangeOf(months, spring, today)
    for (const row of rows.slice(0, 11)) expect(row.standing).toBe(range && placeIn(range, row.n))
  })
})
