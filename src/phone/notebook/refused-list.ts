import type { Live } from '../api.ts'
import type { RefusedOp } from '../care.ts'
import { idOf, kindOf, type DeadRow } from '../database/rows.ts'
import { cell } from '../live.ts'
import { openRefused } from '../record/op-box.ts'
import { isShown, recordTitle } from '../record/row-of-body.ts'
import { openStored } from '../record/stored.ts'
import type { Context } from './context.ts'

async function titleOf(ctx: Context, row: DeadRow): Promise<string> {
  const kind = kindOf(row.key)
  const record = await ctx.tables.read(['rec'], ({ rec }) => rec.get(idOf(row.key)))
  if (!record || !isShown(kind)) return ''
  return recordTitle(kind, (await openStored(ctx.sealer, record)).now.body)
}

async function describe(ctx: Context, row: DeadRow): Promise<RefusedOp | null> {
  const kind = kindOf(row.key)
  if (!isShown(kind)) return null
  const { op, code, askedAt, answer } = await openRefused(ctx.sealer, row)
  // A record that does not open must not hide what was typed.
  const title = await titleOf(ctx, row).catch(() => '')
  return {
    n: row.n,
    key: row.key,
    kind,
    id: idOf(row.key),
    title,
    code,
    op: op.k,
    args: op.a,
    at: op.t[0],
    askedAt: askedAt ?? null,
    answer: answer ?? null,
  }
}

/** Every op the server did not accept, oldest first, with what was typed; opened only while somebody looks. */
export function refusedList(ctx: Context): { refused: Live<readonly RefusedOp[]>; refresh(): void } {
  const read = async (): Promise<RefusedOp[]> => {
    const rows = await ctx.tables.read(['dead'], ({ dead }) => dead.all())
    const all = await Promise.all(rows.map((row) => describe(ctx, row).catch(() => null)))
    return all.filter((one): one is RefusedOp => one !== null)
  }
  const refresh = () => void (refused.watched() && read().then(refused.set, () => undefined))
  const refused = cell<readonly RefusedOp[]>(() => {
    refresh()
    return () => undefined
  })
  return { refused, refresh }
}
