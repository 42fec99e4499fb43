import type { Role } from '../access/role.ts'
import type { Day } from '../time/day.ts'
import type { Appointment } from './invite.ts'

/** Who looks after accounts, and who reads the log: neither ever reads a case. */
export const KEEPERS: readonly Role[] = ['administrator', 'auditor']

const areApart = (one: Role, other: Role): boolean =>
  one !== other && (KEEPERS.includes(one) || KEEPERS.includes(other))

/**
 * Whether a person with these appointments may be given one more post, as far as duties that must not lie in one hand are concerned
 * (TR-25): whoever looks after accounts or reads the log holds no other post, now or later, anywhere.
 */
export const standTogether = (held: readonly Appointment[], role: Role, day: Day): boolean =>
  held.every((one) => (one.to !== null && one.to < day) || !areApart(one.role, role))
