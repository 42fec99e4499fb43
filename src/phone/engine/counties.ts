import { countyOf, type County } from '#domain/region/code.ts'
import type { CursorRow } from '../database/rows.ts'
import type { Context } from '../notebook/context.ts'
import { checkFence } from './lease.ts'

/** The server follows no more counties in one request; nobody who keeps records offline holds posts in more. */
const MAX_COUNTIES = 16

/** Counties whose ledgers this phone follows, with its place in each: where its person holds anything, and those it has begun. */
export const cursorsOf = async (ctx: Pick<Context, 'tables' | 'me'>): Promise<Record<County, number>> =>
  cursorsIn(await ctx.tables.read(['cur'], ({ cur }) => cur.all()), ctx.me)

/** The same from rows that were read already. */
export function cursorsIn(known: readonly CursorRow[], me: Context['me']): Record<County, number> {
  const held = [...(me?.grants ?? []), ...(me?.posts ?? [])]
    .map((one) => one.region)
    .filter((one) => one.length >= 6)
  const cursors = new Map(held.map((region) => [countyOf(region), 0]))
  for (const one of known) cursors.set(one.county, one.cursor)
  return Object.fromEntries([...cursors].slice(0, MAX_COUNTIES))
}

/**
 * Begins to follow counties, from their beginning: a record of one's own was sent there, and what becomes of it must still be heard
 * (I-19). Those that are followed already stay where they are.
 */
export async function follow(
  ctx: Pick<Context, 'tables'>,
  counties: readonly County[],
  fence: number | null,
): Promise<void> {
  if (counties.length === 0) return
  await ctx.tables.write(['cur', 'meta'], 'strict', async ({ cur, meta }) => {
    await checkFence({ meta }, fence)
    const known = await cur.getMany(counties)
    await cur.putMany(counties.filter((_, at) => !known[at]).map((county) => ({ county, cursor: 0 })))
  })
}
