import { contributionsOf } from '#domain/metric/contribution.ts'
import { addDays } from '#domain/time/day.ts'
import type { Tx } from '../database/database.ts'
import {
  bury,
  keepsNumbers,
  leaveDigests,
  noteErasures,
  recordsWithId,
  setDigests,
  takePlaces,
  type Doomed,
  type Erasure,
  type Tombstone,
} from '../repositories/backup/erasures.ts'
import { historyNow } from '../repositories/backup/history.ts'
import { keepNumbers, setNumbers } from '../repositories/jobs/numbers.ts'
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

/** Records that stop counting one by one: what stays of their share in the numbers, and their villages without them. */
async function leave(
  tx: Tx,
  county: string,
  gone: readonly Doomed[],
  counted: ReadonlySet<string>,
): Promise<void> {
  const cells = gone
    .filter((one) => counted.has(one.id))
    .flatMap((one) =>
      contributionsOf(one.kind, one.body, (day) => addDays(day, 1)).map((each) => ({
        region: one.region,
        ...each,
      })),
    )
  await keepNumbers(tx, county, cells)
  if (gone.some((one) => !counted.has(one.id))) return bringInLine(tx, county)
  await leaveDigests(
    tx,
    county,
    gone.filter((one) => one.lane !== 'closed').map(({ region, lane, h }) => ({ region, lane, h })),
  )
}

const stoneOf = (
  county: string,
  one: Erasure,
  was: Doomed | undefined,
  gen: number,
  seq: number,
): Tombstone => {
  const rv = Math.max((was?.rv ?? 0) + 1, firstOf(gen))
  const { kind, id } = one
  return {
    county,
    kind,
    id,
    region: was?.region ?? one.region,
    rv,
    seq,
    h: hashToBigint(recordHash(kind, id, rv)),
  }
}

/**
 * Erases records for good, in the caller's transaction: what they said is emptied everywhere, an empty place stays, so that no phone and
 * no backup brings them back, and phones are told by the ledger. One that is empty already is left alone. Numbers stay as they are for
 * those that are `counted` (TR-48), go down for the others, and for all in a database that has no place for it yet. The role is `owner`, or
 * `jobs` with a setting `day`, and then what a hold keeps throws.
 * @returns how many were emptied now
 */
export async function erase(tx: Tx, list: readonly Erasure[], at: Date): Promise<number> {
  const { gen } = (await historyNow(tx)) ?? { gen: 0 }
  const full = await keepsNumbers(tx)
  let emptied = 0
  for (const county of [...new Set(list.map((one) => countyOf(one.region)))].sort()) {
    const here = list.filter((one) => countyOf(one.region) === county)
    // The ledger first: whoever pushes here waits, so that nothing is written on what is being emptied.
    await takePlaces(tx, county, firstOf(gen), 0)
    const there = await recordsWithId(
      tx,
      here.map((one) => one.id),
    )
    const wasOf = (one: Erasure) => there.find((row) => row.id === one.id && row.kind === one.kind)
    const open = here.filter((one) => wasOf(one)?.deleted !== true)
    const first = await takePlaces(tx, county, firstOf(gen), open.length)
    const stones = open.map((one, i) => stoneOf(county, one, wasOf(one), gen, first + i))
    await bury(tx, stones, at)
    const gone = open.flatMap((one) => wasOf(one) ?? [])
    const counted = new Set(open.filter((one) => full && one.counted).map((one) => one.id))
    if (stones.length > 0) await leave(tx, county, gone, counted)
    emptied += stones.length
  }
  await noteErasures(tx, list, full)
  return emptied
}
