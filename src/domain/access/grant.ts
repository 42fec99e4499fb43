import * as v from 'valibot'
import { covers, RegionPrefixSchema, type RegionCode } from '../region/code.ts'
import { DaySchema, type Day } from '../time/day.ts'
import { IdSchema, type Id } from '../id.ts'
import { LaneSchema, ViewSchema, type Lane, type View } from './lane.ts'
import { RoleSchema, ROLES } from './role.ts'

/** What one account may see and do in one region. Several grants add up; none takes away. */
export const GrantSchema = v.object({
  role: RoleSchema,
  region: RegionPrefixSchema,
  lanes: v.array(LaneSchema),
  view: ViewSchema,
  from: DaySchema,
  /** null: until further notice. */
  to: v.nullable(DaySchema),
})
export type Grant = v.InferOutput<typeof GrantSchema>

/** The right to one record, whatever its lane: claimed files, co-handled cases, everything in `closed`. */
export const RecordGrantSchema = v.object({ id: IdSchema, from: DaySchema, to: v.nullable(DaySchema) })
export type RecordGrant = v.InferOutput<typeof RecordGrantSchema>

export interface Rights {
  person: Id
  grants: readonly Grant[]
  records: readonly RecordGrant[]
}

/** What is needed of a record to decide who may see it. */
export interface Placed {
  id: Id
  region: RegionCode
  lane: Lane
  /** The person who recorded it; null for records older than accounts. */
  recorder: Id | null
  /** Whether the file was handed to the office: escalated, or submitted for review. */
  office: boolean
}

export const isValidOn = (one: { from: Day; to: Day | null }, day: Day): boolean =>
  one.from <= day && (one.to === null || day <= one.to)

/**
 * What these rights show of a record on a day: the whole, its skeleton, or nothing (null). Rules D-20 to D-24.
 * Closed records show only to their recorder and by record grant; a skeleton grant opens a file that was handed to the office.
 */
export function viewOf(rights: Rights, record: Placed, day: Day): View | null {
  if (record.recorder !== null && record.recorder === rights.person) return 'full'
  if (rights.records.some((one) => one.id === record.id && isValidOn(one, day))) return 'full'
  if (record.lane === 'closed') return null
  const fitting = rights.grants.filter(
    (one) => isValidOn(one, day) && one.lanes.includes(record.lane) && covers(one.region, record.region),
  )
  if (fitting.some((one) => one.view === 'full')) return 'full'
  if (fitting.length === 0) return null
  return record.office &&
    record.lane === 'casework' &&
    fitting.some((one) => ROLES[one.role].opensOfficeFiles)
    ? 'full'
    : 'skeleton'
}

/** Whether any grant of one of these roles covers a region on a day. */
export const holdsRole = (
  rights: Rights,
  roles: readonly Grant['role'][],
  region: RegionCode,
  day: Day,
): boolean =>
  rights.grants.some((one) => roles.includes(one.role) && isValidOn(one, day) && covers(one.region, region))
