import type { PushStore } from '#sync/engine/ports.ts'
import type { HelloLine } from '#sync/protocol/wire.ts'
import { META } from '../database/rows.ts'
import { factRows, factsFrom, metaBox } from '../notebook/context.ts'
import { checkFence } from './lease.ts'
import { batchOf, hasMoreIn, offeredIn, ONE, pushFacts, waitingIn, type Offering } from './offering.ts'
import { keepReceipts } from './receipts.ts'

/** Keeps what the server promised of the ops it decides with this answer (I-33); of another history a notebook must hear itself. */
async function keepPromise(ctx: Offering, { epoch, proof }: HelloLine, fence: number | null): Promise<void> {
  if (proof === undefined || epoch !== ctx.sync.epoch) return
  const sync = { ...ctx.sync, proof }
  const row = await metaBox(ctx, META.sync, sync)
  await ctx.tables.write(['meta'], 'strict', async (tables) => {
    await checkFence(tables, fence)
    await tables.meta.put(row)
  })
  ctx.sync = sync
}

/**
 * The half of the engine's store that hands in: for a runner without a notebook. It reads ops and keeps answers; it never folds,
 * never pulls, and learns nothing of the server that a notebook should learn itself but what was promised to this phone.
 */
export const pushStore = (ctx: Offering): PushStore => ({
  async begin(limits, parked) {
    const [known, waiting, offered] = await ctx.tables.read(['meta', 'out', 'dead', 'blob'], (tables) =>
      Promise.all([factRows(tables.meta), waitingIn(tables), offeredIn(tables, limits)]),
    )
    Object.assign(ctx, await factsFrom(ctx, known))
    const facts = await pushFacts(ctx, waiting)
    return facts && { facts, batch: await batchOf(ctx, offered, limits, parked) }
  },
  hasMore: async (parked) =>
    hasMoreIn(ctx, await ctx.tables.read(['out'], (tables) => offeredIn(tables, ONE)), parked),
  async hello(line, _clock, fence) {
    await keepPromise(ctx, line, fence)
    return false
  },
  acks: (decided, at, fence) => keepReceipts(ctx, decided, at, fence),
  whole: async () => false,
  hold: (n, fence) =>
    ctx.tables.write(['out', 'meta'], 'strict', async ({ out, meta }) => {
      await checkFence({ meta }, fence)
      const row = await out.get(n)
      if (row) await out.put({ ...row, state: 'held' })
    }),
})
