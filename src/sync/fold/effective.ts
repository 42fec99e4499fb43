import type { Id } from '#domain/id.ts'
import type { Op } from '../protocol/op.ts'
import { fold, isAside } from './fold.ts'
import type { OpContext, RecordState } from './state.ts'

/**
 * The context in which a phone folds its own op before the server has seen it: under the number it was first made as, as the server
 * will. A clock before 1970 or a fraction of a millisecond must not make a record look malformed (I-29).
 */
export const localContext = (op: Op, author: Id | null, device: number): OpContext => ({
  author,
  device: op.as?.[0] ?? device,
  n: op.as?.[1] ?? op.n,
  base: op.b,
  at: Math.max(0, Math.floor(op.t[0] + op.t[2])),
  receivedAt: null,
})

/**
 * What is on screen: the server's state with the waiting ops on top, in order (I-5). An op that no longer applies is left
 * out and named, never dropped: it stays in the outbox and the server decides.
 */
export function effective(
  base: RecordState | null,
  pending: readonly Op[],
  author: Id | null,
  device: number,
): { state: RecordState | null; unfit: number[] } {
  let state = base
  const unfit: number[] = []
  for (const op of pending) {
    if (isAside(op)) continue
    const result = fold(state, op, localContext(op, author, device))
    if (result?.ok) state = result.value.state
    else unfit.push(op.n)
  }
  return { state, unfit }
}
