import { scaleBand, scaleLinear } from 'd3-scale'
import { isUnfinished } from '#domain/desk/period.ts'
import type { UsualRange } from '#domain/desk/usual-range.ts'
import type { Day } from '#domain/time/day.ts'

/** One month's bar in pixels; `column` is the whole clickable strip. */
export interface Bar {
  month: string
  n: number
  x: number
  y: number
  width: number
  height: number
  column: { x: number; width: number }
  /** This year's months stand out; a month that still runs is hatched. */
  tone: 'before' | 'now' | 'unfinished'
  peak: boolean
  /** Whether its number fits above it beside its neighbours. */
  labelled: boolean
}

export interface ChartGeometry {
  width: number
  height: number
  /** Right end of the plot; what is beyond is for words. */
  plotEnd: number
  baseline: number
  bars: Bar[]
  band: { y: number; height: number } | null
  years: { x: number; year: string; current: boolean }[]
  monthsY: number
  yearsY: number
}

export interface ChartInput {
  months: readonly string[]
  series: readonly number[]
  range: UsualRange | null
  today: Day
  width: number
  /** Size of the labels in px. */
  font: number
  /** Room for words at the end, 0 on narrow screens. */
  gutter: number
  plotHeight: number
}

/** The least height of a bar that is not nothing. */
const LEAST = 3

/** Where everything of a twelve-month bar chart lies. */
export function chartGeometry(input: ChartInput): ChartGeometry {
  const { months, series, range, today, width, font, gutter, plotHeight } = input
  const top = font * 1.6
  const baseline = top + plotHeight
  const plotEnd = Math.max(width - gutter, 60)
  const across = scaleBand()
    .domain([...months])
    .range([0, plotEnd])
    .paddingInner(0.44)
    .paddingOuter(0.28)
  const highest = Math.max(...series, range?.high ?? 0, 4)
  const up = scaleLinear().domain([0, highest]).range([0, plotHeight])
  const peak = Math.max(...series)
  const step = across.step()
  const barWidth = Math.min(across.bandwidth(), 30)
  const roomy = String(peak).length * font * 0.62 + 4 <= step
  const bars = months.map((month, i): Bar => {
    const n = series[i] ?? 0
    const middle = (across(month) ?? 0) + across.bandwidth() / 2
    const height = n === 0 ? 0 : Math.max(up(n), LEAST)
    const last = i === months.length - 1
    return {
      month,
      n,
      height,
      x: middle - barWidth / 2,
      y: baseline - height,
      width: barWidth,
      column: { x: middle - step / 2, width: step },
      tone: isUnfinished(month, today)
        ? 'unfinished'
        : month.slice(0, 4) === (months[11] ?? '').slice(0, 4)
          ? 'now'
          : 'before',
      peak: n === peak && n > 0,
      labelled: roomy || (n === peak && n > 0) || last,
    }
  })
  return {
    width,
    plotEnd,
    baseline,
    bars,
    height: baseline + font * 3.4,
    band: range
      ? { y: baseline - up(range.high), height: Math.max(up(range.high) - up(range.low), 2) }
      : null,
    years: yearsOf(bars, months, font),
    monthsY: baseline + font * 1.4,
    yearsY: baseline + font * 2.8,
  }
}

/** Year labels under their first months; one that would run into the one before it moves on. */
function yearsOf(bars: readonly Bar[], months: readonly string[], font: number): ChartGeometry['years'] {
  const current = (months[months.length - 1] ?? '').slice(0, 4)
  const room = font * 3.6
  let end = Number.NEGATIVE_INFINITY
  return [...new Set(months.map((one) => one.slice(0, 4)))].map((year) => {
    const first = bars.find((one) => one.month.startsWith(year))
    const x = Math.max(first?.column.x ?? 0, end)
    end = x + room
    return { year, x, current: year === current }
  })
}

/** Heights of twelve bars on a scale shared by all small charts of a page: the same height means the same number. */
export const miniHeights = (series: readonly number[], highest: number, height: number): number[] =>
  series.map((n) => (n === 0 ? 0 : Math.max((n / Math.max(highest, 1)) * height, 2)))
