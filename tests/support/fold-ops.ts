import type { ApplyResult } from '#sync/catalogue/entry.ts'
import { fold } from '#sync/fold/fold.ts'
import type { OpContext, RecordState } from '#sync/fold/state.ts'
import type { Op } from '#sync/protocol/op.ts'
import { makeOp } from './make-op.ts'
import { ME } from './make-rights.ts'

export const makeContext = (over: Partial<OpContext> = {}): OpContext => ({
  author: ME,
  device: 1,
  n: 1,
  base: 0,
  at: 1_793_577_600_000,
  receivedAt: 1_793_577_660_000,
  ...over,
})

/** Folds as the server does: the version goes up by one for every change. Throws when an op is refused, naming the reason. */
export function foldAll(
  ops: readonly (Partial<Op> & Pick<Op, 'k' | 'a'>)[],
  from: RecordState | null = null,
): RecordState {
  let state = from
  for (const [i, op] of ops.entries()) {
    const result = foldOne(state, op, { n: i + 1, base: state?.rv ?? 0 })
    if (!result?.ok) throw new Error(`op ${i + 1} (${op.k}): ${result?.reason ?? 'not known'}`)
    state = { ...result.value.state, rv: result.value.state.rv + 1 }
  }
  if (!state) throw new Error('no ops')
  return state
}

export const foldOne = (
  state: RecordState | null,
  op: Partial<Op>,
  ctx: Partial<OpContext> = {},
): ApplyResult | null => fold(state, makeOp(op), makeContext(ctx))

/** A dispute as the server has it after the quick form. */
export const madeDispute = (): RecordState => foldAll([makeOp()])
