import type { County } from '#domain/region/code.ts'
import { LIMITS } from '#sync/protocol/wire.ts'
import type { SyncDatabase } from '../../repositories/sync/tables.ts'

/** Ledger positions from memory: told by our own commits at once, by other processes' at most two seconds late. */
export interface Heads {
  /** After a commit. Never goes back within a history. */
  moved(county: County, head: number): void
  of(counties: readonly County[]): Promise<{ heads: Record<County, number>; epoch: string }>
}

/** @param clock epoch milliseconds */
export function makeHeads(database: SyncDatabase, clock: () => number): Heads {
  const known = new Map<County, number>()
  let history = ''
  const readAt = new Map<County, number>()
  let reading: Promise<void> | null = null

  const moved = (county: County, head: number) =>
    void known.set(county, Math.max(head, known.get(county) ?? 0))

  async function read(counties: readonly County[]): Promise<void> {
    const asked = clock()
    const { epoch, heads } = await database.heads(counties)
    // Positions of another history say nothing about this one.
    if (epoch !== history) known.clear()
    history = epoch
    for (const county of counties) {
      moved(county, heads.get(county) ?? 0)
      readAt.set(county, asked)
    }
  }

  // A clock that was set back must not keep an old answer fresh until it has caught up.
  const stale = (county: County) => {
    const age = clock() - (readAt.get(county) ?? -Infinity)
    return age >= LIMITS.headAgeMs || age < 0
  }

  return {
    moved,
    async of(counties) {
      // However many ask, one question to the database is under way at a time.
      while (counties.some(stale)) {
        reading ??= read([
          ...new Set([...counties.filter(stale), ...[...readAt.keys()].filter(stale)]),
        ]).finally(() => {
          reading = null
        })
        await reading
      }
      const heads = counties.map((one): [County, number] => [one, known.get(one) ?? 0])
      return { heads: Object.fromEntries(heads), epoch: history }
    },
  }
}
