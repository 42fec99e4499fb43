import * as v from 'valibot'
import { IdSchema } from '../id.ts'
import { DaySchema } from '../time/day.ts'

const MomentSchema = v.pipe(v.number(), v.integer(), v.minValue(0))

/**
 * A lead (线索; spoken: 有人找你): somebody wants help. Villagers, understanders, grid workers and 12345 all end here, in one list.
 * open 还没人接 · taken 有人接了 · settled 办了.
 */
export const LeadSchema = v.looseObject({
  about: v.pipe(v.string(), v.minLength(1), v.maxLength(60)),
  from: v.pipe(v.string(), v.maxLength(50)),
  phone: v.pipe(v.string(), v.maxLength(30)),
  text: v.pipe(v.string(), v.maxLength(5000)),
  channel: v.picklist(['villager', 'understander', 'grid', 'hotline', 'screening']),
  on: DaySchema,
  stage: v.picklist(['open', 'taken', 'settled']),
  takenBy: v.nullable(IdSchema),
  outcome: v.nullable(v.picklist(['answered', 'dispute', 'passed-on'])),
  /** The dispute it became. */
  dispute: v.nullable(IdSchema),
  recordedBy: v.nullable(IdSchema),
  enteredAt: MomentSchema,
  receivedAt: v.nullable(MomentSchema),
})
export type Lead = v.InferOutput<typeof LeadSchema>

export const NewLeadSchema = v.looseObject(
  v.pick(LeadSchema, ['about', 'from', 'phone', 'text', 'channel', 'on']).entries,
)
export type NewLead = v.InferOutput<typeof NewLeadSchema>
