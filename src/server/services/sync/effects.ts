import { contributionsOf } from '#domain/metric/contribution.ts'
import { skeletonOf } from '#domain/record/skeleton.ts'
import { addDays } from '#domain/time/day.ts'
import { hashToBigint, recordHash } from '#sync/digest.ts'
import type { DigestChange, ExitRow, RecordRow, RollupChange } from '../../repositories/sync/effects.ts'
import type { StoredRecord } from './stored.ts'

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
export function rollupChanges(
  pairs: readonly (readonly [StoredRecord | null, StoredRecord])[],
): RollupChange[] {
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
export function digestChanges(
  pairs: readonly (readonly [StoredRecord | null, StoredRecord])[],
): DigestChange[] {
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

/** How many ledger places a change takes: one for the record, one more when it left a place. */
export const placesOf = (before: StoredRecord | null, after: StoredRecord): number =>
  before && hasMoved(before, after) ? 2 : 1

/** Gives each changed record, and each place it left, its position in the county's ledger, from `first` on. */
export function rowsFrom(
  pairs: readonly (readonly [StoredRecord | null, StoredRecord])[],
  first: number,
): { records: RecordRow[]; exits: ExitRow[] } {
  const records: RecordRow[] = []
  const exits: ExitRow[] = []
  let seq = first
  for (const [before, after] of pairs) {
    const { kind, id, rv, region, body, fv, deleted } = after.state
    if (before && hasMoved(before, after))
      exits.push({ seq: seq++, kind, id, rv, region: before.state.region, lane: before.lane })
    records.push({
      fresh: before === null,
      kind,
      id,
      region,
      lane: after.lane,
      recorder: after.recorder,
      office: after.office,
      rv,
      seq: seq++,
      deleted,
      body,
      skeleton: skeletonOf(kind, body),
      fv,
      h: hashToBigint(recordHash(kind, id, rv)),
    })
  }
  return { records, exits }
}
