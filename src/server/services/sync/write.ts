import { countyOf, type County } from '#domain/region/code.ts'
import { digestChanges, placesOf, rollupChanges, rowsFrom, type Pair } from './effects.ts'
import { countyOfRecord, keyOf, type StoredRecord } from './stored.ts'
import type { LossRow, PushTables, SettledRow } from '../../repositories/sync/tables.ts'

/** Where records now stand in the ledgers of their counties. */
export interface Written {
  /** By record key: its place in each ledger that took note of it. */
  seqs: Map<string, Map<County, number>>
  /** Position after it of each ledger that moved. */
  heads: Map<County, number>
}

/** Everything that one county has to write of a set of changes. */
async function writeIn(
  tables: PushTables,
  county: County,
  pairs: readonly Pair[],
  to: { gen: number; at: Date },
  written: Written,
): Promise<void> {
  const places = pairs.reduce((sum, pair) => sum + placesOf(county, pair), 0)
  const first = await tables.reserve(county, to.gen, places)
  const { records, exits, arrivals } = rowsFrom(county, pairs, first)
  for (const [from, rows] of arrivals) await tables.moveRecords(from, county, rows)
  await tables.writeRecords(county, records, to.at)
  await tables.writeExits(county, exits, to.at)
  await tables.writeRollup(
    county,
    rollupChanges(pairs).filter((one) => countyOf(one.region) === county),
  )
  await tables.writeDigest(
    county,
    digestChanges(pairs).filter((one) => countyOf(one.region) === county),
  )
  for (const one of [...exits, ...records, ...[...arrivals.values()].flat()]) {
    const key = keyOf(one.kind, one.id)
    const known = written.seqs.get(key) ?? new Map<County, number>()
    written.seqs.set(key, known.set(county, one.seq))
  }
  written.heads.set(county, first + places - 1)
}

const inCounty = <T extends { kind: string; id: string }>(
  rows: readonly T[],
  county: County,
  changed: ReadonlyMap<string, StoredRecord>,
): T[] =>
  rows.filter((one) => {
    const record = changed.get(keyOf(one.kind, one.id))
    return record !== undefined && countyOfRecord(record) === county
  })

/**
 * Writes changed records and everything that follows from the change, each county's ledger lock first of all its writes, and those of
 * several counties in ascending order, so that two transfers never wait for each other in a ring.
 * @param named the county that pushed, or null when nobody did: a record made elsewhere is noted as one that has changed county
 */
export async function write(
  tables: PushTables,
  to: { named: County | null; gen: number; at: Date },
  before: ReadonlyMap<string, StoredRecord>,
  changed: ReadonlyMap<string, StoredRecord>,
  losses: { lost: readonly LossRow[]; settled: readonly SettledRow[] } = { lost: [], settled: [] },
): Promise<Written> {
  const written: Written = { seqs: new Map(), heads: new Map() }
  if (changed.size === 0) return written
  const pairs = [...changed].map(([key, after]): Pair => [before.get(key) ?? null, after])
  const counties = [
    ...new Set(
      pairs.flatMap(([old, after]) => [...(old ? [countyOfRecord(old)] : []), countyOfRecord(after)]),
    ),
  ].toSorted()
  const concerns = (county: County) =>
    pairs.filter(
      ([old, after]) => countyOfRecord(after) === county || (old && countyOfRecord(old) === county),
    )
  for (const county of counties) await writeIn(tables, county, concerns(county), to, written)
  for (const county of counties) {
    await tables.writeLosses(county, inCounty(losses.lost, county, changed), to.at)
    await tables.settleLosses(county, inCounty(losses.settled, county, changed))
  }
  const strays = pairs.filter(
    ([old, after]) =>
      countyOfRecord(after) !== (old ? countyOfRecord(old) : (to.named ?? countyOfRecord(after))),
  )
  await tables.setHomes(strays.map(([, after]) => ({ id: after.state.id, county: countyOfRecord(after) })))
  return written
}
