import type { Body } from '#domain/record/kind.ts'
import type { OpenLoss } from '../protocol/wire.ts'
import { same } from './same.ts'
import type { OpContext, RecordState } from './state.ts'

/** More than this many open losses of one record are kept by the server only; the oldest leave the record first. */
export const MAX_OPEN_LOSSES = 50

/** The open losses of a record; none when it says none. */
export const lossesOf = (state: Pick<RecordState, 'losses'>): readonly OpenLoss[] => state.losses ?? []

/** A record with other losses; without any, the key is absent, as it is everywhere else. */
export function withLosses(state: RecordState, losses: readonly OpenLoss[]): RecordState {
  const { losses: _before, ...rest } = state
  return losses.length > 0 ? { ...rest, losses: losses.slice(-MAX_OPEN_LOSSES) } : rest
}

/** A later word of the same device on the same field: its author has seen what it replaces. */
const isOwnEarlier = (one: OpenLoss, field: string, ctx: OpContext): boolean =>
  one.field === field && one.device === ctx.device && one.at <= ctx.at

/** Adds a loss; an earlier one that its own author has thereby typed over goes (I-24). */
export const addLoss = (losses: readonly OpenLoss[], loss: OpenLoss): OpenLoss[] => [
  ...losses.filter((one) => !(one.field === loss.field && one.device === loss.device && one.at <= loss.at)),
  loss,
]

/**
 * What an accepted write settles: losses of the field that its author had seen, own earlier words, and a loss whose value is now in
 * the record.
 */
export const settledByWrite = (
  losses: readonly OpenLoss[],
  field: string,
  value: unknown,
  ctx: OpContext,
): OpenLoss[] =>
  losses.filter(
    (one) =>
      one.field !== field ||
      !(ctx.base >= one.rv || isOwnEarlier(one, field, ctx) || same(one.value, value ?? null)),
  )

const SET_FIELD = /^([a-z]+)\/(.+)$/i

/**
 * What a record says now of a field a loss names. `parties/<id>` names one element of a set.
 * @returns null for an element that was taken out, and for a field the record does not have
 */
export function valueOf(body: Body, field: string): unknown {
  const [, set, id] = SET_FIELD.exec(field) ?? []
  if (set === undefined) return body[field] ?? null
  const elements = (body[set] ?? []) as Body[]
  return elements.find((one) => one['id'] === id) ?? null
}

/** The op that puts a lost value back in place of the one that stands: what one tap on it sends. */
export function restoringOp(field: string, value: unknown): { op: string; args: Body } {
  const [, set, id] = SET_FIELD.exec(field) ?? []
  if (set === undefined) return { op: 'patch', args: { [field]: value } }
  if (set === 'idNumbers') {
    const { id: party, ...number } = (value ?? { id }) as Body
    return { op: 'dispute.identify', args: { party, number: value === null ? null : number } }
  }
  return value === null
    ? { op: 'set.remove', args: { set, id } }
    : { op: 'set.add', args: { set, item: value } }
}
