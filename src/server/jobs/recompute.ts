import { contributionsOf } from '#domain/metric/contribution.ts'
import { addDays } from '#domain/time/day.ts'
import { hashToBigint, recordHash } from '#sync/digest.ts'
import type { Tx } from '../database/database.ts'
import {
  keptDigests,
  keptNumbers,
  numbersOfEmptied,
  recordsOf,
  type Cell,
  type CountedRecord,
} from '../repositories/jobs/numbers.ts'
import type { Difference } from '../repositories/jobs/repairs.ts'

export type { Difference }

/** What a county's records add up to, and what else they say of themselves. */
export interface Recomputed {
  records: number
  /** Key `region/metric/day`; no zeroes. */
  numbers: Map<string, Cell>
  /** Key `region/lane`. */
  digests: Map<string, { n: number; x: bigint }>
  /** Records whose stored fingerprint is not that of their version. */
  wrongHash: number
  /** Highest ledger place of a record. */
  highest: number
}

const nextDay = (day: string): string => addDays(day, 1)
const cellKey = (one: { region: string; metric: string; day: string }): string =>
  `${one.region}/${one.metric}/${one.day}`

function addCell(into: Map<string, Cell>, cell: Cell): void {
  const key = cellKey(cell)
  into.set(key, { ...cell, n: (into.get(key)?.n ?? 0) + cell.n })
}

function addNumbers(into: Map<string, Cell>, one: CountedRecord): void {
  for (const { metric, day, n } of contributionsOf(one.kind, one.body, nextDay))
    addCell(into, { region: one.region, metric, day, n })
}

function addDigest(into: Recomputed['digests'], one: CountedRecord, hash: string): void {
  const key = `${one.region}/${one.lane}`
  const old = into.get(key) ?? { n: 0, x: 0n }
  into.set(key, { n: old.n + 1, x: old.x ^ BigInt(hash) })
}

/**
 * Adds up a county's records anew, from nothing, in the snapshot of the transaction; with them what those added whose time is over and of
 * which only the count is left.
 */
export async function recompute(tx: Tx, county: string): Promise<Recomputed> {
  const all: Recomputed = { records: 0, numbers: new Map(), digests: new Map(), wrongHash: 0, highest: 0 }
  for await (const records of recordsOf(tx, county))
    for (const one of records) {
      const hash = hashToBigint(recordHash(one.kind, one.id, one.rv))
      all.records++
      all.highest = Math.max(all.highest, one.seq)
      if (hash !== one.h) all.wrongHash++
      if (one.deleted) continue
      addNumbers(all.numbers, one)
      if (one.lane !== 'closed') addDigest(all.digests, one, hash)
    }
  for (const cell of await numbersOfEmptied(tx, county)) addCell(all.numbers, cell)
  for (const [key, { n }] of all.numbers) if (n === 0) all.numbers.delete(key)
  return all
}

/** Every kept number that differs from recomputation in the same snapshot; expected: none, exactly. */
export async function numberDifferences(tx: Tx, county: string, anew: Recomputed): Promise<Difference[]> {
  const kept = new Map((await keptNumbers(tx, county)).map((one) => [cellKey(one), one]))
  return [...new Set([...kept.keys(), ...anew.numbers.keys()])].sort().flatMap((key) => {
    const [was, is] = [kept.get(key), anew.numbers.get(key)]
    const one = is ?? was
    if (!one || (was?.n ?? 0) === (is?.n ?? 0)) return []
    const { region, metric, day } = one
    return [{ region, metric, day, kept: was?.n ?? 0, recomputed: is?.n ?? 0 }]
  })
}

/** Villages and lanes, `region/lane`, whose kept digest differs from recomputation. */
export async function digestDifferences(tx: Tx, county: string, anew: Recomputed): Promise<string[]> {
  const kept = new Map((await keptDigests(tx, county)).map((one) => [`${one.region}/${one.lane}`, one]))
  return [...new Set([...kept.keys(), ...anew.digests.keys()])].filter((key) => {
    const [was, is] = [kept.get(key), anew.digests.get(key)]
    return (was?.n ?? 0) !== (is?.n ?? 0) || (was?.x ?? '0') !== String(is?.x ?? 0n)
  })
}
