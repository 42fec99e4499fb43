import type { Id } from '#domain/id.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import type { Edit, Saved, SaveRefusal } from '../api.ts'
import { isConnectionLost } from '../database/connect.ts'
import { storageFailure } from '../database/failures.ts'
import {
  idOf,
  keyOf,
  kindOf,
  META,
  type BlobRow,
  type Bytes,
  type ChunkRow,
  type MetaRow,
  type OutRow,
  type RecRow,
  type Store,
} from '../database/rows.ts'
import type { WriteTables } from '../database/tables.ts'
import { sealOp } from '../record/op-box.ts'
import { rowOf } from '../record/row-of-body.ts'
import { isUrgent } from '../record/urgent.ts'
import { sealStored } from '../record/stored.ts'
import { newId, type Context } from './context.ts'
import { readBefore } from './read-before.ts'
import { planEdits, type Before, type Plan, type PlanFacts } from './plan.ts'
import { remember } from './remember.ts'

/** A save that lost against another tab this often is not a race but a fault of ours. */
const MAX_RACES = 1000

/** Bytes of files that are saved with the records they belong to. */
export interface KeptFiles {
  blobs: readonly BlobRow[]
  chunks: readonly ChunkRow[]
}

const bytesOf = (files: KeptFiles): number => files.chunks.reduce((sum, one) => sum + one.box.length, 0)

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
    ? row?.rv === before.rv && row.pending === before.pending && isSameBox(before.box, row.box)
    : row === undefined

function isSameBox(before: Bytes | undefined, box: Bytes): boolean {
  if (before === undefined) return true
  for (let at = 0; at < box.length; at++) if (before[at] !== box[at]) return false
  return before.length === box.length
}

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
async function write(
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
const isThere = (ctx: Context, plan: Plan): Promise<boolean> =>
  ctx.tables.read(['out', 'ring', 'dead'], async ({ out, ring, dead }) => {
    const waiting = await out.getMany(plan.ops.map((op) => op.n))
    const moved = plan.ops.filter((op, at) => waiting[at]?.i !== op.i)
    if (moved.length === 0) return true
    const ns = moved.map((op) => op.n)
    const found = (await Promise.all([ring.getMany(ns), dead.getMany(ns)])).flat()
    return moved.every((op) => found.some((row) => row?.i === op.i))
  })

/** Tells everybody what was saved, and wakes the engine. */
function tell(ctx: Context, plan: Plan, drafts: boolean): Saved {
  const keys = [...plan.after.keys()]
  const rows = [...plan.after].flatMap(([key, { stored, pending }]) => {
    const row = rowOf({ id: idOf(key), kind: kindOf(key), pending }, stored)
    return row ? [row] : []
  })
  const last = plan.ops[plan.ops.length - 1]?.n ?? 0
  ctx.notes.tell({ keys, queue: true, saved: { ops: plan.ops.length, last }, drafts, rows })
  return { keys, at: ctx.ports.clock.now() }
}

async function attempt(
  ctx: Context,
  edits: readonly Edit[],
  more: With,
  anew: boolean,
): Promise<Result<Plan, SaveRefusal> | 'race' | { lost: Plan }> {
  if (!ctx.me || !ctx.identity) return refuse('not-entered')
  const read = await readBefore(ctx, edits, anew)
  const facts: PlanFacts = {
    ...read,
    me: ctx.me,
    device: ctx.identity.device,
    offset: ctx.sync.offset,
    wall: ctx.ports.clock.now(),
    mono: ctx.ports.clock.mono(),
    newId: () => newId(ctx.ports),
  }
  const plan = planEdits(edits, read.records, facts)
  // What was remembered may be old: only what was read may refuse.
  if (!plan.ok && ctx.last && !anew) return 'race'
  if (!plan.ok) return plan
  const sealed = await sealPlan(ctx, plan.value, read.next)
  try {
    ctx.last = null
    if (!(await write(ctx, plan.value, sealed, read.next, more))) return 'race'
    ctx.last = remember(read, plan.value, sealed.recs)
    return plan
  } catch (error) {
    if (isConnectionLost(error)) return { lost: plan.value }
    throw error
  }
}

/**
 * Saves edits together or not at all (I-1): read, fold and seal outside, then one strict transaction that compares and puts.
 * @param more a draft is removed in the same transaction, so that a form is never both a draft and a record; files are put in it
 * @returns what was saved, after it was read back; or why nothing was
 */
export async function saveEdits(
  ctx: Context,
  edits: readonly Edit[],
  more: With = {},
): Promise<Result<Saved, SaveRefusal>> {
  const { draft, files } = more
  if (edits.length === 0) return refuse('malformed')
  try {
    // Files go before text does when there is little room; text is refused by the full store alone (L-29).
    if (files && !(await ctx.budget.mayKeep(bytesOf(files)))) return refuse('storage-low')
    for (let races = 0, losses = 0; races < MAX_RACES; races++) {
      const done = await attempt(ctx, edits, more, races + losses > 0)
      if (done === 'race') {
        // A tab that saves in a burst is faster than one that has to read first; let it finish.
        if (races > 0) await new Promise<void>((go) => ctx.ports.idle(go))
        continue
      }
      if ('lost' in done) {
        // The connection broke while writing: it may or may not have been committed, and only the op's own id can tell.
        if (++losses > 2) return refuse('storage-broken')
        await ctx.tables.reopen()
        if (await isThere(ctx, done.lost)) return accept(tell(ctx, done.lost, draft !== undefined))
        continue
      }
      if (!done.ok) return done
      return accept(tell(ctx, done.value, draft !== undefined))
    }
    return refuse('storage-broken')
  } catch (error) {
    const failure = storageFailure(error)
    if (failure) return refuse(failure)
    throw error
  }
}
