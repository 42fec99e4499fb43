import type { Live, SyncState, Waiting } from '../api.ts'
import { idOf, kindOf, type OutRow } from '../database/rows.ts'
import { cell } from '../live.ts'
import { openOp } from '../record/op-box.ts'
import { isShown, madeAt, recordTitle } from '../record/row-of-body.ts'
import { openStored } from '../record/stored.ts'
import type { Context } from './context.ts'

/** What the runner is doing now, as far as this tab knows. */
export interface Doing {
  sending: ReadonlySet<number>
  tries: number
}

/** What nobody can read any more goes nowhere, and is not said to. */
const stateOf = ({ n, state }: OutRow, isRead: boolean, sending: ReadonlySet<number>): SyncState =>
  state === 'held' || !isRead ? 'stuck' : sending.has(n) ? 'uploading' : 'queued'

/** Everything that waits, in order, for the page that shows it; opened only while somebody looks. */
export function waitingQueue(
  ctx: Context,
  doing: () => Doing,
): { queue: Live<readonly Waiting[]>; refresh(): void } {
  const opened = new Map<number, { title: string; at: number; isRead: boolean }>()
  const titleOf = async (row: OutRow): Promise<string> => {
    const kind = kindOf(row.key)
    const record = await ctx.tables.read(['rec'], ({ rec }) => rec.get(idOf(row.key)))
    if (!record || !isShown(kind)) return ''
    return recordTitle(kind, (await openStored(ctx.sealer, record)).now.body)
  }
  const lineOf = async (row: OutRow) => {
    const [title, op] = await Promise.all([
      // A record that does not open must not hide that something waits.
      titleOf(row).catch(() => ''),
      openOp(ctx.sealer, row).catch(() => null),
    ])
    return { title, at: op?.t[0] ?? madeAt(row.i), isRead: op !== null }
  }
  const describe = async (row: OutRow): Promise<Waiting | null> => {
    const kind = kindOf(row.key)
    if (!isShown(kind)) return null
    const { isRead, ...known } = opened.get(row.n) ?? (await lineOf(row))
    opened.set(row.n, { isRead, ...known })
    const { sending, tries } = doing()
    return { n: row.n, key: row.key, kind, ...known, state: stateOf(row, isRead, sending), tries }
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
