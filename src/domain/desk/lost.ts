import * as v from 'valibot'
import { DeskRowSchema } from './overview.ts'

const Count = v.pipe(v.number(), v.integer(), v.minValue(0))

/** A value that another one replaced without its author having seen it, as the office of its region sees it. */
export const LostSeenSchema = v.object({
  /** The record as a list shows it: no names. */
  row: DeskRowSchema,
  /** Which field, and the version at which it lost: together with the record's id they name the loss. */
  field: v.string(),
  rv: Count,
  /** What was typed and did not come in; null: emptied, or one of several taken out. */
  lost: v.unknown(),
  /** What stands in its place. */
  kept: v.unknown(),
  /** Who typed what lost; '' when not known. */
  author: v.string(),
  /** When it was replaced, epoch ms. */
  at: Count,
})
export type LostSeen = v.InferOutput<typeof LostSeenSchema>

export const LostListSchema = v.object({ asOf: v.object({ at: Count }), rows: v.array(LostSeenSchema) })
export type LostList = v.InferOutput<typeof LostListSchema>
