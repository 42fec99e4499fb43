import * as v from 'valibot'
import { RefusedDecisionSchema } from '#domain/desk/refused.ts'
import { madeAs } from '#sync/protocol/op-hash.ts'
import type { HelloLine } from '#sync/protocol/wire.ts'
import type { Context } from '../notebook/context.ts'
import { isSameBox, type DeadRow } from '../database/rows.ts'
import { openRefused, sealRefused } from '../record/op-box.ts'
import { checkFence } from './lease.ts'
import { asMade } from './offering.ts'

/** What the office decided about a refused op, as the first line of an answer tells it. */
const OrderSchema = v.looseObject({
  is: v.literal('refused'),
  op: v.tuple([v.number(), v.number()]),
  decision: RefusedDecisionSchema,
  answer: v.string(),
  at: v.number(),
})
type Order = v.InferOutput<typeof OrderSchema>

/** The row with the office's word in it; null when it is of another op, or has the word already. */
async function answered(ctx: Context, row: DeadRow, orders: readonly Order[]): Promise<DeadRow | null> {
  const refused = await openRefused(ctx.sealer, row).catch(() => null)
  if (!refused) return null
  const op = ctx.identity ? asMade({ ...refused.op, n: row.n }, ctx.identity) : refused.op
  const [device, n] = madeAs(op, ctx.identity?.device ?? 0)
  const order = orders.find((one) => one.op[0] === device && one.op[1] === n)
  if (!order || refused.answer?.at === order.at) return null
  const { decision, answer: text, at } = order
  return { ...row, box: await sealRefused(ctx.sealer, { ...refused, answer: { decision, text, at } }) }
}

/**
 * Puts what the office said beside the refused ops it speaks of; they stay their author's to decide (I-26). An op that changed
 * meanwhile is left alone: the server says it again until it is decided.
 * @returns keys of the records whose refused ops have a new word
 */
export async function applyOfficeWords(
  ctx: Context,
  line: HelloLine,
  fence: number | null,
): Promise<string[]> {
  const orders = (line.directives ?? []).flatMap((one) => {
    const order = v.safeParse(OrderSchema, one)
    return order.success ? [order.output] : []
  })
  if (orders.length === 0) return []
  const before = await ctx.tables.read(['dead'], ({ dead }) => dead.all())
  const after = await Promise.all(before.map((row) => answered(ctx, row, orders)))
  const changes = before.flatMap((row, at) => {
    const next = after[at]
    return next ? [{ row, next }] : []
  })
  if (changes.length === 0) return []
  await ctx.tables.write(['dead', 'meta'], 'relaxed', async ({ dead, meta }) => {
    await checkFence({ meta }, fence)
    const now = await dead.getMany(changes.map(({ row }) => row.n))
    const still = changes.filter(({ row }, at) => {
      const found = now[at]
      return found !== undefined && isSameBox(found.box, row.box)
    })
    await dead.putMany(still.map(({ next }) => next))
  })
  return [...new Set(changes.map(({ row }) => row.key))]
}
