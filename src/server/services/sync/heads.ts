import type { County } from '#domain/region/code.ts'
import { LIMITS } from '#sync/protocol/wire.ts'
import type { Database } from '../../database/database.ts'
import { headsOf } from '../../repositories/sync/feed.ts'

/** Ledger positions from memory: told by our own commits at once, by other processes' at most two seconds late. */
export interface Heads {
  /** After a commit. Never goes back. */
  moved(county: County, head: number): void
  of(counties: readonly County[]): Promise<Record<County, number>>
}

/** @param clock epoch milliseconds */
export function makeHeads(database: Database, clock: () => number): Heads {
  const known = new Map<County, number>()
  const readAt = new Map<County, number>()
  let reading: Promise<void> | null = null

  const moved = (county: County, head: number) =>
    void known.set(county, Math.max(head, known.get(county) ?? 0))

  async function read(counties: readonly County[]): Promise<void> {
    const asked = clock()
    const heads = await database.as('app', {}, (tx) => headsOf(tx, counties))
    for (const county of counties) {
      moved(county, heads.get(county) ?? 0)
      readAt.set(county, asked)
    }
  }

  const stale = (county: County) => clock() - (readAt.get(county) ?? -Infinity) >= LIMITS.headAgeMs

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
      return Object.fromEntries(counties.map((one) => [one, known.get(one) ?? 0]))
    },
  }
}
