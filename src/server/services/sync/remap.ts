import { countyOf, type County, type RegionCode } from '#domain/region/code.ts'
import { accept, type Result } from '#domain/result.ts'
import type { AccountsContext } from '../../accounts/context.ts'
import { markRemapped, type RemapRefusal } from '../../accounts/remap-region.ts'
import { behindDoors, parentOf } from './doors.ts'
import { lockBehind, regionsOf, successor } from './ground.ts'
import { keyOf, place, storedOf, type StoredRecord } from './stored.ts'
import { firstOf, type PushTables, type SyncDatabase } from '../../repositories/sync/tables.ts'
import { write } from './write.ts'

/** Records of one transaction: so few that pushes of the county hardly wait. */
const BATCH = 500

/** Locks what of another county arriving records belong to there, and what belongs to them. */
async function lockAround(
  tables: PushTables,
  county: County,
  arrivals: ReadonlyMap<string, StoredRecord>,
): Promise<StoredRecord[]> {
  const parents = [...arrivals.values()].flatMap((one) => {
    const parent = parentOf(one.state.kind, one.state.body)
    return parent && !arrivals.has(keyOf(parent.kind, parent.id)) ? [parent] : []
  })
  const above = parents.length > 0 ? (await tables.lockRecords(county, parents)).map(storedOf) : []
  const ids = [...arrivals.values()].map((one) => one.state.id)
  return [...above, ...(await lockBehind(tables, county, ids))]
}

/**
 * Moves up to a batch of a village's records; phones see ordinary moves. Where the other village has gone over as well since, they go
 * where that one's went: in it nobody would look for them.
 * @returns how many
 */
export const moveVillage = (
  database: SyncDatabase,
  from: RegionCode,
  to: RegionCode,
  now: number,
  limit = BATCH,
): Promise<number> => {
  const [county, other] = [countyOf(from), countyOf(to)]
  return database.push({ counties: [...new Set([county, other])], devices: [] }, async (tables) => {
    const { gen } = await tables.history([])
    const end = successor(await regionsOf(tables, [to]), to)
    await tables.widen([countyOf(end)])
    const rows = (await tables.lockVillage(county, from, limit)).map(storedOf)
    const before = new Map(rows.map((one) => [keyOf(one.state.kind, one.state.id), one]))
    const moved = (one: StoredRecord): StoredRecord => ({
      ...place({ ...one.state, region: end, rv: Math.max(one.state.rv + 1, firstOf(gen)) }, one.recorder),
    })
    const after = new Map([...before].map(([key, one]) => [key, moved(one)]))
    if (rows.length > 0 && countyOf(end) !== county) {
      const around = await lockAround(tables, countyOf(end), after)
      for (const one of around) before.set(keyOf(one.state.kind, one.state.id), one)
      // Doors that were closed there while a part of the matter was still here.
      const all = new Map([...before, ...after])
      const arrived = [...after]
      for (const [key, one] of arrived)
        for (const next of behindDoors(before.get(key) ?? null, all.get(key) ?? one, all, {
          at: now,
          firstRv: firstOf(gen),
        })) {
          const its = keyOf(next.state.kind, next.state.id)
          after.set(its, next)
          all.set(its, next)
        }
    }
    await write(tables, { named: county, gen, at: new Date(now) }, before, after)
    return rows.length
  })
}

/**
 * A village has gone over into another (villages are merged every year): marks it, then moves its records in batches of at most 500.
 * Stopped anywhere, it goes on when it is done again.
 * @param onMoved told how many records have been moved so far
 * @returns how many records were moved, or why nothing was changed
 */
export async function remapRegion(
  context: AccountsContext,
  database: SyncDatabase,
  from: RegionCode,
  to: RegionCode,
  onMoved: (records: number) => void = () => {},
): Promise<Result<{ moved: number }, RemapRefusal>> {
  const marked = await markRemapped(context, from, to)
  if (!marked.ok) return marked
  let moved = 0
  for (;;) {
    const now = await moveVillage(database, from, to, context.now())
    if (now === 0) return accept({ moved })
    moved += now
    onMoved(moved)
  }
}
