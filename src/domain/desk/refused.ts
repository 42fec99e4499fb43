import * as v from 'valibot'
import { IdSchema } from '../id.ts'
import { CountySchema, RegionCodeSchema } from '../region/code.ts'

const Count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))
const MomentSchema = v.pipe(v.number(), v.integer(), v.minValue(0))

/** What the office decided about an op that was not accepted: it goes back to its author with a word, or is only taken note of. */
export const RefusedDecisionSchema = v.picklist(['returned', 'noted'])
export type RefusedDecision = v.InferOutput<typeof RefusedDecisionSchema>

/** Which refused op: the number it was first made as. */
export const RefusedNameSchema = v.object({ county: CountySchema, device: Count, n: Count })
export type RefusedName = v.InferOutput<typeof RefusedNameSchema>

/** An op that was not accepted, as the office of its region sees it. Moments are epoch milliseconds. */
export const RefusedSeenSchema = v.object({
  ...RefusedNameSchema.entries,
  region: RegionCodeSchema,
  code: v.string(),
  /** Who made it; '' when not known. */
  author: v.string(),
  at: MomentSchema,
  /** When its author asked the office; null: not asked. */
  askedAt: v.nullable(MomentSchema),
  note: v.string(),
  /** When its author gave it up. */
  givenUpAt: v.nullable(MomentSchema),
  decision: v.nullable(RefusedDecisionSchema),
  decidedAt: v.nullable(MomentSchema),
  answer: v.string(),
  /** What was typed; null: it is behind the closed door. */
  op: v.nullable(
    v.looseObject({
      kind: v.string(),
      id: v.nullable(IdSchema),
      k: v.string(),
      a: v.record(v.string(), v.unknown()),
    }),
  ),
})
export type RefusedSeen = v.InferOutput<typeof RefusedSeenSchema>

export const RefusedListSchema = v.object({
  asOf: v.object({ at: MomentSchema }),
  rows: v.array(RefusedSeenSchema),
})
export type RefusedList = v.InferOutput<typeof RefusedListSchema>
