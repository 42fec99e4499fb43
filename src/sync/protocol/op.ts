import * as v from 'valibot'
import { IdSchema } from '#domain/id.ts'
import { RegionCodeSchema } from '#domain/region/code.ts'

const SafeCount = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))

/** What a user did once. Frozen for ever once written: an outbox may be opened a year later by another build. */
export const OpSchema = v.looseObject({
  /** A random id of the op itself; its seal is bound to it. */
  i: IdSchema,
  /** Dense counter of the device, from 1. */
  n: v.pipe(SafeCount, v.minValue(1)),
  /** What: an entry of the catalogue, and the version of its arguments. */
  k: v.pipe(v.string(), v.regex(/^[a-z][a-z.-]{1,39}$/)),
  v: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(999)),
  /** The record: kind and id. */
  e: v.tuple([v.pipe(v.string(), v.regex(/^[a-z][a-z.-]{1,39}$/)), IdSchema]),
  /** The village (twelve digits) the record belongs to, as the author saw it. */
  r: RegionCodeSchema,
  /** The record's version the author had seen; 0 for a new one. */
  b: SafeCount,
  /** Arguments, by the schema of the op's kind. */
  a: v.record(v.string(), v.unknown()),
  /** Wall clock (epoch ms), monotonic reading (ms), and the last known offset server − wall (ms), all of the device. */
  t: v.tuple([v.number(), v.number(), v.number()]),
  /** Earlier ops without which this one makes no sense: numbers of the device it was first made on. */
  d: v.optional(v.pipe(v.array(SafeCount), v.maxLength(16))),
  /** The device and number it was first made as, when it comes from an imported backup or a phone that was enrolled anew. */
  as: v.optional(v.tuple([SafeCount, SafeCount])),
  /** The refused op in whose place it stands: the device and number that one was first made as. */
  s: v.optional(v.tuple([SafeCount, SafeCount])),
})
export type Op = v.InferOutput<typeof OpSchema>

/** What the server decided about an op, once. `blocked` and `later` leave the op in the outbox; the others take it out. */
export const OutcomeSchema = v.picklist([
  'ok',
  'merged',
  'rejected',
  'quarantined',
  'blocked',
  'fork',
  'later',
])
export type Outcome = v.InferOutput<typeof OutcomeSchema>
