import type { Live } from '../api.ts'
import { backupMadeAt } from '../backup/backup.ts'
import type { Health, Room } from '../care.ts'
import { agreementIn, readAgreed } from '../engine/agreement.ts'
import { cursorsOf } from '../engine/counties.ts'
import { cell } from '../live.ts'
import type { Context } from './context.ts'

/** Ops that the server cannot take as they are, or does not know yet. */
const HELD: readonly string[] = ['held', 'later']

/** Everything is handed in, and phone and server hold the same (L-18): nothing less lets a screen say so for all. */
const isAllHandedIn = (one: Omit<Health, 'allHandedIn'>, waiting: number, refused: number): boolean =>
  waiting === 0 && refused === 0 && one.blobs === 0 && one.agreement === 'match'

/** How full this phone is, as the storage budget knows it; `workBytes` null: not known. */
export type Fullness = () => Promise<{ room: Room; workBytes: number | null }>

/** Reads how things stand: counted anew each time, so that nothing can be said that is not so. */
export async function readHealth(ctx: Context, fullness: Fullness): Promise<Health> {
  const [out, refused, blobs, ring] = await ctx.tables.read(['out', 'dead', 'blob', 'ring'], (tables) =>
    Promise.all([
      tables.out.all(),
      tables.dead.count(),
      tables.blob.by('state', { is: 'waiting' }),
      tables.ring.count(),
    ]),
  )
  const [agreed, cursors, backupAt, full] = await Promise.all([
    readAgreed(ctx),
    cursorsOf(ctx),
    backupMadeAt(ctx),
    fullness(),
  ])
  const health = {
    agreement: agreementIn(agreed, Object.keys(cursors)),
    ...full,
    blobs: blobs.length,
    blobBytes: blobs.reduce((sum, row) => sum + row.size, 0),
    held: out.filter((row) => HELD.includes(row.state)).length,
    backupAt,
    ring,
  }
  return { ...health, allHandedIn: isAllHandedIn(health, out.length, refused) }
}

/** How things stand, kept current while somebody looks. */
export function healthBoard(ctx: Context, fullness: Fullness): { health: Live<Health>; refresh(): void } {
  let latest = 0
  const refresh = () => {
    if (!health.watched()) return
    const mine = ++latest
    void readHealth(ctx, fullness).then(
      (found) => mine === latest && health.set(found),
      () => undefined,
    )
  }
  const health = cell<Health>(() => {
    refresh()
    // What was true when somebody looked last is not said again before it was counted anew.
    return () => {
      const last = health.get()
      if (last) health.set({ ...last, allHandedIn: false })
    }
  })
  return { health, refresh }
}
