import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { MetricSchema, type Metric } from '#domain/metric/metric.ts'

const FILE = join(import.meta.dirname, '../../../../seeds/metrics/metrics.json')
const RegistrySchema = v.object({ metrics: v.array(MetricSchema) })

/** The metric registry by id. A seed that does not fit its schema stops the start. */
export const METRICS: ReadonlyMap<string, Metric> = new Map(
  v.parse(RegistrySchema, JSON.parse(readFileSync(FILE, 'utf8'))).metrics.map((one) => [one.id, one]),
)

/** The registry's row of a metric or of one of its parts (`disputes:D02` → disputes); null when there is none. */
export const metricOf = (id: string): Metric | null => METRICS.get(id.split(':')[0] ?? '') ?? null
