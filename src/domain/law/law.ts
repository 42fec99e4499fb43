import * as v from 'valibot'
import { DaySchema } from '../time/day.ts'

/** A stable ascii name for a law, the same through all its versions, e.g. `minfadian`. */
export const LawIdSchema = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{1,39}$/))

/**
 * One version of one law. A revision is a new row with the same id, so that an old citation stays readable.
 * `version` is the day that version was passed (or, where that day is not known, the day it took force).
 */
export const LawVersionSchema = v.looseObject({
  id: LawIdSchema,
  /** Short name as written between 《》, e.g. 民法典. */
  name: v.pipe(v.string(), v.minLength(2), v.maxLength(60)),
  version: DaySchema,
  /** Number of the last article; null when nobody has counted this version yet, and then nothing in it may be cited as checked. */
  lastArticle: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1))),
  inForceFrom: DaySchema,
  /** First day on which this version no longer holds; null while it holds. */
  repealedOn: v.nullable(DaySchema),
  /** `id@version` of what took its place; null when nothing did or it still holds. */
  replacedBy: v.nullable(v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]+@\d{4}-\d{2}-\d{2}$/))),
  /** Where the text was read, in words. */
  source: v.pipe(v.string(), v.minLength(4)),
  /** The day the text or the fact was compared with that source. */
  checkedOn: DaySchema,
  /** Articles whose number or wording was not compared with an official text: a list, or the whole version. */
  unverified: v.union([v.literal('all'), v.array(v.pipe(v.string(), v.regex(/^\d+(-\d+)?$/)))]),
})

export type LawVersion = v.InferOutput<typeof LawVersionSchema>
export type LawRegistry = readonly LawVersion[]
