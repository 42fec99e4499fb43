import type { EngineNews } from '#sync/engine/run.ts'
import type { Live, SyncStatus } from '../api.ts'
import { META } from '../database/rows.ts'
import { madeAt } from '../engine/offering.ts'
import { cell } from '../live.ts'
import { markVault } from '../vaults.ts'
import type { Context } from './context.ts'

export interface StatusBoard {
  status: Live<SyncStatus>
  /** Ops that wait, as last counted. */
  waiting(): number
  /** Counts anew and tells. */
  refresh(): Promise<void>
  /** Ops were saved in this tab: nothing needs to be read to know how many wait. */
  added(saved: { ops: number; last: number }): void
  /** Tells without counting. */
  retell(): void
  /** Writes the marker outside the database now. */
  flush(): void
}

/** The marker outside the database, written in a moment, once for many saves: nobody who saves waits for it. */
function marker(ctx: Context): { mark(of: { n: number; waiting: number }): void; flush(): void } {
  const soon = ctx.ports.soon ?? ctx.ports.idle
  let next: { n: number; waiting: number } | null = null
  const flush = (): void => {
    if (next && ctx.me) markVault(ctx.ports.marks, { id: ctx.vault, ...next })
    next = null
  }
  return {
    mark(of) {
      if (next === null) soon(flush)
      next = of
    },
    flush,
  }
}

/** The one line of truth about handing in: how many wait, when it last worked, what stands in the way. */
export function statusBoard(
  ctx: Context,
  news: () => EngineNews | undefined,
  vanished: () => number | null,
): StatusBoard {
  const status = cell<SyncStatus>()
  let counts = { waiting: 0, refused: 0, oldestAt: null as number | null }
  let oldest = { n: 0, at: null as number | null }
  const { mark, flush } = marker(ctx)
  const retell = () => {
    const now = news()
    const name = now?.state.name
    status.set({
      link: now?.link ?? 'unknown',
      elsewhere: now?.elsewhere ?? false,
      running: name === 'exchanging',
      cut: name === 'cut',
      ...counts,
      lastAt: ctx.sync.lastAt,
      needsLogin: name === 'needs-login',
      clockOffMs: ctx.sync.offsets.length > 0 ? ctx.sync.offset : null,
      vanished: vanished(),
      store: ctx.lost,
    })
  }
  const count = async () => {
    const [waiting, refused, [first], last] = await ctx.tables.read(['out', 'dead', 'meta'], (tables) =>
      Promise.all([
        tables.out.count(),
        tables.dead.count(),
        tables.out.all({ limit: 1 }),
        tables.meta.get(META.next),
      ]),
    )
    if (first && first.n !== oldest.n) oldest = { n: first.n, at: await madeAt(ctx, first) }
    counts = { waiting, refused, oldestAt: first ? oldest.at : null }
    // The marker outside the database: should the database vanish, this is what it must have held (trust trap 4).
    mark({ n: (last?.value ?? 1) - 1, waiting })
  }
  // Many saves in a row are counted once when they pause, not each.
  let underWay: Promise<void> | null = null
  let again = false
  const refresh = async (): Promise<void> => {
    again = true
    underWay ??= (async () => {
      while (again) {
        again = false
        await count().then(retell, () => undefined)
      }
      underWay = null
    })()
    return underWay
  }
  const added = (saved: { ops: number; last: number }): void => {
    counts = {
      ...counts,
      waiting: counts.waiting + saved.ops,
      oldestAt: counts.waiting === 0 ? ctx.ports.clock.now() : counts.oldestAt,
    }
    mark({ n: saved.last, waiting: counts.waiting })
    retell()
    // A count that is under way may have begun before.
    again ||= underWay !== null
  }
  return { status, waiting: () => counts.waiting, retell, refresh, added, flush }
}
