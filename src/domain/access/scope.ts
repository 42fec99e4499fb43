import type { Id } from '../id.ts'
import type { RegionPrefix } from '../region/code.ts'
import type { Day } from '../time/day.ts'
import { isValidOn, type Rights } from './grant.ts'
import type { Lane } from './lane.ts'
import { ROLES } from './role.ts'

/** Rights flattened for one day into what a database can compare: prefixes by lane. Says the same as `viewOf` (D-24). */
export interface Scope {
  person: Id
  full: Record<Lane, RegionPrefix[]>
  skeleton: Record<Lane, RegionPrefix[]>
  /** Prefixes in which casework files handed to the office open whole. */
  office: RegionPrefix[]
  records: Id[]
}

const noLanes = (): Record<Lane, RegionPrefix[]> => ({ casework: [], outreach: [], register: [], closed: [] })

/** The scope that these rights give on `day`. `closed` stays empty in both views: it opens by record only. */
export function scopeOf(rights: Rights, day: Day): Scope {
  const scope: Scope = {
    person: rights.person,
    full: noLanes(),
    skeleton: noLanes(),
    office: [],
    records: [],
  }
  for (const grant of rights.grants) {
    if (!isValidOn(grant, day)) continue
    for (const lane of grant.lanes) {
      if (lane === 'closed') continue
      const list = scope[grant.view][lane]
      if (!list.includes(grant.region)) list.push(grant.region)
    }
    if (grant.lanes.includes('casework') && ROLES[grant.role].opensOfficeFiles)
      scope.office.push(grant.region)
  }
  scope.records = rights.records.filter((one) => isValidOn(one, day)).map((one) => one.id)
  return scope
}

/** The part of somebody's rights whose records a phone keeps; a coordinator's region is read online, at the desk. */
export const offlineRights = (rights: Rights): Rights => ({
  ...rights,
  grants: rights.grants.filter((one) => one.view === 'full' && ROLES[one.role].offline),
})
