import { countyOf } from '#domain/region/code.ts'
import type { Op } from '#sync/protocol/op.ts'
import type { Batch, EngineStore, Facts } from '#sync/engine/ports.ts'
import type { OutRow } from '../database/rows.ts'
import { openOp } from '../record/op-box.ts'
import type { Context, Identity } from '../notebook/context.ts'
import { applyAcks } from './apply-acks.ts'
import { applyHello, applyWhole } from './apply-hello.ts'
import { applyPage } from './apply-page.ts'
import { checkFence } from './lease.ts'

/** The server follows no more counties in one request; nobody who keeps records offline holds posts in more. */
const MAX_COUNTIES = 16

/** Counties whose ledgers this phone follows: where its person holds anything, and those it has begun. */
async function cursorsOf(ctx: Context): Promise<Record<string, number>> {
  const known = await ctx.tables.read(['cur'], ({ cur }) => cur.all())
  const held = [...(ctx.me?.grants ?? []), ...(ctx.me?.posts ?? [])]
    .map((one) => one.region)
    .filter((one) => one.length >= 6)
  const cursors = new Map(held.map((region) => [countyOf(region), 0]))
  for (const one of known) cursors.set(one.county, one.cursor)
  return Object.fromEntries([...cursors].slice(0, MAX_COUNTIES))
}

async function facts(ctx: Context): Promise<Facts | null> {
  if (!ctx.me || !ctx.identity) return null
  const [out, keys, dead, [oldest]] = await ctx.tables.read(['out', 'dead'], (tables) =>
    Promise.all([
      tables.out.count(),
      tables.out.distinct('key'),
      tables.dead.count(),
      tables.out.all({ limit: 1 }),
    ]),
  )
  return {
    device: ctx.identity.device,
    epoch: ctx.sync.epoch,
    scopeRev: ctx.sync.scopeRev,
    cursors: await cursorsOf(ctx),
    out,
    records: keys.length,
    dead,
    oldestAt: oldest ? await madeAt(ctx, oldest) : null,
  }
}

/** When a waiting op was made (epoch ms by this phone's clock); null when its box does not open. */
export const madeAt = (ctx: Context, row: OutRow): Promise<number | null> =>
  openOp(ctx.sealer, row).then(
    (op) => op.t[0],
    () => null,
  )

/**
 * An op made under an earlier number of this installation says so, so that the server can find its first receipt; one taken from a
 * backup already does.
 */
export function asMade(op: Op, identity: Identity): Op {
  if (op.as) return op
  const former = identity.former.find((one) => op.n < one.below)
  return former ? { ...op, as: [former.device, op.n] } : op
}

/** So many of the first waiting ops that may go, in order. */
async function firstWaiting(ctx: Context, count: number, mayGo: (row: OutRow) => boolean): Promise<OutRow[]> {
  const found: OutRow[] = []
  for (let after = 0; found.length < count;) {
    const range = { after, limit: count }
    const rows = await ctx.tables.read(['out'], ({ out }) => out.all(range))
    found.push(...rows.filter(mayGo))
    if (rows.length < count) break
    after = rows[rows.length - 1]?.n ?? after
  }
  return found.slice(0, count)
}

async function batch(
  ctx: Context,
  limits: { ops: number; bytes: number },
  parked: ReadonlySet<number>,
): Promise<Batch | null> {
  const found: Batch = { county: '', ops: [] }
  let bytes = 0
  // A box that does not open stands aside; it is still there for whoever can open it.
  const rows = await firstWaiting(ctx, limits.ops * 2, (row) => row.state !== 'held' && !parked.has(row.n))
  for (const row of rows) {
    if (found.ops.length >= limits.ops) break
    const op = await openOp(ctx.sealer, row).then(
      (one) => asMade(one, ctx.identity as Identity),
      () => null,
    )
    if (!op || (found.county !== '' && countyOf(op.r) !== found.county)) continue
    bytes += JSON.stringify(op).length * 2
    if (found.ops.length > 0 && bytes > limits.bytes) break
    found.county = countyOf(op.r)
    found.ops.push(op)
  }
  return found.ops.length > 0 ? found : null
}

/** The engine's store over one vault. */
export const engineStore = (ctx: Context): EngineStore => ({
  facts: () => facts(ctx),
  batch: (limits, parked) => batch(ctx, limits, parked),
  hello: (line, clock, fence) => applyHello(ctx, line, clock, fence),
  acks: (decided, at, fence) => applyAcks(ctx, decided, at + ctx.sync.offset, fence),
  page: (line, fence) => applyPage(ctx, line, fence),
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
})
