import * as v from 'valibot'
import { IdSchema } from '../id.ts'
import { DaySchema } from '../time/day.ts'

const MomentSchema = v.pipe(v.number(), v.integer(), v.minValue(0))
const CountSchema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100_000))

/** A screening round (排查; spoken: 走访看看): where somebody walked and how many troubles they found. */
export const ScreeningSchema = v.looseObject({
  where: v.pipe(v.string(), v.maxLength(100)),
  households: v.nullable(CountSchema),
  found: CountSchema,
  note: v.pipe(v.string(), v.maxLength(5000)),
  on: DaySchema,
  paperNo: v.pipe(v.string(), v.maxLength(40)),
  recordedBy: v.nullable(IdSchema),
  enteredAt: MomentSchema,
  receivedAt: v.nullable(MomentSchema),
})
export type Screening = v.InferOutput<typeof ScreeningSchema>

export const NewScreeningSchema = v.looseObject(
  v.omit(ScreeningSchema, ['recordedBy', 'enteredAt', 'receivedAt']).entries,
)
export type NewScreening = v.InferOutput<typeof NewScreeningSchema>
