import { holdsRole, viewOf, type Placed, type Rights } from '#domain/access/grant.ts'
import type { Role } from '#domain/access/role.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import type { Day } from '#domain/time/day.ts'
import { SERVER_OPS } from './catalogue/attachment-commands.ts'
import { isAside } from './fold/fold.ts'
import type { Op } from './protocol/op.ts'

const CASE_WRITERS: readonly Role[] = ['mediator', 'clerk']
const RECORDERS: readonly Role[] = ['mediator', 'understander', 'clerk', 'coordinator']
const REGISTRARS: readonly Role[] = ['clerk', 'coordinator', 'administrator']
const OFFICE: readonly Role[] = ['coordinator', 'clerk']

/** Who may make a record of a kind in a region. Understanders write down what they saw; only the committee works on it. */
function mayCreate(rights: Rights, op: Op, day: Day): boolean {
  const kind = op.e[0]
  if (kind.startsWith('register.')) return holdsRole(rights, REGISTRARS, op.r, day)
  if (kind === 'dispute') return holdsRole(rights, ['mediator', 'understander', 'clerk'], op.r, day)
  if (kind === 'meeting') return holdsRole(rights, CASE_WRITERS, op.r, day)
  return holdsRole(rights, RECORDERS, op.r, day)
}

function mayChange(rights: Rights, op: Op, record: Placed, day: Day): boolean {
  if (viewOf(rights, record, day) !== 'full') return false
  if (record.recorder === rights.person && op.k !== 'dispute.return') return true
  const kind = op.e[0]
  if (kind.startsWith('register.')) return holdsRole(rights, REGISTRARS, record.region, day)
  if (op.k === 'dispute.return') return holdsRole(rights, OFFICE, record.region, day)
  const isCase = kind === 'dispute' || kind === 'meeting'
  const isOfCase = kind === 'attachment' && record.lane !== 'outreach'
  if (isCase || isOfCase) return holdsRole(rights, CASE_WRITERS, record.region, day)
  return holdsRole(rights, RECORDERS, record.region, day)
}

/**
 * Whether the author may do this, by the rights valid on the day of the edit (I-21, I-30, D-26). Not yours and not there
 * are one answer, because that a file exists is itself private. What only the server finds out, no phone may say. What an
 * author says of a refused op of their own needs no right to its record, whose lack may be why it was refused.
 * @param record where the record stands, or null when it does not exist
 */
export function authorise(
  rights: Rights,
  op: Op,
  record: Placed | null,
  day: Day,
): Result<true, 'out-of-scope'> {
  if (SERVER_OPS.includes(op.k)) return refuse('out-of-scope')
  if (isAside(op)) return accept(true)
  const allowed = record ? mayChange(rights, op, record, day) : mayCreate(rights, op, day)
  return allowed ? accept(true) : refuse('out-of-scope')
}
