import * as v from 'valibot'

/** stock 存量 (on a day) · flow 年内 (in a period) · cumulative 累计 (up to a day) · unclear 原文未明 (the source says no period). */
export const MetricKindSchema = v.picklist(['stock', 'flow', 'cumulative', 'unclear'])
export type MetricKind = v.InferOutput<typeof MetricKindSchema>

/** One row of the metric registry in `seeds/metrics`: what a number means, before anybody prints it. */
export const MetricSchema = v.object({
  id: v.pipe(v.string(), v.regex(/^[a-z][a-z-]*$/)),
  name: v.string(),
  english: v.string(),
  definition: v.string(),
  unit: v.picklist(['件', '场', '人次', '人', '个', '支', '名', '次']),
  kind: MetricKindSchema,
  /** The record kind whose list stands behind the number. */
  lists: v.string(),
  /** Reports that print it, with their own wording; empty when only the desk does. */
  printedBy: v.array(v.object({ report: v.string(), wording: v.string() })),
})
export type Metric = v.InferOutput<typeof MetricSchema>

/** Which days of contributions make up a number for a period: a flow takes the period, all others everything up to its end. */
export const daysCounted = (
  kind: MetricKind,
  period: { from: string; to: string },
): { from: string | null; to: string } =>
  kind === 'flow' || kind === 'unclear' ? { from: period.from, to: period.to } : { from: null, to: period.to }
