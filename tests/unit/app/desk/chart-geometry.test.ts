import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chartGeometry, miniHeights } from '#app/features/desk/chart-geometry.ts'
import { twelveMonths } from '#domain/desk/period.ts'

const today = '2026-05-08'
const months = twelveMonths(today)
const draw = (series: readonly number[], width = 328) =>
  chartGeometry({
    months,
    series,
    range: { low: 5, high: 9 },
    today,
    width,
    font: 14,
    gutter: 0,
    plotHeight: 150,
  })

describe('the geometry of a chart', () => {
  it('keeps every bar and number inside, for any counts and widths', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(20_000), { minLength: 12, maxLength: 12 }),
        fc.integer({ min: 240, max: 1200 }),
        (series, width) => {
          const chart = draw(series, width)
          for (const bar of chart.bars) {
            expect(bar.x).toBeGreaterThanOrEqual(-0.001)
            expect(bar.x + bar.width).toBeLessThanOrEqual(width + 0.001)
            expect(bar.y).toBeGreaterThanOrEqual(14)
            expect(bar.y + bar.height).toBeCloseTo(chart.baseline)
          }
        },
      ),
    )
  })

  it('draws heights in proportion, nothing for nothing, and a visible bar for one', () => {
    const chart = draw([0, 1, 2, 4, 0, 0, 0, 0, 0, 0, 8, 400])
    const heights = chart.bars.map((one) => one.height)
    expect(heights[0]).toBe(0)
    expect(heights[1]).toBeGreaterThanOrEqual(3)
    expect(heights[11]).toBeCloseTo(150)
    expect(heights[11]).toBeCloseTo((heights[10] ?? 0) * 50)
  })

  it('hatches the month that still runs, and tells the years apart', () => {
    const tones = draw([6, 7, 5, 8, 9, 6, 9, 8, 5, 12, 10, 3]).bars.map((one) => one.tone)
    expect(tones.filter((one) => one === 'unfinished')).toHaveLength(1)
    expect(tones[11]).toBe('unfinished')
    expect(tones.slice(0, 7).every((one) => one === 'before')).toBe(true)
    expect(tones.slice(7, 11).every((one) => one === 'now')).toBe(true)
  })

  it('leaves out numbers that would run into each other, but never the highest and the last', () => {
    const labelled = draw(
      Array.from({ length: 12 }, (_, i) => 10_000 + i),
      320,
    ).bars.filter((one) => one.labelled)
    expect(labelled.map((one) => one.month)).toEqual(['2026-05'])
    expect(draw([6, 7, 5, 8, 9, 6, 9, 8, 5, 12, 10, 3]).bars.every((one) => one.labelled)).toBe(true)
  })

  it('draws all small charts on one scale', () => {
    const [high] = miniHeights([10], 10, 20)
    const [half] = miniHeights([5], 10, 20)
    expect(high).toBe(20)
    expect(half).toBe(10)
    expect(miniHeights([0], 10, 20)).toEqual([0])
  })
})
