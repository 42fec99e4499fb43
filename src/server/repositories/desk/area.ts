import { sql, type SQL } from 'drizzle-orm'
import type { RegionPrefix } from '#domain/region/code.ts'

const CHILD_DIGITS: Readonly<Record<number, number>> = { 2: 4, 4: 6, 6: 9, 9: 12, 12: 12 }

/** How many digits name a place one level below a prefix; a village has nothing below and names itself. */
export const childDigitsOf = (prefix: RegionPrefix): number => CHILD_DIGITS[prefix.length] ?? 12

/**
 * Everything inside a prefix, said so that the primary keys (county, region, …) can be used: a range of codes, and the county's
 * partition alone where the prefix names one.
 */
export function inside(prefix: RegionPrefix): SQL {
  const county = prefix.length >= 6 ? sql`county = ${prefix.slice(0, 6)}` : sql`county ^@ ${prefix}`
  return sql`${county} AND region >= ${prefix} AND region < ${`${prefix}:`}`
}
