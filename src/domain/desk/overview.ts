import * as v from 'valibot'
import { MetricKindSchema } from '../metric/metric.ts'
import { RegionPrefixSchema } from '../region/code.ts'
import { DaySchema } from '../time/day.ts'
import { IdSchema } from '../id.ts'

/** The four numbers at the top of the desk; each has months of its own. */
export const FRONT_METRICS = ['disputes', 'settled', 'outreach', 'attendances'] as const
export const FrontMetricSchema = v.picklist(FRONT_METRICS)
export type FrontMetric = v.InferOutput<typeof FrontMetricSchema>

/** The register and archive numbers in the row below, in the order in which reports print them. */
export const REGISTER_METRICS = [
  'committees',
  'mediators',
  'understanders',
  'studios',
  'teams',
  'delegated',
  'confirmed',
] as const

const Int = v.pipe(v.number(), v.integer())
const PlaceSchema = v.object({ prefix: RegionPrefixSchema, name: v.string() })
const MonthSchema = v.pipe(v.string(), v.regex(/^\d{4}-\d{2}$/))
const TwelveSchema = v.pipe(v.array(Int), v.length(12))
const PerMetricSchema = v.strictObject({ disputes: Int, settled: Int, outreach: Int, attendances: Int })
const MonthsPerMetricSchema = v.strictObject({
  disputes: TwelveSchema,
  settled: TwelveSchema,
  outreach: TwelveSchema,
  attendances: TwelveSchema,
})

/** A place below the region; `own` is what the unit itself did (the township's committee), not one of its villages. */
export const ChildSchema = v.object({
  prefix: RegionPrefixSchema,
  name: v.string(),
  own: v.boolean(),
  n: PerMetricSchema,
  months: MonthsPerMetricSchema,
})
export type Child = v.InferOutput<typeof ChildSchema>

/** Something that waits for the office: how many, and the oldest of them in a few words without names. */
export const AttentionSchema = v.object({
  sort: v.picklist(['escalated', 'submitted', 'leads']),
  n: Int,
  /** Of `submitted`: how many had been returned before and came back answered. */
  answered: Int,
  oldestOn: DaySchema,
  /** Where the oldest is, and its type or ''; never who. */
  place: v.string(),
  type: v.string(),
})
export type Attention = v.InferOutput<typeof AttentionSchema>

/** What the desk shows of a region and a period. A number is never without the moment it was true at. */
export const OverviewSchema = v.object({
  /** Server clock, epoch ms, and the ledger position of each county counted. */
  asOf: v.object({ at: v.number(), heads: v.record(v.string(), Int) }),
  region: v.object({ ...PlaceSchema.entries, path: v.array(PlaceSchema) }),
  period: v.object({ from: DaySchema, to: DaySchema }),
  lastYear: v.object({ from: DaySchema, to: DaySchema }),
  /** Records that the phones' last word says are not handed in; phones not heard of for 14 days. */
  phones: v.object({ waiting: Int, silent: Int }),
  now: PerMetricSchema,
  before: PerMetricSchema,
  /** Parts of the four numbers: how many attendances are estimated, how many disputes failed, how many are open today. */
  parts: v.object({ estimated: Int, failed: Int, open: Int }),
  /** The twelve months up to the period's end. */
  months: v.pipe(v.array(MonthSchema), v.length(12)),
  series: MonthsPerMetricSchema,
  /** Disputes by official type in each of the twelve months. */
  types: v.array(v.tuple([MonthSchema, v.string(), Int])),
  registers: v.array(v.object({ metric: v.string(), kind: MetricKindSchema, n: Int })),
  children: v.array(ChildSchema),
  attention: v.array(AttentionSchema),
})
export type Overview = v.InferOutput<typeof OverviewSchema>

/** One row behind a number: `n` is what it adds to it. */
export const DeskRowSchema = v.object({
  kind: v.string(),
  id: IdSchema,
  on: DaySchema,
  n: Int,
  place: v.string(),
  region: v.string(),
  view: v.picklist(['full', 'skeleton']),
  /** The whole body or its skeleton, as the reader's rights allow. */
  body: v.record(v.string(), v.unknown()),
  /** Moment of arrival at the server, epoch ms. */
  at: v.number(),
})
export type DeskRow = v.InferOutput<typeof DeskRowSchema>

/**
 * The records a number counts. `closed` ones count and are not shown, of `erased` ones nothing is left but that they count: the sum of all
 * rows' `n` plus both is `total`.
 */
export const DeskListSchema = v.object({
  asOf: v.object({ at: v.number() }),
  metric: v.string(),
  kind: MetricKindSchema,
  /** What the registry says of it: names in both languages, definition, unit. */
  about: v.object({ name: v.string(), english: v.string(), definition: v.string(), unit: v.string() }),
  region: v.object({ ...PlaceSchema.entries, path: v.array(PlaceSchema) }),
  period: v.object({ from: v.nullable(DaySchema), to: DaySchema }),
  total: Int,
  /** What the rows of all pages add up to. */
  listed: Int,
  closed: Int,
  /** Absent from older servers: in `closed`. */
  erased: v.optional(Int, 0),
  /** How many rows there are on all pages. */
  count: Int,
  page: Int,
  pages: Int,
  rows: v.array(DeskRowSchema),
})
export type DeskList = v.InferOutput<typeof DeskListSchema>

export const LatestSchema = v.object({
  asOf: v.object({ at: v.number() }),
  rows: v.array(DeskRowSchema),
})
export type Latest = v.InferOutput<typeof LatestSchema>

export const DeskRecordSchema = v.object({ asOf: v.object({ at: v.number() }), row: DeskRowSchema })
export type DeskRecord = v.InferOutput<typeof DeskRecordSchema>
