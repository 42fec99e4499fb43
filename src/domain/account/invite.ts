import { isValidOn } from '../access/grant.ts'
import { ROLES, type Role } from '../access/role.ts'
import { covers, codeOf, type RegionPrefix } from '../region/code.ts'
import type { Day } from '../time/day.ts'

/** One appointment of a person as the accounts keep it; grants follow from it by the role table. */
export interface Appointment {
  role: Role
  region: RegionPrefix
  from: Day
  /** null: until further notice. */
  to: Day | null
}

/** Roles that an inviting role may give inside the own region, and those it may give only in a region strictly below. */
const MAY_GIVE: Readonly<Partial<Record<Role, { inside: readonly Role[]; below: readonly Role[] }>>> = {
  coordinator: { inside: ['mediator', 'understander', 'clerk'], below: ['coordinator'] },
  administrator: {
    inside: ['mediator', 'understander', 'clerk', 'coordinator'],
    below: ['administrator', 'auditor'],
  },
}

/** Roles a printed card may carry: what lies in a drawer for two weeks must open nothing of others. */
export const CARD_ROLES: readonly Role[] = ['mediator', 'understander']

/** The units that a role can be appointed to: nobody mediates for a province. */
const LONGEST: Readonly<Record<Role, readonly number[]>> = {
  mediator: [6, 9, 12],
  understander: [9, 12],
  clerk: [6, 9, 12],
  coordinator: [4, 6, 9],
  administrator: [4, 6, 9],
  auditor: [4, 6, 9],
}

/** Whether a role can be held for a unit of that level at all. */
export const fitsLevel = (role: Role, region: RegionPrefix): boolean => LONGEST[role].includes(region.length)

/**
 * Whether somebody with these appointments may invite a person as `role` for `region` on `day`: never above or beside the
 * own region, and never into an office as high as the own one (TR-13).
 */
export function mayInvite(held: readonly Appointment[], role: Role, region: RegionPrefix, day: Day): boolean {
  if (!fitsLevel(role, region)) return false
  return held.some((one) => {
    const may = MAY_GIVE[one.role]
    if (!may || !ROLES[one.role].invites || !isValidOn(one, day) || !covers(one.region, codeOf(region)))
      return false
    if (!region.startsWith(one.region)) return false
    return may.inside.includes(role) || (region.length > one.region.length && may.below.includes(role))
  })
}

/**
 * Whether somebody looks after a person with these posts: may give every post that one holds on `day`, or one of those they held when
 * they hold none any more. Otherwise an invitation would hand the files of somebody else's people to a new phone.
 */
export function looksAfter(held: readonly Appointment[], posts: readonly Appointment[], day: Day): boolean {
  const may = (one: Appointment) => mayInvite(held, one.role, one.region, day)
  const present = posts.filter((one) => isValidOn(one, day))
  return present.length > 0 ? present.every(may) : posts.some(may)
}

/** The regions in which somebody may invite, look at people and confirm devices. */
export const regionsInvited = (held: readonly Appointment[], day: Day): RegionPrefix[] => [
  ...new Set(held.filter((one) => ROLES[one.role].invites && isValidOn(one, day)).map((one) => one.region)),
]

/** The roles that may be offered for a region, in the order of the role table. */
export const rolesToOffer = (held: readonly Appointment[], region: RegionPrefix, day: Day): Role[] =>
  (Object.keys(ROLES) as Role[]).filter((role) => mayInvite(held, role, region, day))
