import type { Tx } from '../database/database.ts'
import {
  bury,
  noteErasures,
  recordsWithId,
  setDigests,
  takePlaces,
  type Erasure,
  type Tombstone,
} from '../repositories/backup/erasures.ts'
import { historyNow } from '../repositories/backup/history.ts'
import { setNumbers } from '../repositories/jobs/numbers.ts'
import { digestDifferences, numberDifferences, recompute } from '../jobs/recompute.ts'
import { hashToBigint, recordHash } from '#sync/digest.ts'

const countyOf = (region: string): string => region.slice(0, 6)
/** First number of a generation: as the push has it. */
const firstOf = (gen: number): number => gen * 2 ** 33

/** Numbers and digests of a county follow from its records, so they are taken from them again. */
async function bringInLine(tx: Tx, county: string): Promise<void> {
  const anew = await recompute(tx, county)
  await setNumbers(
    tx,
    county,
    (await numberDifferences(tx, county, anew)).map(({ recomputed, ...one }) => ({ ...one, n: recomputed })),
  )
  await setDigests(
    tx,
    county,
    (await digestDifferences(tx, county, anew)).map((key) => {
      const [region = '', lane = ''] = key.split('/')
      const { n, x } = anew.digests.get(key) ?? { n: 0, x: 0n }
      return { region, lane, n, x: String(x) }
    }),
  )
}

/**
 * Erases records for good, in the caller's transaction (role `owner`): what they said is emptied everywhere, an empty place stays, so that no
 * phone and no backup brings them back, and phones are told by the ledger. One that is empty already is left alone.
 * @returns how many were emptied now
 */
export async function erase(tx: Tx, list: readonly Erasure[], at: Date): Promise<number> {
  const { gen } = (await historyNow(tx)) ?? { gen: 0 }
  let emptied = 0
  for (const county of [...new Set(list.map((one) => countyOf(one.region)))].sort()) {
    const here = list.filter((one) => countyOf(one.region) === county)
    // The ledger first: whoever pushes here waits, so that nothing is written on what is being emptied.
    await takePlaces(tx, county, firstOf(gen), 0)
    const there = await recordsWithId(
      tx,
      here.map((one) => one.id),
    )
    const open = here.filter(
      (one) => !there.some((row) => row.id === one.id && row.kind === one.kind && row.deleted),
    )
    const first = await takePlaces(tx, county, firstOf(gen), open.length)
    const stones: Tombstone[] = open.map(({ kind, id, region }, i) => {
      const was = there.find((row) => row.id === id && row.kind === kind)
      const rv = Math.max((was?.rv ?? 0) + 1, firstOf(gen))
      return {
        county,
        kind,
        id,
        region: was?.region ?? region,
        rv,
        seq: first + i,
        h: hashToBigint(recordHash(kind, id, rv)),
      }
    })
    await bury(tx, stones, at)
    if (stones.length > 0) await bringInLine(tx, county)
    emptied += stones.length
  }
  await noteErasures(tx, list)
  return emptied
}
