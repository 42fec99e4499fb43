import { countyOf } from '#domain/region/code.ts'
import { destinationOf } from '#sync/catalogue/transfer.ts'
import { dayOf } from '#domain/time/day.ts'
import type { BatchLimits, Beginning, Decided, EngineStore, Wanted } from '#sync/engine/ports.ts'
import { META } from '../database/rows.ts'
import { factRows, factsFrom, type Context } from '../notebook/context.ts'
import { forgetLooks, looksIn, waitingLooks } from '../notebook/looks.ts'
import { agreedFrom, agreementIn, type Agreed } from './agreement.ts'
import { applyAcks } from './apply-acks.ts'
import { applyHello, applyWhole } from './apply-hello.ts'
import { applyPage } from './apply-page.ts'
import { compare, NOT_COMPARED } from './compare.ts'
import { cursorsIn, follow } from './counties.ts'
import { damagedHere, damagedIn } from './damaged.ts'
import { checkFence } from './lease.ts'
import { batchOf, hasMoreIn, offeredIn, ONE, pushFacts, waitingIn } from './offering.ts'
import { heldMemory } from './held-memory.ts'
import { keptReceipts, noReceiptsLeft } from './receipts.ts'
import { applyLists, applyRows } from './repair.ts'

/** Who was away longer than this asks in full at once: most likely there is news, and asking for it first would be a way for nothing, ms. */
const AWAY_MS = 15 * 60_000

/** Records to be sent again: what the comparison found, and what nobody could read. */
function wantedOf(agreed: Agreed, damaged: Wanted): Wanted {
  const wanted: Wanted = { ...damaged }
  for (const [county, { want }] of Object.entries(agreed.counties))
    if (want.length > 0) wanted[county] = [...(wanted[county] ?? []), ...want]
  return wanted
}

/** All that an exchange begins with, as one transaction saw it. */
const readAll = (ctx: Context, limits: BatchLimits) =>
  ctx.tables.read(['meta', 'cur', 'out', 'dead', 'blob', 'ring'], async (tables) => {
    const { meta, cur } = tables
    const [known, left, places, agreed, damaged, looks, waiting, offered] = await Promise.all([
      factRows(meta),
      meta.get(META.acked),
      cur.all(),
      meta.get(META.agreed),
      damagedIn(meta),
      waitingLooks(meta),
      waitingIn(tables),
      offeredIn(tables, limits),
    ])
    return { known, left: left?.value ?? 0, places, agreed, damaged, looks, waiting, offered }
  })

/**
 * What is known of the server, as the database says it: where tabs cannot tell each other anything, another one that ran since has
 * heard more, and an older promise shown instead of its last would hide what a server lost (I-33).
 */
async function hearOthers(ctx: Context, known: Awaited<ReturnType<typeof readAll>>['known']): Promise<void> {
  const before = ctx.sync.scopeRev
  Object.assign(ctx, await factsFrom(ctx, known))
  if (ctx.sync.scopeRev !== before) ctx.notes.tell({ me: true, sync: true })
}

/** Applies what a runner without a notebook has left. */
async function takeLeft(ctx: Context, fence: number | null): Promise<void> {
  const left = await keptReceipts(ctx)
  if (!left) return
  await acknowledged(ctx, left.decided, left.at, fence)
  await noReceiptsLeft(ctx.tables, fence)
}

type Asked = Parameters<EngineStore['begin']>

/** @param looks is left with the names of the rows whose looks these facts tell */
async function begin(
  ctx: Context,
  looks: Set<string>,
  [limits, parked, fence]: Asked,
): Promise<Beginning | null> {
  let read = await readAll(ctx, limits)
  await hearOthers(ctx, read.known)
  if (read.left > 0) {
    await takeLeft(ctx, fence)
    read = await readAll(ctx, limits)
  }
  const { places, damaged } = read
  const known = await pushFacts(ctx, read.waiting)
  if (!known) return null
  const cursors = cursorsIn(places, ctx.me)
  const agreed = await agreedFrom(ctx, read.agreed)
  const counties = Object.entries(agreed.counties)
  const now = ctx.ports.clock.now() + ctx.sync.offset
  const today = dayOf(now)
  // Rights hold by day, so every day is begun with a whole exchange.
  const isToday = counties.every(([, one]) => dayOf(one.at) === today)
  const wasHere = Math.abs(ctx.ports.clock.now() - (ctx.sync.lastAt ?? 0)) < AWAY_MS
  const wanted = wantedOf(agreed, damagedHere(damaged))
  looks.clear()
  for (const { name } of read.looks) looks.add(name)
  const facts = {
    ...known,
    looked: await looksIn(ctx, read.looks),
    cursors,
    fix: Object.fromEntries(counties.flatMap(([county, { fix }]) => (fix.length > 0 ? [[county, fix]] : []))),
    want: wanted,
    agreed:
      wasHere &&
      isToday &&
      Object.keys(wanted).length === 0 &&
      agreementIn(agreed, Object.keys(cursors)) === 'match',
  }
  return { facts, batch: await batchOf(ctx, read.offered, limits, parked) }
}

/** Counties to which records were sent are followed before the decisions about them are applied. */
async function followSent(ctx: Context, decided: readonly Decided[], fence: number | null): Promise<void> {
  const sentTo = decided.flatMap(({ op }) => destinationOf(op) ?? []).map(countyOf)
  await follow(ctx, [...new Set(sentTo)], fence)
}

/** @param at server time, epoch ms */
async function acknowledged(
  ctx: Context,
  decided: readonly Decided[],
  at: number,
  fence: number | null,
): Promise<void> {
  await followSent(ctx, decided, fence)
  await applyAcks(ctx, decided, at, fence)
}

/** The engine's store over one vault. */
export function engineStore(ctx: Context): EngineStore {
  const held = heldMemory(ctx)
  /** Rows of looks that the request under way tells of. */
  const told = new Set<string>()
  return {
    begin: (...asked) => begin(ctx, told, asked),
    hasMore: async (parked) =>
      hasMoreIn(ctx, await ctx.tables.read(['out', 'ring'], (tables) => offeredIn(tables, ONE)), parked),
    async hello(line, clock, fence) {
      const hasMore = await applyHello(ctx, line, clock, fence)
      if ((line.looked ?? 0) > 0) await forgetLooks(ctx, [...told], fence)
      return hasMore
    },
    acks: (decided, at, fence) => acknowledged(ctx, decided, at, fence),
    async page(line, decisions, fence) {
      await followSent(ctx, decisions.decided, fence)
      return applyPage(ctx, line, decisions, fence)
    },
    lists: (lines, fence) => applyLists(ctx, lines, fence),
    rows: (line, asked, fence) => applyRows(ctx, line, asked, fence),
    async whole(at, sums, fence) {
      const { agreed, isDue } = sums ? await compare(ctx, held, sums, at, fence) : NOT_COMPARED
      await applyWhole(ctx, at, agreed, fence)
      return isDue
    },
    async hold(n, fence) {
      const row = await ctx.tables.write(['out', 'meta'], 'strict', async (tables) => {
        await checkFence(tables, fence)
        const found = await tables.out.get(n)
        if (found) await tables.out.put({ ...found, state: 'held' })
        return found
      })
      if (row) ctx.notes.tell({ keys: [row.key], queue: true })
    },
  }
}
