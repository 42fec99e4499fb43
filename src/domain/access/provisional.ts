import type { Grant, Rights } from './grant.ts'
import type { Role } from './role.ts'

/** Roles that a card can bring; an office is only entered face to face. */
const CARRIED: readonly Role[] = ['mediator', 'understander']

/**
 * What a person may do from a device that nobody has confirmed yet: make records in the own region, and see and change what
 * they recorded themselves. Every lane is taken away, so nothing of others is ever in scope, and single records with it.
 */
export const provisionalRights = (rights: Rights): Rights => ({
  ...rights,
  grants: rights.grants
    .filter((one) => CARRIED.includes(one.role))
    .map((one): Grant => ({ ...one, lanes: [] })),
  records: [],
})
