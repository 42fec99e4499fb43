import type { Body } from '#domain/record/kind.ts'
import { classOf } from './field-classes.ts'
import { addLoss, lossesOf, settledByWrite, withLosses } from './losses.ts'
import { same } from './same.ts'
import type { FieldLoss, FieldVersions, OpContext, RecordState } from './state.ts'

type FieldVersion = FieldVersions[string]

/** Both lists' words, in one order whoever came first. */
const union = (a: unknown, b: unknown): unknown[] =>
  [...new Set([...(Array.isArray(a) ? a : []), ...(Array.isArray(b) ? b : [])])].sort()

/** Of two edits made without sight of each other the later stands; of the same moment, that of the higher device, whoever came first. */
const isLater = (last: FieldVersion, ctx: OpContext): boolean =>
  last[3] > ctx.at || (last[3] === ctx.at && last[1] > ctx.device)

/**
 * Puts typed values into a record, field by field (I-24). Written by the same device: the later op wins. Written by another
 * device that this author had seen: the new value wins, and what had lost there before is settled. Not seen: the later corrected edit
 * time wins and the other value stays with the record as an open loss, never dropped; words of a closed list are put together.
 * @returns the record after, its version not yet raised, and what was lost by this
 */
export function mergeFields(
  state: RecordState,
  values: Body,
  ctx: OpContext,
): { state: RecordState; lost: FieldLoss[] } {
  const rv = ctx.rv ?? state.rv + 1
  const body = { ...state.body }
  const fv = { ...state.fv }
  const lost: FieldLoss[] = []
  let losses = [...lossesOf(state)]
  const lose = (field: string, value: unknown, device: number, at: number) => {
    const loss = { field, value: value ?? null, rv, device, at }
    lost.push(loss)
    losses = addLoss(losses, loss)
  }
  for (const [field, typed] of Object.entries(values)) {
    const last = fv[field]
    if (last !== undefined && last[1] === ctx.device && last[2] > ctx.n) continue
    const unseen = last !== undefined && last[1] !== ctx.device && last[0] > ctx.base
    const isUnion = unseen && classOf(state.kind, field) === 'union'
    const value = isUnion ? union(body[field], typed) : typed
    if (same(body[field], value)) continue
    if (unseen && !isUnion && isLater(last, ctx)) {
      lose(field, value, ctx.device, ctx.at)
      continue
    }
    losses = settledByWrite(losses, field, value, ctx)
    if (unseen && !isUnion) lose(field, body[field], last[1], last[3])
    body[field] = value
    fv[field] = [rv, ctx.device, ctx.n, isUnion ? Math.max(last[3], ctx.at) : ctx.at]
  }
  return { state: withLosses({ ...state, body, fv }, losses), lost }
}
