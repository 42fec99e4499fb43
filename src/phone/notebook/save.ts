import { accept, refuse, type Result } from '#domain/result.ts'
import type { Edit, Saved, SaveRefusal } from '../api.ts'
import { isConnectionLost } from '../database/connect.ts'
import { storageFailure } from '../database/failures.ts'
import { idOf, kindOf } from '../database/rows.ts'
import { rowOf } from '../record/row-of-body.ts'
import { newId, type Context } from './context.ts'
import { planEdits, type Plan, type PlanFacts } from './plan.ts'
import { readBefore } from './read-before.ts'
import { remember } from './remember.ts'
import { isThere, sealPlan, writePlan, type KeptFiles, type With } from './write-plan.ts'

/** A save that lost against another tab this often is not a race but a fault of ours. */
const MAX_RACES = 1000

const bytesOf = (files: KeptFiles): number => files.chunks.reduce((sum, one) => sum + one.box.length, 0)

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
    if (!(await writePlan(ctx, plan.value, sealed, read.next, more))) return 'race'
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
