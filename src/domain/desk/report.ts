import type { MetricKind } from '../metric/metric.ts'

/** One stretch of the yearly paragraph: words, then a number by its metric; the last stretch has words only. */
export interface ReportPart {
  /** Key of the words that stand before the number. */
  words: string
  metric: string | null
}

/**
 * The paragraph of a county's yearly report (法治政府建设情况年度报告) that daily work can prove, in the order in which reports
 * print it: organisation and people first, then cases, then teams. Words are keys; numbers come from the roll-ups and cannot be typed.
 */
export const REPORT_PARTS: readonly ReportPart[] = [
  { words: 'committees', metric: 'committees' },
  { words: 'mediators', metric: 'mediators' },
  { words: 'understanders', metric: 'understanders' },
  { words: 'studios', metric: 'studios' },
  { words: 'disputes', metric: 'disputes' },
  { words: 'delegated', metric: 'delegated' },
  { words: 'confirmed', metric: 'confirmed' },
  { words: 'teams', metric: 'teams' },
  { words: 'end', metric: null },
]

/** How a number of each kind is underlined, so that a reader sees what it counts before asking. */
export const UNDERLINES: Readonly<Record<MetricKind, 'solid' | 'dotted' | 'double' | 'wavy'>> = {
  flow: 'solid',
  stock: 'dotted',
  cumulative: 'double',
  unclear: 'wavy',
}

/** The years that can be chosen, newest first: this one and the five before it. */
export const reportYears = (thisYear: number): number[] => Array.from({ length: 6 }, (_, at) => thisYear - at)
