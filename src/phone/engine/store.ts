import { countyOf } from '#domain/region/code.ts'
import { destinationOf } from '#sync/catalogue/transfer.ts'
import { dayOf } from '#domain/time/day.ts'
import type { Decided, EngineStore, Facts, Wanted } from '#sync/engine/ports.ts'
import { META } from '../database/rows.ts'
import { readFacts, type Context } from '../notebook/context.ts'
import { agreedFrom, changeAgreed, doubted, agreementIn, type Agreed } from './agreement.ts'
import { applyAcks } from './apply-acks.ts'
import { applyHello, applyWhole } from './apply-hello.ts'
import { applyPage } from './apply-page.ts'
import { compare } from './compare.ts'
import { cursorsIn, follow } from './counties.ts'
import { damagedHere, damagedIn } from './damaged.ts'
import { checkFence } from './lease.ts'
import { nextBatch, pushFacts } from './offering.ts'
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

/**
 * What is known of the server, as the database says it: where tabs cannot tell each other anything, another one that ran since has
 * heard more, and an older promise shown instead of its last would hide what a server lost (I-33).
 */
async function hearOthers(ctx: Context): Promise<void> {
  const before = ctx.sync.scopeRev
  Object.assign(ctx, await readFacts(ctx))
  if (ctx.sync.scopeRev !== before) ctx.notes.tell({ me: true, sync: true })
}

async function facts(ctx: Context): Promise<Facts | null> {
  await hearOthers(ctx)
  const [known, [places, agreedRow, damaged]] = await Promise.all([
    pushFacts(ctx),
    ctx.tables.read(['cur', 'meta'], ({ cur, meta }) =>
      Promise.all([cur.all(), meta.get(META.agreed), damagedIn(meta)]),
    ),
  ])
  if (!known) return null
  const cursors = cursorsIn(places, ctx.me)
  const agreed = await agreedFrom(ctx, agreedRow)
  const counties = Object.entries(agreed.counties)
  const now = ctx.ports.clock.now() + ctx.sync.offset
  const today = dayOf(now)
  // Rights hold by day, so every day is begun with a whole exchange.
  const isToday = counties.every(([, one]) => dayOf(one.at) === today)
  const wasHere = Math.abs(ctx.ports.clock.now() - (ctx.sync.lastAt ?? 0)) < AWAY_MS
  const wanted = wantedOf(agreed, damagedHere(damaged))
  return {
    ...known,
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

/** What must be known before decisions are applied. */
async function deciding(ctx: Context, decided: readonly Decided[], fence: number | null): Promise<void> {
  // Until the server's own rows have come, nobody can say that both sides hold the same (L-18).
  const counties = [...new Set(decided.map(({ op }) => countyOf(op.r)))]
  if (counties.length > 0) await changeAgreed(ctx, fence, (agreed) => counties.reduce(doubted, agreed))
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
  await deciding(ctx, decided, fence)
  await applyAcks(ctx, decided, at, fence)
}

/** The engine's store over one vault. */
export function engineStore(ctx: Context): EngineStore {
  const held = heldMemory(ctx)
  return {
    facts: () => facts(ctx),
    async settle(fence) {
      const left = await keptReceipts(ctx)
      if (!left) return
      await acknowledged(ctx, left.decided, left.at, fence)
      await noReceiptsLeft(ctx.tables, fence)
    },
    batch: (limits, parked) => nextBatch(ctx, limits, parked, true),
    hello: (line, clock, fence) => applyHello(ctx, line, clock, fence),
    acks: (decided, at, fence) => acknowledged(ctx, decided, at, fence),
    async page(line, decisions, fence) {
      await deciding(ctx, decisions.decided, fence)
      return applyPage(ctx, line, decisions, fence)
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
