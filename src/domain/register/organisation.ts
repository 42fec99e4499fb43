import * as v from 'valibot'
import { RegionCodeSchema } from '../region/code.ts'
import { DaySchema } from '../time/day.ts'

/**
 * An organisation, apart from the tree of regions: it sits in one region and may serve several, even informal ones
 * (a functional zone has no region code at all).
 */
export const OrganisationSchema = v.looseObject({
  sort: v.picklist(['committee', 'office', 'bureau', 'studio', 'team']),
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(80)),
  /** What a committee mediates for; null for other organisations. */
  level: v.nullable(v.picklist(['village', 'township', 'county', 'trade'])),
  serves: v.array(RegionCodeSchema),
  from: DaySchema,
  /** null: still there. Members of a committee are chosen for three years (人民调解法 art. 9). */
  to: v.nullable(DaySchema),
})
export type Organisation = v.InferOutput<typeof OrganisationSchema>
