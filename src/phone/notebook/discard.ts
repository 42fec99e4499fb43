import { accept, refuse, type Result } from '#domain/result.ts'
import type { SaveRefusal } from '../api.ts'
import { storageFailure } from '../database/failures.ts'
import { evict } from '../database/evict.ts'
import { idOf, type RecRow } from '../database/rows.ts'
import {
  baseOf,
  isSame,
  openAround,
  openOps,
  openRefusedOps,
  readAround,
  refold,
  stampOf,
} from '../engine/refold.ts'
import { openRefused, sealRing } from '../record/op-box.ts'
import type { Context } from './context.ts'

async function attempt(ctx: Context, n: number): Promise<'gone' | 'race' | string> {
  const { db } = ctx
  const dead = await db.dead.get(n)
  if (!dead) return 'gone'
  const refused = await openRefused(ctx.sealer, dead)
  const [around] = await readAround(ctx, [dead.key])
  if (!around) return 'gone'
  const before = await openAround(ctx, around)
  const rest = around.dead.filter((one) => one.n !== n)
  const waiting = await openOps(ctx, around.out)
  const base = baseOf(before)
  const isNothing = base === null && waiting.length === 0 && rest.length === 0
  const row: RecRow | null = isNothing
    ? null
    : await refold(ctx, {
        key: dead.key,
        stamp: stampOf(around.row),
        base,
        waiting,
        refused: await openRefusedOps(ctx, rest),
        before,
      })
  const box = await sealRing(ctx.sealer, refused.op, { discarded: refused.code })
  const done = await db.transaction('rw', [db.rec, db.out, db.dead, db.ring], async () => {
    if (!isSame(await db.rec.get(idOf(dead.key)), stampOf(around.row))) return false
    // Kept in the ring like everything the server has decided: it holds its own copy of a refused op.
    await db.ring.put({ n, i: dead.i, ackedAt: ctx.ports.clock.now() + ctx.sync.offset, box })
    await db.dead.delete(n)
    if (row) await db.rec.put(row)
    else if (around.row) await evict(db, [idOf(dead.key)])
    return true
  })
  return done ? dead.key : 'race'
}

/** A person's decision to give up a refused op (I-3, I-26): the record is folded without it; a record that was nothing else goes. */
export async function discardRefused(ctx: Context, n: number): Promise<Result<true, SaveRefusal>> {
  try {
    let key = 'race'
    while (key === 'race') key = await attempt(ctx, n)
    if (key !== 'gone') ctx.notes.tell({ keys: [key], queue: true })
    return accept(true as const)
  } catch (error) {
    const failure = storageFailure(error)
    if (failure) return refuse(failure)
    throw error
  }
}
