import type { MetricKind } from '../metric/metric.ts'
import type { RegionLevel } from '../region/code.ts'
import type { Day } from '../time/day.ts'
import type { Comparison, PlacesFinding, TrendFinding } from './finding.ts'
import type { FrontMetric } from './overview.ts'
import type { Period } from './period.ts'

/** What is known of how complete a number is. Times are epoch ms. */
export interface AsOf {
  at: number
  now: number
  waiting: number
  silent: number
}

/** Beside a number there is room for a whole sentence on a desk, for a brief one without a full stop on a phone. */
export type Length = 'brief' | 'whole'

/** Every finding in words; one object for each language, both complete. All sentences stand alone and hold no name of a person. */
export interface DeskSentences {
  asOf(one: AsOf): string
  trend(one: TrendFinding, metric: FrontMetric): string
  compared(one: Comparison, metric: FrontMetric, length: Length): string
  settled(parts: { open: number; failed: number }, length: Length): string
  fullest(one: { month: string; n: number } | null, metric: FrontMetric, length: Length): string
  attendances(parts: { all: number; estimated: number }, length: Length): string
  places(one: PlacesFinding, level: RegionLevel): string
  /** 近三个月多了几件 beside a place. */
  worthAsking: string
  /** Beside «—» of a place without anything in the period. */
  nothingHere(period: Period, today: Day): string
  increased(by: number, metric: FrontMetric): string
  kind(kind: MetricKind): string
  month(month: string): string
  /** 六月 has passed eight days: a month that still runs. */
  unfinished(month: string, today: Day): string
  range(low: number, high: number, metric: FrontMetric): string
  days(period: Period): string
  unit(metric: string): string
}
