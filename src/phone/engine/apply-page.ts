import type { Decisions } from '#sync/engine/ports.ts'
import type { PageLine } from '#sync/protocol/wire.ts'
import type { Context } from '../notebook/context.ts'
import { checkFence } from './lease.ts'
import {
  applyAcks,
  changes,
  decides,
  noteOf,
  planChange,
  putChange,
  settling,
  untilWritten,
  type Change,
} from './apply-acks.ts'

type Written = 'done' | 'changed' | 'gap' | 'anew'

async function write(ctx: Context, page: PageLine, change: Change, fence: number | null): Promise<Written> {
  // Rows may be lost with the battery, because the server has them all; decisions may not.
  const durability = decides(change) ? 'strict' : 'relaxed'
  return ctx.tables.write(['rec', 'out', 'dead', 'ring', 'cur', 'meta'], durability, async (tables) => {
    await checkFence(tables, fence)
    const cursor = (await tables.cur.get(page.page))?.cursor ?? 0
    // A page that begins beyond what was applied would skip what lies between (I-14).
    if (page.from > cursor) return 'gap'
    if (!(await putChange(tables, change))) return 'changed'
    // A ledger shorter than our cursor: of a history that was begun with new numbers, it is walked from its beginning; of the same
    // history, it is an old answer.
    const anew = page.head < cursor && change.isOther
    await tables.cur.put({ county: page.page, cursor: anew ? 0 : Math.max(cursor, page.to) })
    return anew ? 'anew' : 'done'
  })
}

/**
 * Applies one page of a county's ledger, and with it what the same answer decided: rows, decisions and cursor in one transaction, in
 * which each record is folded and sealed once.
 * @returns whether the ledger must be walked from its beginning
 */
export async function applyPage(
  ctx: Context,
  page: PageLine,
  { decided, at }: Decisions,
  fence: number | null,
): Promise<boolean> {
  const { change, done } = await untilWritten(
    () => planChange(ctx, { decided: settling(decided), at, page }),
    (planned) => write(ctx, page, planned, fence),
  )
  // The page is of no use, the decisions are.
  if (done === 'gap') await applyAcks(ctx, decided, at, fence)
  else if (changes(change)) ctx.notes.tell(noteOf(change))
  return done === 'anew'
}
