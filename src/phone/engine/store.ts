import { countyOf } from '#domain/region/code.ts'
import { destinationOf } from '#sync/catalogue/transfer.ts'
import { dayOf } from '#domain/time/day.ts'
import type { Decided, EngineStore, Facts, Wanted } from '#sync/engine/ports.ts'
import { META } from '../database/rows.ts'
import { factRows, factsFrom, type Context } from '../notebook/context.ts'
import { forgetLooks, looksIn, waitingLooks } from '../notebook/looks.ts'
import { agreedFrom, changeAgreed, doubted, agreementIn, type Agreed } from './agreement.ts'
import { applyAcks } from './apply-acks.ts'
import { applyHello, applyWhole } from './apply-hello.ts'
import { applyPage, isOtherHistory, knownAfter } from './apply-page.ts'
import { compare } from './compare.ts'
import { cursorsIn, follow } from './counties.ts'
import { damagedHere, damagedIn } from './damaged.ts'
import { checkFence } from './lease.ts'
import { nextBatch, pushFacts, waitingIn } from './offering.ts'
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
const readAll = (ctx: Context) =>
  ctx.tables.read(['meta', 'cur', 'out', 'dead', 'blob'], async (tables) => {
    const { meta, cur } = tables
    const [known, left, places, agreed, damaged, looks, waiting] = await Promise.all([
      factRows(meta),
      meta.get(META.acked),
      cur.all(),
      meta.get(META.agreed),
      damagedIn(meta),
      waitingLooks(meta),
      waitingIn(tables),
    ])
    return { known, left: left?.value ?? 0, places, agreed, damaged, looks, waiting }
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

/** @param looks is left with the names of the rows whose looks these facts tell */
async function facts(ctx: Context, looks: Set<string>, fence: number | null): Promise<Facts | null> {
  let read = await readAll(ctx)
  await hearOthers(ctx, read.known)
  if (read.left > 0) {
    await takeLeft(ctx, fence)
    read = await readAll(ctx)
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
  return {
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
}

/** Until the server's own rows have come, nobody can say that both sides hold the same (L-18). */
const doubtedBy =
  (decided: readonly Decided[]) =>
  (agreed: Agreed): Agreed =>
    [...new Set(decided.map(({ op }) => countyOf(op.r)))].reduce(doubted, agreed)

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
  if (decided.length > 0) await changeAgreed(ctx, fence, doubtedBy(decided))
  await followSent(ctx, decided, fence)
  await applyAcks(ctx, decided, at, fence)
}

/** The engine's store over one vault. */
export function engineStore(ctx: Context): EngineStore {
  const held = heldMemory(ctx)
  /** Rows of looks that the request under way tells of. */
  const told = new Set<string>()
  return {
    facts: (fence) => facts(ctx, told, fence),
    batch: (limits, parked) => nextBatch(ctx, limits, parked, true),
    async hello(line, clock, fence) {
      const hasMore = await applyHello(ctx, line, clock, fence)
      if ((line.looked ?? 0) > 0) await forgetLooks(ctx, [...told], fence)
      return hasMore
    },
    acks: (decided, at, fence) => acknowledged(ctx, decided, at, fence),
    async page(line, decisions, fence) {
      const { decided } = decisions
      const agreed = await changeAgreed(ctx, fence, (one) => knownAfter(doubtedBy(decided)(one), line))
      await followSent(ctx, decided, fence)
      return applyPage(ctx, line, { ...decisions, isOther: isOtherHistory(agreed, line) }, fence)
    },
    lists: (lines, fence) => applyLists(ctx, lines, fence),
    rows: (line, asked, fence) => applyRows(ctx, line, asked, fence),
    compare: (lines, complete, at, fence) => compare(ctx, held, { lines, complete }, at, fence),
    whole: (at, fence) => applyWhole(ctx, at, fence),
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
