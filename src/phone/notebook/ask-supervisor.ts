import { accept, refuse, type Result } from '#domain/result.ts'
import type { SaveRefusal } from '../api.ts'
import { refold } from '../engine/refold.ts'
import { sealRefused } from '../record/op-box.ts'
import type { Context } from './context.ts'
import { asideOp, decide, outRowOf, readCase, standsOn, tellDecided, writeDecision } from './refusal-case.ts'

/**
 * Asks a supervisor to look at a refused op, which stays where it is (I-26); the question goes with the next exchange.
 * @param note what the author wants to say; may be empty
 * @returns `decided` when it is no longer among the refused ones
 */
export const askSupervisor = (ctx: Context, n: number, note: string): Promise<Result<true, SaveRefusal>> =>
  decide(ctx, async () => {
    const one = await readCase(ctx, n)
    if (!one) return refuse('decided')
    const word = asideOp(ctx, one, 'refusal.ask', one.next, { note })
    const asked = { ...one.refused, askedAt: ctx.ports.clock.now() }
    const isWritten = await writeDecision(ctx, one, {
      recs: await Promise.all(
        one.arounds.map(async (around) => refold(ctx, await standsOn(ctx, around, new Set(), [word]))),
      ),
      ring: [],
      dead: { ...one.dead, box: await sealRefused(ctx.sealer, asked) },
      added: [await outRowOf(ctx, word)],
    })
    if (!isWritten) return 'changed'
    tellDecided(ctx, one)
    return accept(true as const)
  })
