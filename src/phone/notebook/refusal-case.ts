import { refuse, type Result } from '#domain/result.ts'
import { madeAs } from '#sync/protocol/op-hash.ts'
import type { Op } from '#sync/protocol/op.ts'
import type { SaveRefusal } from '../api.ts'
import { isConnectionLost } from '../database/connect.ts'
import { evict } from '../database/evict.ts'
import { storageFailure } from '../database/failures.ts'
import {
  idOf,
  keyOf,
  META,
  type DeadRow,
  type MetaRow,
  type OutRow,
  type RecRow,
  type RingRow,
} from '../database/rows.ts'
import {
  baseOf,
  isSame,
  openAround,
  openOps,
  openRefusedOps,
  opKey,
  readAround,
  stampOf,
  type Around,
  type Refold,
} from '../engine/refold.ts'
import { asMade } from '../engine/offering.ts'
import { openOp, openRefused, sealOp, sealRing, type Refused, type Settled } from '../record/op-box.ts'
import { newId, type Context, type Identity } from './context.ts'

/** A refused op about which its author decides, with everything the decision touches, as it was read. */
export interface RefusalCase {
  dead: DeadRow
  refused: Refused
  /** The device and number it was first made as. */
  made: [device: number, n: number]
  /** Waiting ops that make no sense without it, near or far, in order; the server holds them back, or will. */
  hanging: Op[]
  /** The records of all these. */
  arounds: Around[]
  /** The number the next op gets. */
  next: number
}

/** The names under which other ops of this phone may hang on an op: its number here, and the one it was first made as. */
const namesOf = (op: Op): string[] => [`#${op.n}`, ...(op.as ? [op.as.join('/')] : [])]
const hangsOn = (op: Op): string[] => (op.d ?? []).map((n) => (op.as ? `${op.as[0]}/${n}` : `#${n}`))

/** Waiting ops, without those whose box does not open: nobody knows on what they hang. */
const openReadable = async (ctx: Context, rows: readonly OutRow[]): Promise<Op[]> =>
  (await Promise.all(rows.map((row) => openOp(ctx.sealer, row).catch(() => null)))).filter(
    (op): op is Op => op !== null,
  )

/** The waiting ops that hang on an op, near or far, whatever the server has said of them. */
function hangingOn(op: Op, waiting: readonly Op[]): Op[] {
  const names = new Set(namesOf(op))
  const found: Op[] = []
  for (const one of [...waiting].sort((a, b) => a.n - b.n)) {
    if (!hangsOn(one).some((name) => names.has(name))) continue
    for (const name of namesOf(one)) names.add(name)
    found.push(one)
  }
  return found
}

/**
 * Reads a refused op and what hangs on it.
 * @param keys of further records that the decision touches
 * @returns null when it is no longer among the refused ones
 */
export async function readCase(
  ctx: Context,
  n: number,
  keys: readonly string[] = [],
): Promise<RefusalCase | null> {
  const [dead, out, next] = await ctx.tables.read(['dead', 'out', 'meta'], (tables) =>
    Promise.all([tables.dead.get(n), tables.out.all(), tables.meta.get(META.next)]),
  )
  if (!dead) return null
  const refused = await openRefused(ctx.sealer, dead)
  const hanging = hangingOn(refused.op, await openReadable(ctx, out))
  const identity = ctx.identity as Identity
  return {
    dead,
    refused,
    made: madeAs(asMade(refused.op, identity), identity.device),
    hanging,
    arounds: await readAround(ctx, [...new Set([...[refused.op, ...hanging].map(opKey), ...keys])]),
    next: next?.value ?? 1,
  }
}

/**
 * What folding a record anew works on, without ops that are gone and with ops that come.
 * @param added ops that wait from now on, by `n`
 */
export async function standsOn(
  ctx: Context,
  around: Around,
  gone: ReadonlySet<number>,
  added: readonly Op[] = [],
): Promise<Refold> {
  const before = await openAround(ctx, around)
  const waiting = await openOps(
    ctx,
    around.out.filter((row) => !gone.has(row.n)),
  )
  const refused = await openRefusedOps(
    ctx,
    around.dead.filter((row) => !gone.has(row.n)),
  )
  const coming = added.filter((op) => opKey(op) === around.key)
  return { key: around.key, base: baseOf(before), waiting: [...waiting, ...coming], refused, before }
}

/** An op that says something beside the refused one's record. */
export const asideOp = (ctx: Context, one: RefusalCase, k: string, n: number, a: Op['a']): Op => ({
  i: newId(ctx.ports),
  n,
  k,
  v: 1,
  e: one.refused.op.e,
  r: one.refused.op.r,
  b: one.refused.op.b,
  a: { device: one.made[0], n: one.made[1], ...a },
  t: [ctx.ports.clock.now(), ctx.ports.clock.mono(), ctx.sync.offset],
})

export const outRowOf = async (ctx: Context, op: Op): Promise<OutRow> => ({
  n: op.n,
  i: op.i,
  key: keyOf(op.e[0], op.e[1]),
  state: 'ready',
  box: await sealOp(ctx.sealer, op),
})

/** Ops that their author took out of the way, as they are kept for as long as the ring rule says. */
export const ringRowsOf = (ctx: Context, ops: readonly Op[], settled: Settled): Promise<RingRow[]> =>
  Promise.all(
    ops.map(async (op) => ({
      n: op.n,
      i: op.i,
      ackedAt: ctx.ports.clock.now() + ctx.sync.offset,
      box: await sealRing(ctx.sealer, op, settled),
    })),
  )

/** What a decision writes; sealed before the transaction opens. */
export interface Decision {
  /** By the place of their record in `arounds`; null: nothing is left of it. */
  recs: (RecRow | null)[]
  /** Ops that leave `dead` and the outbox, and where they are kept. */
  ring: RingRow[]
  /** The refused op, when it stays. */
  dead: DeadRow | null
  added: OutRow[]
  metas?: MetaRow[]
}

/** Writes a decision, all or nothing. @returns false when something of it had changed since it was read */
export function writeDecision(ctx: Context, one: RefusalCase, decision: Decision): Promise<boolean> {
  const stores = ['rec', 'out', 'dead', 'ring', 'meta'] as const
  const ids = one.arounds.map((around) => idOf(around.key))
  // What this tab remembers of numbers is no longer so.
  ctx.last = null
  return ctx.tables.write(stores, 'strict', async (tables) => {
    const [now, dead, next] = await Promise.all([
      tables.rec.getMany(ids),
      tables.dead.get(one.dead.n),
      tables.meta.get(META.next),
    ])
    const isStill = one.arounds.every((around, at) => isSame(now[at], stampOf(around.row)))
    if (!isStill || dead?.i !== one.dead.i || (next?.value ?? 1) !== one.next) return false
    const moved = decision.ring.map((row) => row.n)
    const nothing = one.arounds.flatMap(({ row }, at) => (row && !decision.recs[at] ? [row] : []))
    await tables.ring.putMany(decision.ring)
    await tables.dead.deleteMany(moved)
    await tables.out.deleteMany(moved)
    if (decision.dead) await tables.dead.put(decision.dead)
    await tables.out.addMany(decision.added)
    await tables.meta.putMany([
      { name: META.next, value: one.next + decision.added.length },
      ...(decision.metas ?? []),
    ])
    await tables.rec.putMany([
      ...decision.recs.filter((row): row is RecRow => row !== null),
      ...nothing.map((row) => ({ ...row, pending: 0 })),
    ])
    await evict(
      tables,
      nothing.map((row) => row.id),
    )
    return true
  })
}

/** What came of trying: undecided means that something had changed meanwhile, and it is tried again. */
export type Tried<T> = T | 'changed'

/**
 * Decides until it is written.
 * @param attempt told whether an attempt before may have been written although nobody answered
 */
export async function decide<T>(
  ctx: Context,
  attempt: (mayBeDone: boolean) => Promise<Tried<Result<T, SaveRefusal>>>,
): Promise<Result<T, SaveRefusal>> {
  let lost = 0
  for (;;) {
    try {
      const done = await attempt(lost > 0)
      if (done !== 'changed') return done
    } catch (error) {
      const failure = storageFailure(error)
      if (!failure) throw error
      if (!isConnectionLost(error) || lost === 2) return refuse(failure)
      lost++
      await ctx.tables.reopen()
    }
  }
}

/** Tells everybody that something was decided, and wakes the engine. */
export const tellDecided = (ctx: Context, one: RefusalCase): void =>
  ctx.notes.tell({ keys: one.arounds.map((around) => around.key), queue: true, decided: true })
