import { countyOf } from '#domain/region/code.ts'
import type { Op } from '#sync/protocol/op.ts'
import type { Batch, BatchLimits, Facts } from '#sync/engine/ports.ts'
import type { OutRow, RingRow } from '../database/rows.ts'
import type { ReadTables } from '../database/tables.ts'
import { openOp, openRing } from '../record/op-box.ts'
import type { Context, Identity } from '../notebook/context.ts'

/** What offering needs of an open vault; a worker without a notebook has that much. */
export type Offering = Pick<Context, 'tables' | 'sealer' | 'me' | 'identity' | 'sync'>

/** What waits here, as one transaction saw it. */
export interface Waiting {
  out: number
  records: number
  dead: number
  blobs: number
  /** The op that has waited longest. */
  oldest: OutRow | undefined
}

/** Counts what waits, inside a transaction. */
export async function waitingIn(tables: ReadTables<'out' | 'dead' | 'blob'>): Promise<Waiting> {
  const [out, keys, dead, blobs, [oldest]] = await Promise.all([
    tables.out.count(),
    tables.out.distinct('key'),
    tables.dead.count(),
    tables.blob.countBy('state', { is: 'waiting' }),
    tables.out.all({ limit: 1 }),
  ])
  return { out, records: keys.length, dead, blobs, oldest }
}

/** What every request says of this phone; null: nobody is enrolled. */
export async function pushFacts(ctx: Offering, waiting: Waiting): Promise<Facts | null> {
  if (!ctx.me || !ctx.identity) return null
  const { oldest, ...counts } = waiting
  return {
    device: ctx.identity.device,
    epoch: ctx.sync.epoch,
    scopeRev: ctx.sync.scopeRev,
    cursors: {},
    ...counts,
    oldestAt: oldest ? await madeAt(ctx, oldest) : null,
    proof: ctx.sync.proof ?? null,
  }
}

/** When a waiting op was made (epoch ms by this phone's clock); null when its box does not open. */
export const madeAt = (ctx: Pick<Context, 'sealer'>, row: OutRow): Promise<number | null> =>
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

/** A box that does not open stands aside; it is still there for whoever can open it. */
const opened = (ctx: Offering, row: OutRow): Promise<Op | null> =>
  openOp(ctx.sealer, row).then(
    (op) => asMade(op, ctx.identity as Identity),
    () => null,
  )

const isOp = (op: Op | null): op is Op => op !== null
const mayGo = (row: OutRow, parked: ReadonlySet<number>): boolean =>
  row.state !== 'held' && row.state !== 'acked' && !parked.has(row.n)

/** So many rows of the outbox are read at once. */
const lotOf = (count: number): number => Math.max(count, 20)

/**
 * So many of the first waiting ops that may go, in order.
 * @param first the first lot of the outbox, when it has been read already
 */
async function firstWaiting(
  ctx: Offering,
  count: number,
  goes: (row: OutRow) => boolean,
  first: readonly OutRow[],
): Promise<OutRow[]> {
  const limit = lotOf(count)
  const found = first.filter(goes)
  for (let last = first; last.length === limit && found.length < count;) {
    const range = { after: last[last.length - 1]?.n ?? 0, limit }
    last = await ctx.tables.read(['out'], ({ out }) => out.all(range))
    found.push(...last.filter(goes))
  }
  return found.slice(0, count)
}

/** An op that may be offered, opened only when its turn comes. */
interface Candidate {
  n: number
  open(): Promise<Op | null>
}

/** Candidates in order, of the first one's county, as many as the limits let go; one always does. */
async function fitting(candidates: readonly Candidate[], limits: BatchLimits): Promise<Batch | null> {
  const found: Batch = { county: '', ops: [] }
  let bytes = 0
  for (let from = 0; from < candidates.length && found.ops.length < limits.ops;) {
    // As many as there is room for are opened side by side.
    const some = candidates.slice(from, from + limits.ops - found.ops.length)
    from += some.length
    for (const op of await Promise.all(some.map((one) => one.open()))) {
      if (!op || (found.county !== '' && countyOf(op.r) !== found.county)) continue
      bytes += JSON.stringify(op).length * 2
      if (found.ops.length > 0 && bytes > limits.bytes) return found
      found.county = countyOf(op.r)
      found.ops.push(op)
    }
  }
  return found.ops.length > 0 ? found : null
}

const ready = (op: Op): Candidate => ({ n: op.n, open: async () => op })

/** The waiting ops on which these hang: earlier ones of their records, and those they name, and so on. */
async function withWhatTheyNeed(
  ctx: Offering,
  urgent: readonly OutRow[],
  goes: (row: OutRow) => boolean,
): Promise<Op[]> {
  const taken = new Map<number, Op>()
  for (let next = [...urgent]; next.length > 0;) {
    const last = new Map(next.map((row) => [row.key, 0]))
    for (const row of next) last.set(row.key, Math.max(last.get(row.key) ?? 0, row.n))
    const same = await ctx.tables.read(['out'], ({ out }) => out.by('key', { anyOf: [...last.keys()] }))
    const rows = same.filter((row) => goes(row) && row.n <= (last.get(row.key) ?? 0) && !taken.has(row.n))
    const ops = (await Promise.all(rows.map((row) => opened(ctx, row)))).filter(isOp)
    for (const op of ops) taken.set(op.n, op)
    const named = ops.flatMap((op) => op.d ?? []).filter((n) => !taken.has(n))
    const needed = await ctx.tables.read(['out'], ({ out }) => out.getMany([...new Set(named)]))
    next = needed.filter((row): row is OutRow => row !== undefined && goes(row))
  }
  return [...taken.values()].sort((a, b) => a.n - b.n)
}

/** Ops with a danger in them, with what they hang on and nothing else; null: there are none. */
async function urgentBatch(
  ctx: Offering,
  marked: readonly OutRow[],
  limits: BatchLimits,
  goes: (row: OutRow) => boolean,
): Promise<Batch | null> {
  const urgent = marked.filter(goes)
  if (urgent.length === 0) return null
  const found = await fitting((await withWhatTheyNeed(ctx, urgent, goes)).map(ready), limits)
  return found && { ...found, urgent: true }
}

/**
 * An acknowledged op that is offered again because the server's history is another one. Opened only when its turn comes: a ring holds
 * weeks of work. What its author has given up since is not offered.
 * @param given is told of those
 */
const ringAgain = (ctx: Offering, row: RingRow, given: RingRow[]): Candidate => ({
  n: row.n,
  async open() {
    const found = await openRing(ctx.sealer, row).catch(() => null)
    if (found && !found.isGivenUp) return asMade({ ...found.op, n: row.n }, ctx.identity as Identity)
    given.push(row)
    return null
  },
})

/** Takes the mark away from what is not to be offered again. */
const unmark = (ctx: Offering, given: readonly RingRow[]): Promise<void> =>
  ctx.tables.write(['ring'], 'relaxed', ({ ring }) =>
    ring.putMany(given.map(({ again: _mark, ...row }) => row)),
  )

/** What may be offered, as one transaction saw it. */
export interface Offered {
  /** With a danger in them. */
  marked: readonly OutRow[]
  /** The first lot of the outbox. */
  first: readonly OutRow[]
  /** Acknowledged, and to be heard again by a new history. */
  ring: readonly RingRow[]
}

/** Reads what may be offered, inside a transaction; from the ring only where its table is given. */
export async function offeredIn(
  { out, ring }: ReadTables<'out'> & Partial<ReadTables<'ring'>>,
  limits: BatchLimits,
): Promise<Offered> {
  const [marked, first, again] = await Promise.all([
    out.by('first', { is: 1 }),
    out.all({ limit: lotOf(limits.ops * 2) }),
    ring ? ring.by('again', { is: 1 }) : [],
  ])
  return { marked, first, ring: again }
}

/**
 * The next ops to offer: first those with a danger in them; then what a new history must hear again and what was never decided;
 * last what the server could not decide yet.
 * @param offered as read a moment ago with the same limits
 */
export async function batchOf(
  ctx: Offering,
  { marked, first, ring }: Offered,
  limits: BatchLimits,
  parked: ReadonlySet<number>,
): Promise<Batch | null> {
  const goes = (row: OutRow): boolean => mayGo(row, parked)
  const wanted = limits.ops * 2
  const urgent = await urgentBatch(ctx, marked, limits, goes)
  if (urgent) return urgent
  const given: RingRow[] = []
  const old = ring.filter((row) => !parked.has(row.n)).map((row) => ringAgain(ctx, row, given))
  const fresh = await firstWaiting(ctx, wanted, (row) => goes(row) && row.state === 'ready', first)
  const rows = fresh.length > 0 ? fresh : await firstWaiting(ctx, wanted, goes, first)
  const waiting = rows.map((row): Candidate => ({ n: row.n, open: () => opened(ctx, row) }))
  const found = await fitting(
    [...old, ...waiting].sort((a, b) => a.n - b.n),
    limits,
  )
  if (given.length > 0) await unmark(ctx, given)
  return found
}

/** Limits of a look whether there is anything at all. */
export const ONE: BatchLimits = { ops: 1, bytes: 1 }

/** Whether there is anything to offer. @param offered as read a moment ago with the limits of `ONE` */
export const hasMoreIn = async (
  ctx: Offering,
  offered: Offered,
  parked: ReadonlySet<number>,
): Promise<boolean> => (await batchOf(ctx, offered, ONE, parked)) !== null
