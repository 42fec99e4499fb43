import * as v from 'valibot'
import { IdSchema } from '#domain/id.ts'
import { RegionCodeSchema } from '#domain/region/code.ts'

/** So many in one request; more wait for the next. */
export const MOST_LOOKS = 100

/**
 * That somebody looked at what is kept on their phone, with or without a network: kind, id and village of the record, what they looked at,
 * and when (epoch ms by the phone's own clock, which is a claim and is written down as one). `read`: a record somebody else wrote;
 * `phone`: a whole telephone number.
 */
export const LookSchema = v.tuple([
  v.pipe(v.string(), v.regex(/^[a-z][a-z.-]{1,39}$/)),
  IdSchema,
  RegionCodeSchema,
  v.picklist(['read', 'phone']),
  v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15)),
])
export type Look = v.InferOutput<typeof LookSchema>

/** What cannot be read of them stops no work: then none counts, and they stay on the phone. */
export const LooksSchema = v.fallback(v.pipe(v.array(LookSchema), v.maxLength(MOST_LOOKS)), [])
