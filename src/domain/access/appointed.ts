import type { Appointment } from '../account/invite.ts'
import type { Grant } from './grant.ts'
import { ROLES } from './role.ts'

/** The grants that appointments bring, by the role table. An auditor's brings none: the log has its own door. */
export const grantsOf = (held: readonly Appointment[]): Grant[] =>
  held.flatMap((one) =>
    ROLES[one.role].grants.map((grant) => ({
      role: one.role,
      region: one.region,
      lanes: [...grant.lanes],
      view: grant.view,
      from: one.from,
      to: one.to,
    })),
  )
