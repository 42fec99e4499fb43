import * as v from 'valibot'
import { DisputeFlagSchema } from '../dispute/dispute.ts'
import { IdSchema } from '../id.ts'
import { DaySchema } from '../time/day.ts'

const MomentSchema = v.pipe(v.number(), v.integer(), v.minValue(0))

/** A mediation session (调解): one sitting together on a dispute. A record of its own, so that two people's notes cannot collide. */
export const MeetingSchema = v.looseObject({
  dispute: IdSchema,
  on: DaySchema,
  place: v.pipe(v.string(), v.maxLength(100)),
  notes: v.pipe(v.string(), v.maxLength(20_000)),
  /** People who helped besides parties and mediators, with the parties' consent (人民调解法 art. 20). */
  helpers: v.array(v.pipe(v.string(), v.maxLength(50))),
  /** The dispute's own flags, so that its meetings stand behind the same closed door; absent from older records: none. */
  flags: v.optional(v.array(DisputeFlagSchema)),
  recordedBy: v.nullable(IdSchema),
  enteredAt: MomentSchema,
  receivedAt: v.nullable(MomentSchema),
})
export type Meeting = v.InferOutput<typeof MeetingSchema>

export const NewMeetingSchema = v.looseObject(
  v.omit(MeetingSchema, ['recordedBy', 'enteredAt', 'receivedAt']).entries,
)
export type NewMeeting = v.InferOutput<typeof NewMeetingSchema>
