import type { PageLine, Row } from '#sync/protocol/wire.ts'
import type { Id } from '#domain/id.ts'
import { evict } from '../database/evict.ts'
import { idOf, keyOf, type RecRow } from '../database/rows.ts'
import type { Context } from '../notebook/context.ts'
import type { Standing } from '../record/stored.ts'
import { checkFence } from './lease.ts'
import {
  baseOf,
  isSame,
  openAround,
  openOps,
  openRefusedOps,
  readAround,
  refold,
  stampOf,
  type Around,
} from './refold.ts'

interface PageChange {
  puts: { row: RecRow; stamp: ReturnType<typeof stampOf> }[]
  /** Records that left, unless work of ours lies on them. */
  leaving: { id: Id; stamp: ReturnType<typeof stampOf> }[]
}

const standingOfRow = ([, , region, , rv, , body, losses]: Row): Standing => ({
  rv,
  region,
  body: body as Record<string, unknown>,
  fv: {},
  deleted: false,
  ...(losses && losses.length > 0 ? { losses } : {}),
})

/** The only merge rule: newer wins; equal is taken when no work of ours lies on it. Duplicates and old pages are harmless (I-15, I-16). */
function isNews(row: Row, around: Around): boolean {
  const local = around.row
  if (!local) return typeof row[6] !== 'string'
  if (typeof row[6] === 'string') return row[4] > local.rv
  return row[4] > local.rv || (row[4] === local.rv && local.pending === 0)
}

async function recordAfter(ctx: Context, row: Row, around: Around): Promise<RecRow | null> {
  const isFree = around.out.length === 0 && around.dead.length === 0
  const before = isFree ? null : await openAround(ctx, around)
  const leaves = typeof row[6] === 'string'
  const [waiting, refused] = await Promise.all([openOps(ctx, around.out), openRefusedOps(ctx, around.dead)])
  return refold(ctx, {
    key: around.key,
    base: leaves ? baseOf(before) : standingOfRow(row),
    waiting,
    refused,
    before,
    change: { lane: row[3], sv: row[5], ...(leaves ? { gone: true } : { gone: false }) },
  })
}

async function plan(ctx: Context, rows: readonly Row[]): Promise<PageChange> {
  // A page names a record once; should it not, the last line is the newest.
  const latest = new Map(rows.map((row) => [keyOf(row[0], row[1]), row]))
  const arounds = await readAround(ctx, [...latest.keys()])
  const change: PageChange = { puts: [], leaving: [] }
  await Promise.all(
    arounds.map(async (around) => {
      const row = latest.get(around.key) as Row
      if (!isNews(row, around)) return
      const hasWork = around.out.length > 0 || around.dead.length > 0
      if (typeof row[6] === 'string' && !hasWork) {
        change.leaving.push({ id: idOf(around.key), stamp: stampOf(around.row) })
        return
      }
      const after = await recordAfter(ctx, row, around)
      if (after) change.puts.push({ row: after, stamp: stampOf(around.row) })
    }),
  )
  return change
}

type Written = 'done' | 'changed' | 'gap' | 'anew'

async function write(
  ctx: Context,
  page: PageLine,
  change: PageChange,
  fence: number | null,
): Promise<Written> {
  return ctx.tables.write(['rec', 'out', 'dead', 'cur', 'meta'], 'relaxed', async (tables) => {
    await checkFence(tables, fence)
    const cursor = (await tables.cur.get(page.page))?.cursor ?? 0
    // A page that begins beyond what was applied would skip what lies between (I-14).
    if (page.from > cursor) return 'gap'
    const stamps = [...change.puts.map((one) => ({ id: one.row.id, stamp: one.stamp })), ...change.leaving]
    const rows = await tables.rec.getMany(stamps.map((one) => one.id))
    if (!stamps.every((one, at) => isSame(rows[at], one.stamp))) return 'changed'
    await tables.rec.putMany(change.puts.map((one) => one.row))
    if (change.leaving.length > 0)
      await evict(
        tables,
        change.leaving.map((one) => one.id),
      )
    // A ledger shorter than our cursor is another history's: walk it from its beginning.
    const anew = page.head < cursor
    await tables.cur.put({ county: page.page, cursor: anew ? 0 : Math.max(cursor, page.to) })
    return anew ? 'anew' : 'done'
  })
}

/**
 * Applies one page of a county's ledger: rows and cursor in one transaction, which may be relaxed, because the server has it all.
 * @returns whether the ledger must be walked from its beginning
 */
export async function applyPage(ctx: Context, page: PageLine, fence: number | null): Promise<boolean> {
  for (;;) {
    const change = await plan(ctx, page.rows)
    const written = await write(ctx, page, change, fence)
    if (written === 'changed') continue
    if (written !== 'gap' && page.rows.length > 0)
      ctx.notes.tell({ keys: page.rows.map((row) => keyOf(row[0], row[1])) })
    return written === 'anew'
  }
}
