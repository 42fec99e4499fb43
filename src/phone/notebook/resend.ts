import type { Kind } from '#domain/record/kind.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import { readArgs } from '#sync/fold/fold.ts'
import type { Op } from '#sync/protocol/op.ts'
import type { Edit, Saved, SaveRefusal } from '../api.ts'
import { keyOf, type RecRow } from '../database/rows.ts'
import { foldAnew, refold } from '../engine/refold.ts'
import { newId, type Context } from './context.ts'
import { planEdits, type Plan, type Planned, type Read } from './plan.ts'
import { readBefore } from './read-before.ts'
import {
  decide,
  readCase,
  ringRowsOf,
  standsOn,
  tellDecided,
  writeDecision,
  type RefusalCase,
} from './refusal-case.ts'
import { sealPlan } from './write-plan.ts'

/** An op that the server held back because of the refused one, as the same edit made anew: it has no receipt, so it may. */
function again(op: Op): Planned {
  const args = readArgs(op)
  const [kind, id] = op.e
  return {
    op: op.k,
    kind: kind as Kind,
    id,
    region: op.r,
    args: args?.ok ? args.value : op.a,
    ...(op.s ? { s: op.s } : {}),
  }
}

/** What the edits stand on: the records as they are without the refused op and what hangs on it. */
async function readWithout(
  ctx: Context,
  one: RefusalCase,
  edits: readonly Planned[],
  gone: ReadonlySet<number>,
): Promise<Read> {
  const read = await readBefore(ctx, edits, true)
  for (const around of one.arounds) {
    const stands = await standsOn(ctx, around, gone)
    const stored = foldAnew(ctx, stands)
    const pending = stands.waiting.length
    if (stored) read.records.set(around.key, { rv: around.row?.rv ?? 0, pending, stored })
    else read.records.delete(around.key)
    if (gone.has(read.creates.get(around.key) ?? 0)) read.creates.delete(around.key)
  }
  return read
}

function plan(ctx: Context, edits: readonly Planned[], read: Read): Result<Plan> {
  if (!ctx.me || !ctx.identity) return refuse('not-entered')
  return planEdits(edits, read.records, {
    ...read,
    me: ctx.me,
    device: ctx.identity.device,
    offset: ctx.sync.offset,
    wall: ctx.ports.clock.now(),
    mono: ctx.ports.clock.mono(),
    newId: () => newId(ctx.ports),
  })
}

async function attempt(
  ctx: Context,
  one: RefusalCase,
  edits: readonly Edit[],
): Promise<Result<Saved, SaveRefusal> | 'changed'> {
  const gone = new Set([one.refused.op, ...one.hanging].map((op) => op.n))
  const planned = [...edits.map((edit) => ({ ...edit, s: one.made })), ...one.hanging.map(again)]
  const read = await readWithout(ctx, one, planned, gone)
  if (read.next !== one.next) return 'changed'
  const made = plan(ctx, planned, read)
  if (!made.ok) return made
  const sealed = await sealPlan(ctx, made.value, one.next)
  const rows = new Map(sealed.recs.map((row) => [keyOf(row.kind, row.id), row]))
  const ns = made.value.ops.map((op) => op.n)
  const ring = await Promise.all([
    ringRowsOf(ctx, [one.refused.op], { superseded: ns.slice(0, edits.length) }),
    ...one.hanging.map((op, at) =>
      ringRowsOf(ctx, [op], { superseded: ns.slice(edits.length + at, edits.length + at + 1) }),
    ),
  ])
  const isWritten = await writeDecision(ctx, one, {
    recs: await Promise.all(
      one.arounds.map(
        async (around): Promise<RecRow | null> =>
          rows.get(around.key) ?? refold(ctx, await standsOn(ctx, around, gone)),
      ),
    ),
    ring: ring.flat(),
    dead: null,
    added: sealed.outs,
    metas: sealed.metas,
  })
  if (!isWritten) return 'changed'
  tellDecided(ctx, one)
  return accept({ keys: [...rows.keys()], at: ctx.ports.clock.now() })
}

/**
 * Saves edits in the place of a refused op, which they supersede, together or not at all; what hung on it is made anew behind them.
 * @returns `decided` when it is no longer among the refused ones
 */
export async function resend(
  ctx: Context,
  n: number,
  edits: readonly Edit[],
): Promise<Result<Saved, SaveRefusal>> {
  if (edits.length === 0) return refuse('malformed')
  const keys = edits.map((edit) => keyOf(edit.kind, edit.id))
  return decide(ctx, async (mayBeDone) => {
    const one = await readCase(ctx, n, keys)
    if (one) return attempt(ctx, one, edits)
    return mayBeDone ? accept({ keys, at: ctx.ports.clock.now() }) : refuse('decided')
  })
}
