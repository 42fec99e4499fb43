import * as v from 'valibot'
import { IdSchema } from '../id.ts'
import { DaySchema } from '../time/day.ts'

const MomentSchema = v.pipe(v.number(), v.integer(), v.minValue(0))

/** A legal service (法律服务; spoken: 有人来问): what was asked, and what was done about it. */
export const ServiceSchema = v.looseObject({
  kind: v.picklist(['question', 'legal-aid', 'notary', 'other']),
  asked: v.pipe(v.string(), v.minLength(1), v.maxLength(5000)),
  who: v.pipe(v.string(), v.maxLength(50)),
  answer: v.picklist(['answered', 'to-mediator', 'to-office', 'to-lawyer', 'later']),
  /** Slug of the content item that was shown, or ''. */
  content: v.pipe(v.string(), v.maxLength(80)),
  on: DaySchema,
  paperNo: v.pipe(v.string(), v.maxLength(40)),
  recordedBy: v.nullable(IdSchema),
  enteredAt: MomentSchema,
  receivedAt: v.nullable(MomentSchema),
})
export type Service = v.InferOutput<typeof ServiceSchema>

export const NewServiceSchema = v.looseObject(
  v.omit(ServiceSchema, ['recordedBy', 'enteredAt', 'receivedAt']).entries,
)
export type NewService = v.InferOutput<typeof NewServiceSchema>
