import { accept, refuse, type Result } from '#domain/result.ts'
import type { Op } from '#sync/protocol/op.ts'
import type { SaveRefusal } from '../api.ts'
import { storageFailure } from '../database/failures.ts'
import { evict } from '../database/evict.ts'
import { idOf, type RecRow, type RingRow } from '../database/rows.ts'
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
} from '../engine/refold.ts'
import { openRefused, sealRing } from '../record/op-box.ts'
import type { Context } from './context.ts'

/** The waiting ops that the server holds back because of this one, and because of those. */
async function dependents(ctx: Context, n: number): Promise<Op[]> {
  const blocked = await openOps(
    ctx,
    (await ctx.tables.read(['out'], ({ out }) => out.all())).filter((row) => row.state === 'blocked'),
  )
  const given = new Set([n])
  const found: Op[] = []
  for (const op of blocked.sort((a, b) => a.n - b.n)) {
    if (!(op.d ?? []).some((one) => given.has(one))) continue
    given.add(op.n)
    found.push(op)
  }
  return found
}

/** A record without the ops that were given up; null when it was nothing else. */
async function without(ctx: Context, around: Around, gone: ReadonlySet<number>): Promise<RecRow | null> {
  const before = await openAround(ctx, around)
  const waiting = await openOps(
    ctx,
    around.out.filter((one) => !gone.has(one.n)),
  )
  const rest = around.dead.filter((one) => !gone.has(one.n))
  const base = baseOf(before)
  if (base === null && waiting.length === 0 && rest.length === 0) return null
  const refused = await openRefusedOps(ctx, rest)
  return refold(ctx, { key: around.key, base, waiting, refused, before })
}

async function attempt(ctx: Context, n: number): Promise<'gone' | 'race' | string[]> {
  const dead = await ctx.tables.read(['dead'], (tables) => tables.dead.get(n))
  if (!dead) return 'gone'
  const refused = await openRefused(ctx.sealer, dead)
  const ops = [refused.op, ...(await dependents(ctx, n))]
  const gone = new Set(ops.map((op) => op.n))
  const arounds = await readAround(ctx, [...new Set(ops.map(opKey))])
  const rows = await Promise.all(arounds.map((one) => without(ctx, one, gone)))
  const ackedAt = ctx.ports.clock.now() + ctx.sync.offset
  const ring = await Promise.all(
    ops.map(async (op): Promise<RingRow> => ({
      n: op.n,
      i: op.i,
      ackedAt,
      box: await sealRing(ctx.sealer, op, { discarded: refused.code }),
    })),
  )
  const done = await ctx.tables.write(['rec', 'out', 'dead', 'ring'], 'strict', async (tables) => {
    const now = await tables.rec.getMany(arounds.map((one) => idOf(one.key)))
    if (!arounds.every((one, at) => isSame(now[at], stampOf(one.row)))) return false
    // Kept in the ring like everything that is decided, for as long as the ring rule says.
    await tables.ring.putMany(ring)
    await tables.dead.deleteMany([n])
    await tables.out.deleteMany(ops.slice(1).map((op) => op.n))
    await tables.rec.putMany(rows.filter((one): one is RecRow => one !== null))
    const nothing = arounds.flatMap((one, at) => (one.row && rows[at] === null ? [one.row] : []))
    await tables.rec.putMany(nothing.map((row) => ({ ...row, pending: 0 })))
    await evict(
      tables,
      nothing.map((row) => row.id),
    )
    return true
  })
  return done ? arounds.map((one) => one.key) : 'race'
}

/**
 * A person's decision to give up a refused op (I-3, I-26), with those that hang on it: the record is folded without them; a record
 * that was nothing else goes.
 */
export async function discardRefused(ctx: Context, n: number): Promise<Result<true, SaveRefusal>> {
  try {
    let done: Awaited<ReturnType<typeof attempt>> = 'race'
    while (done === 'race') done = await attempt(ctx, n)
    if (done !== 'gone') ctx.notes.tell({ keys: done as string[], queue: true })
    return accept(true as const)
  } catch (error) {
    const failure = storageFailure(error)
    if (failure) return refuse(failure)
    throw error
  }
}
