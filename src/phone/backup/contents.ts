import * as v from 'valibot'
import { IdSchema } from '#domain/id.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import { firstMadeAs, madeAs } from '#sync/protocol/op-hash.ts'
import { OpSchema, type Op } from '#sync/protocol/op.ts'
import { asMade } from '../engine/offering.ts'
import type { Context } from '../notebook/context.ts'
import { openDraft } from '../notebook/drafts.ts'
import { openOp, openRefused, openRing } from '../record/op-box.ts'

const VERSION = 1
const Count = v.pipe(v.number(), v.integer(), v.minValue(0))

/** An op as it was first made, under the number of that device. */
const KeptOpSchema = v.looseObject({ device: Count, op: OpSchema })
export type KeptOp = v.InferOutput<typeof KeptOpSchema>

const DraftSchema = v.looseObject({
  id: IdSchema,
  form: v.string(),
  title: v.string(),
  at: v.number(),
  values: v.record(v.string(), v.unknown()),
})

/**
 * What a backup holds: what this phone has and the server may not have, or may lose: ops that wait, that were refused, and that were
 * handed in not long ago; and what was begun. Records that others can send again are not in it.
 */
const ContentsSchema = v.looseObject({
  v: v.literal(VERSION),
  /** By the clock of the phone that made it, epoch ms. */
  madeAt: v.number(),
  person: IdSchema,
  /** In the order in which they were made here. */
  ops: v.array(KeptOpSchema),
  drafts: v.array(DraftSchema),
})
export type Contents = v.InferOutput<typeof ContentsSchema>

const kept = (ctx: Context, op: Op): KeptOp => {
  const identity = ctx.identity ?? { device: 0, former: [] }
  const sent = asMade(op, identity)
  return { device: madeAs(sent, identity.device)[0], op: firstMadeAs(sent) }
}

/** Reads everything a backup holds; writes nothing, so that a full store can be saved from. A box that does not open is left out. */
export async function readContents(ctx: Context, person: string): Promise<Contents> {
  const [out, dead, ring, drafts] = await ctx.tables.read(['out', 'dead', 'ring', 'draft'], (tables) =>
    Promise.all([tables.out.all(), tables.dead.all(), tables.ring.all(), tables.draft.all()]),
  )
  const ops = await Promise.all([
    ...out.map((row) => openOp(ctx.sealer, row).catch(() => null)),
    ...dead.map((row) =>
      openRefused(ctx.sealer, row).then(
        ({ op }) => ({ ...op, n: row.n }),
        () => null,
      ),
    ),
    ...ring.map((row) =>
      openRing(ctx.sealer, row).then(
        ({ op, isGivenUp }) => (isGivenUp ? null : { ...op, n: row.n }),
        () => null,
      ),
    ),
  ])
  const begun = await Promise.all(drafts.map((row) => openDraft(ctx, row).catch(() => null)))
  return {
    v: VERSION,
    madeAt: ctx.ports.clock.now(),
    person,
    ops: ops
      .filter((op): op is Op => op !== null)
      .sort((one, other) => one.n - other.n)
      .map((op) => kept(ctx, op)),
    drafts: begun.flatMap((one) => (one ? [{ ...one }] : [])),
  }
}

/** Reads a content that was opened. It was whole, so what does not fit was written by a newer build. */
export function parseContents(text: string): Result<Contents, 'newer-backup' | 'damaged'> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return refuse('damaged')
  }
  const parsed = v.safeParse(ContentsSchema, json)
  return parsed.success ? accept(parsed.output) : refuse('newer-backup')
}
