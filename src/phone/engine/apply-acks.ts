import type { Op } from '#sync/protocol/op.ts'
import { localContext } from '#sync/fold/effective.ts'
import { fold, isAside } from '#sync/fold/fold.ts'
import type { Ack } from '#sync/protocol/wire.ts'
import type { Decided } from '#sync/engine/ports.ts'
import { evict } from '../database/evict.ts'
import {
  idOf,
  type DeadRow,
  type OutRow,
  type OutState,
  type RecRow,
  type RingRow,
} from '../database/rows.ts'
import { sealOp, sealRefused, sealRing } from '../record/op-box.ts'
import type { Context } from '../notebook/context.ts'
import { stateFrom, standingOf } from '../notebook/standing.ts'
import type { Standing } from '../record/stored.ts'
import { checkFence } from './lease.ts'
import {
  baseOf,
  isSame,
  openAround,
  openOps,
  openRefusedOps,
  opKey,
  readAround,
  refold,
  stampOf,
  type Around,
} from './refold.ts'

const TAKEN: readonly string[] = ['ok', 'merged']
const NOT_TAKEN: readonly string[] = ['rejected', 'quarantined']
const PARKED: readonly string[] = ['blocked', 'later']

/** What a set of decisions does to the stores; sealed outside, compared and put inside. */
interface Change {
  recs: { row: RecRow | null; stamp: { rv: number; pending: number } | null; id: string }[]
  ring: RingRow[]
  dead: DeadRow[]
  parked: { n: number; state: OutState }[]
  /** Acknowledged once, offered again to a new history, and held back there because of another: they wait again. */
  back: OutRow[]
}

/**
 * Folds a taken op into the base until the server's own row comes. The version stays the old one: others' changes that the server
 * has in between were not seen here (I-24), and the row that brings them must still be newer.
 */
function taken(base: Standing | null, op: Op, ctx: Context): Standing | null {
  const [kind, id] = op.e
  const context = localContext(op, ctx.me?.person ?? null, ctx.identity?.device ?? 0)
  const done = fold(base ? stateFrom(kind, id, base) : null, op, context)
  return done?.ok ? { ...standingOf(done.value.state), rv: base?.rv ?? 0 } : base
}

/** What an author said of a refused op asks for no decision of theirs, whatever the server made of it. */
const needsAuthor = ({ ack, op }: Decided): boolean => NOT_TAKEN.includes(ack[1]) && !isAside(op)
const isDone = (one: Decided): boolean =>
  TAKEN.includes(one.ack[1]) || (NOT_TAKEN.includes(one.ack[1]) && !needsAuthor(one))

const refusedOf = ({ ack, op }: Decided) => ({ op, outcome: ack[1], code: ack[4].code ?? ack[1] })

async function recordAfter(
  ctx: Context,
  around: Around,
  decided: readonly Decided[],
): Promise<Change['recs'][number]> {
  const before = await openAround(ctx, around)
  const gone = new Set(
    decided
      .filter(({ ack }) => TAKEN.includes(ack[1]) || NOT_TAKEN.includes(ack[1]))
      .map(({ ack }) => ack[0]),
  )
  const here = new Set(around.out.map((one) => one.n))
  const back = decided.filter((one) => isBlocked(one) && !here.has(one.op.n)).map(({ op }) => op)
  const still = await openOps(
    ctx,
    around.out.filter((one) => !gone.has(one.n)),
  )
  const waiting = [...still, ...back].sort((a, b) => a.n - b.n)
  const refused = [
    ...(await openRefusedOps(ctx, around.dead)),
    ...decided.filter(needsAuthor).map(({ op }) => op),
  ]
  const base = decided
    .filter(({ ack }) => TAKEN.includes(ack[1]))
    .reduce((standing, { op }) => taken(standing, op, ctx), baseOf(before))
  // Kept only for work that is decided now.
  const isLeft = before?.gone === true && waiting.length === 0 && refused.length === 0
  if (isLeft) return { row: null, stamp: stampOf(around.row), id: idOf(around.key) }
  const row = await refold(ctx, {
    key: around.key,
    base,
    waiting,
    refused,
    before,
  })
  return { row, stamp: stampOf(around.row), id: idOf(around.key) }
}

const isBlocked = ({ ack }: Decided): boolean => ack[1] === 'blocked'

const parkedAs = (ack: Ack): OutState => (ack[1] === 'blocked' ? 'blocked' : 'later')

async function plan(ctx: Context, decided: readonly Decided[], at: number): Promise<Change> {
  const keys = [...new Set(decided.map(({ op }) => opKey(op)))]
  const arounds = await readAround(ctx, keys)
  const offeredAgain = await ctx.tables.read(['ring'], ({ ring }) => ring.by('again', { is: 1 }))
  const again = new Set(offeredAgain.map((row) => row.n))
  // Ops that another runner has already moved are left alone.
  const here = new Set(arounds.flatMap((one) => one.out.map((row) => row.n)))
  const mine = decided.filter(({ ack }) => here.has(ack[0]) || again.has(ack[0]))
  // What was acknowledged before is in its record already; the server's row brings whatever the new history made of it.
  const changing = mine.filter((one) => here.has(one.ack[0]) || needsAuthor(one) || isBlocked(one))
  return {
    recs: await Promise.all(
      arounds.map((one) =>
        recordAfter(
          ctx,
          one,
          changing.filter(({ op }) => opKey(op) === one.key),
        ),
      ),
    ),
    ring: await Promise.all(
      mine.filter(isDone).map(async ({ ack, op }) => ({
        n: ack[0],
        i: op.i,
        ackedAt: at,
        box: await sealRing(ctx.sealer, op, ack),
      })),
    ),
    dead: await Promise.all(
      mine.filter(needsAuthor).map(async (one) => ({
        n: one.ack[0],
        i: one.op.i,
        key: opKey(one.op),
        box: await sealRefused(ctx.sealer, refusedOf(one)),
      })),
    ),
    parked: mine
      .filter(({ ack }) => PARKED.includes(ack[1]) && here.has(ack[0]))
      .map(({ ack }) => ({ n: ack[0], state: parkedAs(ack) })),
    back: await Promise.all(
      mine
        .filter((one) => isBlocked(one) && !here.has(one.op.n))
        .map(async ({ op }) => ({
          n: op.n,
          i: op.i,
          key: opKey(op),
          state: 'blocked' as const,
          box: await sealOp(ctx.sealer, op),
        })),
    ),
  }
}

async function write(ctx: Context, change: Change, fence: number | null): Promise<boolean> {
  return ctx.tables.write(['rec', 'out', 'dead', 'ring', 'meta'], 'strict', async (tables) => {
    await checkFence(tables, fence)
    const rows = await tables.rec.getMany(change.recs.map((one) => one.id))
    if (!change.recs.every((one, at) => isSame(rows[at], one.stamp))) return false
    const moved = [...change.ring, ...change.dead].map((one) => one.n)
    const states = new Map(change.parked.map((one) => [one.n, one.state]))
    const parked = await tables.out.getMany([...states.keys()])
    await Promise.all([
      tables.ring.putMany(change.ring),
      tables.dead.putMany(change.dead),
      tables.rec.putMany(rowsAfter(change, rows)),
      // The only place where an op leaves the outbox, and always into another store (I-3).
      tables.out.deleteMany(moved),
      // Offered again after a new history, and not taken this time.
      tables.ring.deleteMany([...change.dead, ...change.back].map((one) => one.n)),
      tables.out.putMany(change.back),
      tables.out.putMany(
        parked.flatMap((row) => (row ? [{ ...row, state: states.get(row.n) ?? row.state }] : [])),
      ),
    ])
    // A record that was kept only for what is decided now.
    await evict(
      tables,
      change.recs.flatMap((one) => (one.row === null && one.stamp ? [one.id] : [])),
    )
    return true
  })
}

/** The records as they stand after it; one of which nothing is left waits for nothing any more. */
const rowsAfter = (change: Change, before: readonly (RecRow | undefined)[]): RecRow[] =>
  change.recs.flatMap(({ row }, at) => {
    const old = before[at]
    return row ? [row] : old ? [{ ...old, pending: 0 }] : []
  })

/**
 * Applies what the server decided: taken ops go to the ring, refused ones to `dead` with their reason, the rest stays. Strict,
 * because a forgotten refusal would be a lost edit.
 * @param at server time, epoch ms
 */
export async function applyAcks(
  ctx: Context,
  decided: readonly Decided[],
  at: number,
  fence: number | null,
): Promise<void> {
  const settled = decided.filter(({ ack }) => ack[1] !== 'fork')
  if (settled.length === 0) return
  while (!(await write(ctx, await plan(ctx, settled, at), fence))) {
    // An edit came in between: read, fold and seal again.
  }
  ctx.notes.tell({ keys: [...new Set(settled.map(({ op }) => opKey(op)))], queue: true })
}
