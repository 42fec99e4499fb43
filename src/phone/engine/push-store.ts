import type { PushStore } from '#sync/engine/ports.ts'
import { checkFence } from './lease.ts'
import { nextBatch, pushFacts, type Offering } from './offering.ts'
import { keepReceipts } from './receipts.ts'

/**
 * The half of the engine's store that hands in: for a runner without a notebook. It reads ops and keeps answers; it never folds,
 * never pulls, and learns nothing of the server that a notebook should learn itself.
 */
export const pushStore = (ctx: Offering): PushStore => ({
  facts: () => pushFacts(ctx),
  batch: (limits, parked) => nextBatch(ctx, limits, parked, false),
  hello: () => Promise.resolve(false),
  acks: (decided, at, fence) => keepReceipts(ctx, decided, at, fence),
  whole: () => Promise.resolve(),
  hold: (n, fence) =>
    ctx.tables.write(['out', 'meta'], 'strict', async ({ out, meta }) => {
      await checkFence({ meta }, fence)
      const row = await out.get(n)
      if (row) await out.put({ ...row, state: 'held' })
    }),
})
