import type { Body } from '#domain/record/kind.ts'
import type { FieldLoss, OpContext, RecordState } from './state.ts'

/** Whether two values say the same; the order of keys says nothing, because a database may return them in another. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (
    typeof a !== 'object' ||
    typeof b !== 'object' ||
    a === null ||
    b === null ||
    Array.isArray(a) !== Array.isArray(b)
  )
    return false
  const [left, right] = [a as Body, b as Body]
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => key in right && same(left[key], right[key]))
  )
}

/**
 * Puts typed values into a record, field by field (I-24). Written by the same device: the later op wins. Written by another
 * device that this author had seen: the new value wins. Not seen: the later corrected edit time wins and the other value is
 * handed back as a loss, never dropped.
 */
export function mergeFields(
  state: RecordState,
  values: Body,
  ctx: OpContext,
): { state: RecordState; lost: FieldLoss[] } {
  const body = { ...state.body }
  const fv = { ...state.fv }
  const lost: FieldLoss[] = []
  for (const [field, value] of Object.entries(values)) {
    if (same(body[field], value)) continue
    const last = fv[field]
    const unseen = last !== undefined && last[1] !== ctx.device && last[0] > ctx.base
    if (last !== undefined && last[1] === ctx.device && last[2] > ctx.n) continue
    if (unseen && last[3] > ctx.at) {
      lost.push({ field, value, device: ctx.device })
      continue
    }
    if (unseen) lost.push({ field, value: body[field], device: last[1] })
    body[field] = value
    fv[field] = [state.rv + 1, ctx.device, ctx.n, ctx.at]
  }
  return { state: { ...state, body, fv }, lost }
}
