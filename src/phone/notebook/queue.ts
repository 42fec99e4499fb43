import type { Live, SyncState, Waiting } from '../api.ts'
import { idOf, kindOf, type OutRow } from '../database/rows.ts'
import { cell } from '../live.ts'
import { openOp } from '../record/op-box.ts'
import { isShown, recordTitle } from '../record/row-of-body.ts'
import { openStored } from '../record/stored.ts'
import type { Context } from './context.ts'

/** What the runner is doing now, as far as this tab knows. */
export interface Doing {
  sending: ReadonlySet<number>
  tries: number
}

/** Everything that waits, in order, for the page that shows it; opened only while somebody looks. */
export function waitingQueue(
  ctx: Context,
  doing: () => Doing,
): { queue: Live<readonly Waiting[]>; refresh(): void } {
  const opened = new Map<number, { title: string; at: number }>()
  const titleOf = async (row: OutRow): Promise<string> => {
    const kind = kindOf(row.key)
    const record = await ctx.tables.read(['rec'], ({ rec }) => rec.get(idOf(row.key)))
    if (!record || !isShown(kind)) return ''
    return recordTitle(kind, (await openStored(ctx.sealer, record)).now.body)
  }
  const describe = async (row: OutRow): Promise<Waiting | null> => {
    const kind = kindOf(row.key)
    const known = opened.get(row.n) ?? { title: await titleOf(row), at: (await openOp(ctx.sealer, row)).t[0] }
    opened.set(row.n, known)
    const { sending, tries } = doing()
    const state: SyncState = row.state === 'held' ? 'stuck' : sending.has(row.n) ? 'uploading' : 'queued'
    return isShown(kind) ? { n: row.n, key: row.key, kind, ...known, state, tries } : null
  }
  const read = async (): Promise<Waiting[]> => {
    const rows = await ctx.tables.read(['out'], ({ out }) => out.all())
    for (const n of opened.keys()) if (!rows.some((row) => row.n === n)) opened.delete(n)
    const all = await Promise.all(rows.map((row) => describe(row).catch(() => null)))
    return all.filter((one): one is Waiting => one !== null)
  }
  const refresh = () => void (queue.watched() && read().then(queue.set, () => undefined))
  const queue = cell<readonly Waiting[]>(() => {
    refresh()
    return () => opened.clear()
  })
  return { queue, refresh }
}
