import { contributionsOf } from '#domain/metric/contribution.ts'
import { skeletonOf } from '#domain/record/skeleton.ts'
import { addDays } from '#domain/time/day.ts'
import { hashToBigint, recordHash } from '#sync/digest.ts'
import type { County } from '#domain/region/code.ts'
import { lossesOf } from '#sync/fold/losses.ts'
import { countyOfRecord, type StoredRecord } from './stored.ts'
import type { DigestChange, ExitRow, RecordRow, RollupChange } from '../../repositories/sync/tables.ts'

/** A record before (null: there was none) and after. */
export type Pair = readonly [StoredRecord | null, StoredRecord]

const nextDay = (day: string): string => addDays(day, 1)

/** What a record adds to the numbers; one that is deleted adds nothing. */
export const countsOf = (one: StoredRecord): { region: string; metric: string; day: string; n: number }[] =>
  one.state.deleted
    ? []
    : contributionsOf(one.state.kind, one.state.body, nextDay).map((each) => ({
        region: one.state.region,
        ...each,
      }))

/** The digest's hash of a record; null where none is kept: closed and deleted. */
export const digestHashOf = (one: StoredRecord): string | null =>
  one.lane === 'closed' || one.state.deleted
    ? null
    : hashToBigint(recordHash(one.state.kind, one.state.id, one.state.rv))

/** Sums of differences by key; what cancels out is left out, because nothing changed. */
class Sums<T extends { n: number }> {
  readonly #rows = new Map<string, T>()
  add(key: string, row: T): void {
    const old = this.#rows.get(key)
    this.#rows.set(key, old ? { ...old, n: old.n + row.n } : row)
  }
  list(): T[] {
    return [...this.#rows.values()].filter((one) => one.n !== 0)
  }
}

/** Differences of the numbers between records before and after (I-38). */
export function rollupChanges(pairs: readonly Pair[]): RollupChange[] {
  const sums = new Sums<RollupChange>()
  const add = (one: StoredRecord, sign: 1 | -1) => {
    for (const each of countsOf(one))
      sums.add(`${each.region}/${each.metric}/${each.day}`, { ...each, n: sign * each.n })
  }
  for (const [before, after] of pairs) {
    if (before) add(before, -1)
    add(after, 1)
  }
  return sums.list()
}

/** Differences of count and XOR by region and lane (I-37). */
export function digestChanges(pairs: readonly Pair[]): DigestChange[] {
  const rows = new Map<string, { region: string; lane: string; n: number; x: bigint }>()
  const add = (one: StoredRecord, sign: 1 | -1) => {
    const hash = digestHashOf(one)
    if (hash === null) return
    const key = `${one.state.region}/${one.lane}`
    const old = rows.get(key) ?? { region: one.state.region, lane: one.lane, n: 0, x: 0n }
    rows.set(key, { ...old, n: old.n + sign, x: old.x ^ BigInt(hash) })
  }
  for (const [before, after] of pairs) {
    if (before) add(before, -1)
    add(after, 1)
  }
  return [...rows.values()]
    .filter((one) => one.n !== 0 || one.x !== 0n)
    .map((one) => ({ ...one, x: String(one.x) }))
}

const hasMoved = (before: StoredRecord, after: StoredRecord): boolean =>
  before.state.region !== after.state.region || before.lane !== after.lane

/** How many places of a county's ledger a change takes: one where the record is, one for each place it left. */
export function placesOf(county: County, [before, after]: Pair): number {
  const left = before !== null && hasMoved(before, after) && countyOfRecord(before) === county
  return (left ? 1 : 0) + (countyOfRecord(after) === county ? 1 : 0)
}

const rowOf = (before: StoredRecord | null, after: StoredRecord, seq: number): RecordRow => {
  const { kind, id, rv, region, body, fv, deleted } = after.state
  return {
    fresh: before === null,
    kind,
    id,
    region,
    lane: after.lane,
    recorder: after.recorder,
    office: after.office,
    rv,
    seq,
    deleted,
    body,
    skeleton: skeletonOf(kind, body),
    fv,
    losses: [...lossesOf(after.state)],
    h: hashToBigint(recordHash(kind, id, rv)),
  }
}

/**
 * Gives each changed record, and each place it left, its position in a county's ledger, from `first` on.
 * @returns rows of records that are in the county; `arrivals`: those that came from another, by that county
 */
export function rowsFrom(
  county: County,
  pairs: readonly Pair[],
  first: number,
): { records: RecordRow[]; exits: ExitRow[]; arrivals: Map<County, RecordRow[]> } {
  const records: RecordRow[] = []
  const exits: ExitRow[] = []
  const arrivals = new Map<County, RecordRow[]>()
  let seq = first
  for (const [before, after] of pairs) {
    const from = before && countyOfRecord(before)
    const { kind, id, rv } = after.state
    if (before && from === county && hasMoved(before, after))
      exits.push({ seq: seq++, kind, id, rv, region: before.state.region, lane: before.lane })
    if (countyOfRecord(after) !== county) continue
    const row = rowOf(before, after, seq++)
    if (from === null || from === county) records.push(row)
    else arrivals.set(from, [...(arrivals.get(from) ?? []), row])
  }
  return { records, exits, arrivals }
}
