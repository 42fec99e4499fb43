import type { Id } from '#domain/id.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import type { Edit, Saved, SaveRefusal } from '../api.ts'
import { isConnectionLost, reading, reopen, watched } from '../database/connect.ts'
import { storageFailure } from '../database/failures.ts'
import { idOf, keyOf, kindOf, META, type MetaRow, type OutRow, type RecRow } from '../database/rows.ts'
import { sealOp } from '../record/op-box.ts'
import { openStored, sealStored } from '../record/stored.ts'
import { newId, type Context } from './context.ts'
import { planEdits, type Before, type Plan, type PlanFacts } from './plan.ts'

/** A save that lost against another tab this often is not a race but a fault of ours. */
const MAX_RACES = 50

interface Read {
  records: Map<string, Before>
  next: number
  papers: Map<string, number>
  creates: Map<string, number>
}

/** Keys an edit reads: its own record and the dispute it names. */
const keysOf = (edit: Edit): string[] => {
  const named = edit.args['dispute']
  return typeof named === 'string'
    ? [keyOf(edit.kind, edit.id), keyOf('dispute', named)]
    : [keyOf(edit.kind, edit.id)]
}

/** Reads what the edits stand on, in one transaction; opening the boxes comes after it. */
async function readBefore(ctx: Context, edits: readonly Edit[]): Promise<Read> {
  const { db } = ctx
  const keys = [...new Set(edits.flatMap(keysOf))]
  const numbered = edits.some((one) => one.args['paperNo'] === '')
  const raw = await reading(db, () =>
    db.transaction('r', db.rec, db.out, db.meta, async () => ({
      rows: await db.rec.bulkGet(keys.map(idOf)),
      next: await db.meta.get(META.next),
      papers: numbered ? await db.meta.where('name').startsWith('paper/').toArray() : [],
      waiting: await db.out.where('key').anyOf(keys).toArray(),
    })),
  )
  const records = new Map<string, Before>()
  const creates = new Map<string, number>()
  for (const row of raw.rows) {
    if (!row) continue
    const key = keyOf(row.kind, row.id)
    const stored = await openStored(ctx.sealer, row)
    records.set(key, { rv: row.rv, pending: row.pending, stored })
    // The server does not have it and nothing was refused: then the first op that waits is the one that makes it.
    const first = raw.waiting.filter((one) => one.key === key).sort((a, b) => a.n - b.n)[0]
    if (stored.base === null && stored.refused === 0 && first) creates.set(key, first.n)
  }
  const papers = new Map(raw.papers.map((one) => [one.name, one.value ?? 0]))
  return { records, next: raw.next?.value ?? 1, papers, creates }
}

interface Sealed {
  recs: RecRow[]
  outs: OutRow[]
  metas: MetaRow[]
}

/** Seals everything before the transaction opens: only IndexedDB requests may happen inside one (trust trap 1). */
async function sealPlan(ctx: Context, plan: Plan, next: number): Promise<Sealed> {
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
      box: await sealOp(ctx.sealer, op),
    })),
  )
  const papers = [...plan.papers].map(([name, value]) => ({ name, value }))
  return { recs, outs, metas: [{ name: META.next, value: next + plan.ops.length }, ...papers] }
}

/** The one strict transaction: compare, then put all or nothing. @returns false when another tab was faster */
async function write(
  ctx: Context,
  plan: Plan,
  sealed: Sealed,
  next: number,
  draft: Id | undefined,
): Promise<boolean> {
  const { db } = ctx
  const stores = draft === undefined ? [db.rec, db.out, db.meta] : [db.rec, db.out, db.meta, db.draft]
  const befores = [...plan.after.values()].map((one) => one.before)
  return watched(ctx.ports.clock.after, (started) =>
    db.transaction('rw', stores, async (transaction) => {
      started(transaction)
      const [counter, rows] = await Promise.all([
        db.meta.get(META.next),
        db.rec.bulkGet(sealed.recs.map((one) => one.id)),
      ])
      if ((counter?.value ?? 1) !== next) return false
      const unchanged = befores.every((before, at) =>
        before.stored
          ? rows[at]?.rv === before.rv && rows[at]?.pending === before.pending
          : rows[at] === undefined,
      )
      if (!unchanged) return false
      const writes: PromiseLike<unknown>[] = [
        db.rec.bulkPut(sealed.recs),
        db.out.bulkAdd(sealed.outs),
        db.meta.bulkPut(sealed.metas),
      ]
      if (draft !== undefined) writes.push(db.draft.delete(draft))
      await Promise.all(writes)
      return true
    }),
  )
}

/** Whether every op of a plan is in the database, wherever it has got to since. */
async function isThere(ctx: Context, plan: Plan): Promise<boolean> {
  const { db } = ctx
  const ns = plan.ops.map((op) => op.n)
  return reading(db, () =>
    db.transaction('r', db.out, db.ring, db.dead, async () => {
      const out = await db.out.bulkGet(ns)
      for (const [at, op] of plan.ops.entries()) {
        const row = out[at] ?? (await db.ring.get(op.n)) ?? (await db.dead.get(op.n))
        if (row?.i !== op.i) return false
      }
      return true
    }),
  )
}

/** Tells everybody what was saved, and wakes the engine. */
function tell(ctx: Context, plan: Plan, drafts: boolean): Saved {
  const keys = [...plan.after.keys()]
  ctx.notes.tell({ keys, queue: true, saved: true, drafts })
  return { keys, at: ctx.ports.clock.now() }
}

async function attempt(
  ctx: Context,
  edits: readonly Edit[],
  draft: Id | undefined,
): Promise<Result<Plan, SaveRefusal> | 'race' | { lost: Plan }> {
  if (!ctx.me || !ctx.identity) return refuse('not-entered')
  const read = await readBefore(ctx, edits)
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
  if (!plan.ok) return plan
  const sealed = await sealPlan(ctx, plan.value, read.next)
  try {
    return (await write(ctx, plan.value, sealed, read.next, draft)) ? plan : 'race'
  } catch (error) {
    if (isConnectionLost(error)) return { lost: plan.value }
    throw error
  }
}

/**
 * Saves edits together or not at all (I-1): read, fold and seal outside, then one strict transaction that compares and puts.
 * @param draft removed in the same transaction, so that a form is never both a draft and a record
 * @returns what was saved, after it was read back; or why nothing was
 */
export async function saveEdits(
  ctx: Context,
  edits: readonly Edit[],
  draft: Id | undefined,
): Promise<Result<Saved, SaveRefusal>> {
  if (edits.length === 0) return refuse('malformed')
  try {
    for (let races = 0, losses = 0; races < MAX_RACES; races++) {
      const done = await attempt(ctx, edits, draft)
      if (done === 'race') continue
      if ('lost' in done) {
        // The connection broke while writing: it may or may not have been committed, and only the op's own id can tell.
        if (++losses > 2) return refuse('storage-broken')
        await reopen(ctx.db)
        if (await isThere(ctx, done.lost)) return accept(tell(ctx, done.lost, draft !== undefined))
        continue
      }
      if (!done.ok) return done
      if (!(await isThere(ctx, done.value))) return refuse('storage-broken')
      return accept(tell(ctx, done.value, draft !== undefined))
    }
    return refuse('storage-broken')
  } catch (error) {
    const failure = storageFailure(error)
    if (failure) return refuse(failure)
    throw error
  }
}
