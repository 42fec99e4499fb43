import { accept, type Result } from '#domain/result.ts'
import type { SaveRefusal } from '../api.ts'
import { refold } from '../engine/refold.ts'
import type { Context } from './context.ts'
import {
  asideOp,
  decide,
  outRowOf,
  readCase,
  ringRowsOf,
  standsOn,
  tellDecided,
  writeDecision,
} from './refusal-case.ts'

/**
 * A person's decision to give up a refused op (I-3, I-26), with those that hang on it: the record is folded without them, and one that
 * was nothing else is no longer shown. The server is told with the next exchange. An op that is not among the refused ones has been
 * decided already.
 * @param reason one line, kept with the op and handed in; '' when none was given
 */
export const discardRefused = (ctx: Context, n: number, reason: string): Promise<Result<true, SaveRefusal>> =>
  decide(ctx, async () => {
    const one = await readCase(ctx, n)
    if (!one) return accept(true as const)
    const ops = [one.refused.op, ...one.hanging]
    const gone = new Set(ops.map((op) => op.n))
    const word = asideOp(ctx, one, 'refusal.give-up', one.next, { reason })
    const isWritten = await writeDecision(ctx, one, {
      recs: await Promise.all(
        one.arounds.map(async (around) => refold(ctx, await standsOn(ctx, around, gone, [word]))),
      ),
      ring: await ringRowsOf(ctx, ops, { discarded: one.refused.code, reason }),
      dead: null,
      added: [await outRowOf(ctx, word)],
    })
    if (!isWritten) return 'changed'
    tellDecided(ctx, one)
    return accept(true as const)
  })
