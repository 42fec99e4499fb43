import type { Id } from '#domain/id.ts'
import {
  idOf,
  isSameBox,
  keyOf,
  kindOf,
  META,
  type BlobRow,
  type ChunkRow,
  type OutRow,
  type RecRow,
  type MetaRow,
  type Store,
} from '../database/rows.ts'
import type { WriteTables } from '../database/tables.ts'
import { sealOp } from '../record/op-box.ts'
import { sealStored } from '../record/stored.ts'
import { isUrgent } from '../record/urgent.ts'
import type { Context } from './context.ts'
import type { Before, Plan } from './plan.ts'

/** Bytes of files that are saved with the records they belong to. */
export interface KeptFiles {
  blobs: readonly BlobRow[]
  chunks: readonly ChunkRow[]
}

/** What goes with an edit in its transaction: a draft that it ends, files that it brings. */
export interface With {
  draft?: Id | undefined
  files?: KeptFiles | undefined
}

/** A plan's rows as they are put. */
export interface Sealed {
  recs: RecRow[]
  outs: OutRow[]
  metas: MetaRow[]
}

/** Seals everything before the transaction opens: only IndexedDB requests may happen inside one (trust trap 1). */
export async function sealPlan(ctx: Context, plan: Plan, next: number): Promise<Sealed> {
  const recs = await Promise.all(
    [...plan.after].map(async ([key, { before, stored, pending }]): Promise<RecRow> => ({
      id: idOf(key),
      kind: kindOf(key),
      village: stored.now.region,
      pending,
      rv: before.rv,
      box: await sealStored(ctx.sealer, key, stored),
    })),
  )
  const outs = await Promise.all(
    plan.ops.map(async (op): Promise<OutRow> => ({
      n: op.n,
      i: op.i,
      key: keyOf(op.e[0], op.e[1]),
      state: 'ready',
      ...(isUrgent(plan.after.get(keyOf(op.e[0], op.e[1]))?.stored.now.body ?? {})
        ? { first: 1 as const }
        : {}),
      box: await sealOp(ctx.sealer, op),
    })),
  )
  const papers = [...plan.papers].map(([name, value]) => ({ name, value }))
  return { recs, outs, metas: [{ name: META.next, value: next + plan.ops.length }, ...papers] }
}

const isSame = (before: Before, row: RecRow | undefined): boolean =>
  before.stored
    ? row?.rv === before.rv &&
      row.pending === before.pending &&
      (before.box === undefined || isSameBox(before.box, row.box))
    : row === undefined

/** Thrown inside the transaction when another tab was faster; everything in it is undone. */
class Race extends Error {
  override name = 'Race'
}

type Touched = WriteTables<'rec' | 'out' | 'meta' | 'draft' | 'blob' | 'chunk'>

/**
 * The one strict transaction: compare and put, all or nothing. The puts are asked for at once and undone when the comparison
 * fails, because waiting for its answer first would cost a way to the store and back.
 * @returns false when another tab was faster
 */
export async function writePlan(
  ctx: Context,
  plan: Plan,
  sealed: Sealed,
  next: number,
  { draft, files }: With,
): Promise<boolean> {
  const stores: Store[] = ['rec', 'out', 'meta']
  if (draft !== undefined) stores.push('draft')
  if (files) stores.push('blob', 'chunk')
  const befores = [...plan.after.values()].map((one) => one.before)
  // What is not there yet is added, which says by itself when it is.
  const known = sealed.recs.filter((_, at) => befores[at]?.stored)
  const work = async (tables: Touched): Promise<boolean> => {
    const counted = tables.meta.get(META.next)
    const found = tables.rec.getMany(known.map((one) => one.id))
    void tables.rec.putMany(known)
    void tables.rec.addMany(sealed.recs.filter((one) => !known.includes(one)))
    void tables.out.addMany(sealed.outs)
    void tables.meta.putMany(sealed.metas)
    if (draft !== undefined) void tables.draft.deleteMany([draft])
    if (files) {
      void tables.blob.addMany(files.blobs)
      // One by one, so that each that is stored is a sign of life: a large file on a slow phone takes its time.
      for (const one of files.chunks) void tables.chunk.put(one)
    }
    const back = tables.out.getMany(sealed.outs.map((one) => one.n))
    const isNext = ((await counted)?.value ?? 1) === next
    const rows = await found
    const stands = befores.filter((one) => one.stored)
    if (!isNext || !stands.every((one, at) => isSame(one, rows[at]))) throw new Race()
    const read = await back
    // Read back, and reported only when the transaction that holds both is complete (L-5).
    if (!sealed.outs.every((one, at) => one.i === read[at]?.i && isSameBox(one.box, read[at].box)))
      throw new DOMException('not what was put', 'DataError')
    return true
  }
  try {
    return await ctx.tables.write(stores as (keyof Touched)[], 'strict', work)
  } catch (error) {
    if (error instanceof Race || (error as DOMException).name === 'ConstraintError') return false
    throw error
  }
}

/** Whether every op of a plan is in the database, wherever it has got to since. */
export const isThere = (ctx: Context, plan: Plan): Promise<boolean> =>
  ctx.tables.read(['out', 'ring', 'dead'], async ({ out, ring, dead }) => {
    const waiting = await out.getMany(plan.ops.map((op) => op.n))
    const moved = plan.ops.filter((op, at) => waiting[at]?.i !== op.i)
    if (moved.length === 0) return true
    const ns = moved.map((op) => op.n)
    const found = (await Promise.all([ring.getMany(ns), dead.getMany(ns)])).flat()
    return moved.every((op) => found.some((row) => row?.i === op.i))
  })
