import type { Grant, Placed, Rights } from '#domain/access/grant.ts'
import { ROLES, type Role } from '#domain/access/role.ts'

export const VILLAGE = '999901101201'
export const OTHER_VILLAGE = '999901102201'
export const TOWNSHIP = '999901101'
export const COUNTY = '999901'
export const ME = '01912345-0000-7000-8000-000000000001'
export const SOMEBODY = '01912345-0000-7000-8000-000000000002'
export const RECORD = '01912345-0000-7000-8000-0000000000f1'
export const TODAY = '2026-11-21'

/** What a post of a role brings by the role table. */
export const makeGrants = (role: Role, region: string, over: Partial<Grant> = {}): Grant[] =>
  ROLES[role].grants.map((one) => ({
    role,
    region,
    lanes: [...one.lanes],
    view: one.view,
    from: '2026-01-01',
    to: null,
    ...over,
  }))

export const makeRights = (over: Partial<Rights> = {}): Rights => ({
  person: ME,
  grants: [],
  records: [],
  ...over,
})

/** A record of somebody else's in a village, not handed to the office. */
export const makePlaced = (over: Partial<Placed> = {}): Placed => ({
  id: RECORD,
  region: VILLAGE,
  lane: 'casework',
  recorder: SOMEBODY,
  office: false,
  ...over,
})
