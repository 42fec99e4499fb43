import type { RecRow } from '../database/rows.ts'
import { idOf } from '../database/rows.ts'
import type { ReadTables } from '../database/tables.ts'
import type { Context } from '../notebook/context.ts'
import { checkFence } from './lease.ts'
import { openOps, openRefusedOps, readAround, refold } from './refold.ts'

/** Names of records that are not there although work on them is. */
export async function lostIn({ rec, out, dead }: ReadTables<'rec' | 'out' | 'dead'>): Promise<string[]> {
  const keys = await Promise.all([out.distinct('key'), dead.distinct('key')])
  const named = [...new Set(keys.flat())]
  const rows = await rec.getMany(named.map(idOf))
  return named.filter((_key, at) => rows[at] === undefined)
}

/**
 * Such records are folded from that work alone until the server's own comes (I-36). What waits
 * is not touched.
 */
export async function restoreLost(
  ctx: Context,
  keys: readonly string[],
  fence: number | null,
): Promise<void> {
  if (keys.length === 0) return
  const arounds = await readAround(ctx, keys)
  const rows = await Promise.all(
    arounds.map(async (around) =>
      refold(ctx, {
        key: around.key,
        base: null,
        waiting: await openOps(ctx, around.out),
        refused: await openRefusedOps(ctx, around.dead),
        before: null,
      }),
    ),
  )
  const found = rows.filter((row): row is RecRow => row !== null)
  await ctx.tables.write(['rec', 'meta'], 'relaxed', async (tables) => {
    await checkFence(tables, fence)
    const now = await tables.rec.getMany(found.map((row) => row.id))
    await tables.rec.putMany(found.filter((_row, at) => now[at] === undefined))
  })
  ctx.notes.tell({ keys })
}
