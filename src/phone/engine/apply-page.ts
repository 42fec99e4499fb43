import type { PageLine } from '#sync/protocol/wire.ts'
import { keyOf } from '../database/rows.ts'
import type { Context } from '../notebook/context.ts'
import { changeAgreed, doubted, readAgreed, withCounty, type Agreed } from './agreement.ts'
import { checkFence } from './lease.ts'
import { isNews, isWord, planRows, putRows, type RowsChange } from './take-rows.ts'

type Written = 'done' | 'changed' | 'gap' | 'anew'

/** What a page changes of what is known about its county. */
function knownAfter(agreed: Agreed, page: PageLine): Agreed {
  // Exits older than the floor are no longer told: what has left since shows in the comparison alone, and goes by its repair.
  const isPurged = page.from > 0 && page.from < page.floor
  const isPart = page.to < page.head
  if (isPurged) return withCounty(agreed, page.page, { state: 'unknown', last: '', rounds: 0, retryAt: 0 })
  return isPart ? doubted(agreed, page.page) : agreed
}

async function write(
  ctx: Context,
  page: PageLine,
  change: RowsChange,
  mayStartAnew: boolean,
  fence: number | null,
): Promise<Written> {
  return ctx.tables.write(['rec', 'out', 'dead', 'cur', 'meta'], 'relaxed', async (tables) => {
    await checkFence(tables, fence)
    const cursor = (await tables.cur.get(page.page))?.cursor ?? 0
    // A page that begins beyond what was applied would skip what lies between (I-14).
    if (page.from > cursor) return 'gap'
    if (!(await putRows(tables, change))) return 'changed'
    // A ledger shorter than our cursor: of a history that was begun with new numbers, it is walked from its beginning; of the same
    // history, it is an old answer.
    const anew = page.head < cursor && mayStartAnew
    await tables.cur.put({ county: page.page, cursor: anew ? 0 : Math.max(cursor, page.to) })
    return anew ? 'anew' : 'done'
  })
}

/**
 * Applies one page of a county's ledger: rows and cursor in one transaction, which may be relaxed, because the server has it all.
 * @returns whether the ledger must be walked from its beginning
 */
export async function applyPage(ctx: Context, page: PageLine, fence: number | null): Promise<boolean> {
  const agreed = await readAgreed(ctx)
  const isOther = agreed.counties[page.page]?.authoritative ?? false
  if (knownAfter(agreed, page) !== agreed) await changeAgreed(ctx, fence, (one) => knownAfter(one, page))
  for (;;) {
    const change = await planRows(ctx, page.rows, isOther ? isWord : isNews)
    const written = await write(ctx, page, change, isOther, fence)
    if (written === 'changed') continue
    if (written !== 'gap' && page.rows.length > 0)
      ctx.notes.tell({ keys: page.rows.map((row) => keyOf(row[0], row[1])) })
    return written === 'anew'
  }
}
