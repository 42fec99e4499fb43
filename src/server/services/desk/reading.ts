import type { Rights } from '#domain/access/grant.ts'
import { isValidOn } from '#domain/access/grant.ts'
import { RegionPrefixSchema, type RegionPrefix } from '#domain/region/code.ts'
import type { Day } from '#domain/time/day.ts'
import * as v from 'valibot'

/** The regions whose desk somebody sits at on a day: where they are coordinators. */
export const deskRegions = (rights: Rights, day: Day): RegionPrefix[] => [
  ...new Set(
    rights.grants.filter((one) => one.role === 'coordinator' && isValidOn(one, day)).map((one) => one.region),
  ),
]

/** Whether a prefix lies inside one of somebody's desks (D-107). What is no prefix lies nowhere. */
export const sitsOver = (rights: Rights, prefix: string, day: Day): boolean =>
  v.is(RegionPrefixSchema, prefix) && deskRegions(rights, day).some((one) => prefix.startsWith(one))
