import type { Id } from '#domain/id.ts'
import { countyOf, type County, type RegionCode } from '#domain/region/code.ts'
import { destinationOf, redirected } from '#sync/catalogue/transfer.ts'
import type { Op } from '#sync/protocol/op.ts'
import { closes, mayClose, mayOpen, parentNamed, parentOf } from './doors.ts'
import { countyOfRecord, keyOf, storedOf, type StoredRecord } from './stored.ts'
import type { LeftRow, PushTables, RecordKey, RegionFacts } from '../../repositories/sync/tables.ts'

/** What pushed ops stand on besides the records they name: regions that took the place of others, and places that records have left. */
export interface Ground {
  /** The op as it counts today: old codes replaced by what follows them; null: it sends a record where nothing is. */
  placed(op: Op): Op | null
  left(key: string): readonly LeftRow[]
}

const MAX_STEPS = 8
const CREATIONS: readonly string[] = ['create', 'outreach.log', 'attachment.add']

const keyOfOp = (op: Op): string => keyOf(op.e[0], op.e[1])
const unique = (keys: readonly RecordKey[]): RecordKey[] => [
  ...new Map(keys.map((one) => [keyOf(one.kind, one.id), one])).values(),
]
const keysOf = (ops: readonly Op[]): RecordKey[] => unique(ops.map((op) => ({ kind: op.e[0], id: op.e[1] })))

const parentsNamed = (ops: readonly Op[]): RecordKey[] => ops.map(parentNamed).filter((one) => one !== null)

/** What is known of codes and of all that follow them. */
export async function regionsOf(
  tables: PushTables,
  codes: readonly RegionCode[],
): Promise<Map<RegionCode, RegionFacts>> {
  const known = new Map<RegionCode, RegionFacts>()
  let asked = [...new Set(codes)]
  for (let step = 0; step < MAX_STEPS && asked.length > 0; step++) {
    for (const [code, facts] of await tables.regions(asked)) known.set(code, facts)
    asked = [...known.values()].flatMap(({ mergedInto }) =>
      mergedInto !== null && !known.has(mergedInto) ? [mergedInto] : [],
    )
  }
  return known
}

/** What stands today in place of a code: itself when nothing followed it. */
export function successor(regions: ReadonlyMap<RegionCode, RegionFacts>, code: RegionCode): RegionCode {
  let at = code
  for (let step = 0; step < MAX_STEPS; step++) {
    const next = regions.get(at)?.mergedInto
    if (!next) return at
    at = next
  }
  return at
}

function placedBy(regions: ReadonlyMap<RegionCode, RegionFacts>) {
  return (op: Op): Op | null => {
    const r = successor(regions, op.r)
    const to = destinationOf(op)
    const home = r === op.r ? op : { ...op, r }
    if (to === null) return home
    const end = successor(regions, to)
    const facts = regions.get(end)
    if (!facts || facts.validTo !== null) return null
    return end === to ? home : redirected(home, end)
  }
}

/** Records that a county does not have and that no op of the batch makes: they may have left it. */
function missing(ops: readonly Op[], records: ReadonlyMap<string, StoredRecord>): Id[] {
  const made = new Set(ops.filter((op) => CREATIONS.includes(op.k)).map((op) => op.e[1]))
  const named = unique([...keysOf(ops), ...parentsNamed(ops)])
  return named
    .filter((one) => !records.has(keyOf(one.kind, one.id)) && !made.has(one.id))
    .map((one) => one.id)
}

/** Locks the records that ops name, and those whose door new ones stand behind. */
async function lockIn(tables: PushTables, county: County, ops: readonly Op[]): Promise<StoredRecord[]> {
  return (await tables.lockRecords(county, unique([...keysOf(ops), ...parentsNamed(ops)]))).map(storedOf)
}

/** Most generations of records that stand behind one door: a dispute, its meetings, their files. */
const GENERATIONS = 2

/** Locks what belongs to these records in a county: meetings, files, and files of meetings. */
export async function lockBehind(
  tables: PushTables,
  county: County,
  disputes: readonly Id[],
): Promise<StoredRecord[]> {
  const found: StoredRecord[] = []
  for (let ids = disputes, step = 0; ids.length > 0 && step < GENERATIONS; step++) {
    const rows = (await tables.lockBelonging(county, ids)).map(storedOf)
    found.push(...rows)
    ids = rows.filter((one) => one.state.kind === 'meeting').map((one) => one.state.id)
  }
  return found
}

/** Locks besides what ops may take through a door that they close, and the door they may take something out of. */
async function lockDoors(
  tables: PushTables,
  ops: readonly Op[],
  records: ReadonlyMap<string, StoredRecord>,
  placed: Ground['placed'],
): Promise<StoredRecord[]> {
  /** Records of these ops, each with a county where it is or is sent. */
  const known = (which: (op: Op) => boolean) =>
    ops.filter(which).flatMap((op): [StoredRecord, County][] => {
      const one = records.get(keyOfOp(op))
      if (!one) return []
      const end = placed(op)
      const to = end && destinationOf(end)
      const counties = [countyOfRecord(one), ...(to ? [countyOf(to)] : [])]
      return [...new Set(counties)].map((county) => [one, county])
    })
  const found: StoredRecord[] = []
  for (const [one, county] of known(mayOpen)) {
    const parent = parentOf(one.state.kind, one.state.body)
    if (parent && !records.has(keyOf(parent.kind, parent.id)))
      found.push(...(await tables.lockRecords(county, [parent])).map(storedOf))
  }
  const closing = new Map<County, Id[]>()
  const follow = (county: County, id: Id) => closing.set(county, [...(closing.get(county) ?? []), id])
  for (const [one, county] of known(mayClose)) follow(county, one.state.id)
  // Made by these very ops: what belongs to it may have come before it, from another phone, after a history was lost.
  for (const op of ops.filter((one) => closes(one) && !records.has(keyOfOp(one)))) {
    const end = placed(op)
    if (end) follow(countyOf(end.r), op.e[1])
  }
  for (const [one, county] of await elsewhere(tables, known(closes))) follow(county, one.state.id)
  for (const [county, disputes] of closing) found.push(...(await lockBehind(tables, county, disputes)))
  return found
}

/**
 * Other counties in which something may have stayed behind of records that have changed county: written there by somebody who did not know
 * that the matter had gone, or not known to whoever sent it away. Any that has a ledger; doors of such records are closed once in years.
 */
async function elsewhere(
  tables: PushTables,
  closing: readonly [StoredRecord, County][],
): Promise<[StoredRecord, County][]> {
  if (closing.length === 0) return []
  const homes = await tables.homes(closing.map(([one]) => one.state.id))
  const moved = closing.filter(([one]) => homes.has(one.state.id))
  if (moved.length === 0) return []
  const ledgers = await tables.ledgers()
  await tables.widen(ledgers)
  return moved.flatMap(([one]) =>
    ledgers
      .filter((county) => county !== countyOfRecord(one))
      .map((county): [StoredRecord, County] => [one, county]),
  )
}

/**
 * Locks the records that ops name, wherever they are by now, and learns what else deciding them takes.
 * @param county the one the ops were pushed for; the scope is widened to others that they lead to
 */
export async function groundOf(
  tables: PushTables,
  county: County,
  ops: readonly Op[],
): Promise<{ records: Map<string, StoredRecord>; ground: Ground }> {
  const records = new Map<string, StoredRecord>()
  const put = (list: readonly StoredRecord[]) => {
    for (const one of list) records.set(keyOf(one.state.kind, one.state.id), one)
  }
  // Only a new record and one that is sent elsewhere need to know of regions; the others are where they are.
  const codes = ops.flatMap((op) => [
    ...(CREATIONS.includes(op.k) ? [op.r] : []),
    ...(destinationOf(op) === null ? [] : [destinationOf(op) as RegionCode]),
  ])
  const regions = codes.length > 0 ? await regionsOf(tables, codes) : new Map<RegionCode, RegionFacts>()
  const placed = placedBy(regions)
  put(await lockIn(tables, county, ops))

  const gone = missing(ops, records)
  const homes = gone.length > 0 ? await tables.homes(gone) : new Map<Id, County>()
  const targets = ops.flatMap((op) => {
    const end = placed(op)
    return end ? [countyOf(destinationOf(end) ?? end.r)] : []
  })
  const others = [...new Set([...homes.values(), ...targets])].filter((one) => one !== county).toSorted()
  if (others.length > 0) {
    await tables.widen(others)
    for (const other of others)
      put(
        await lockIn(
          tables,
          other,
          ops.filter((op) => homes.get(op.e[1]) === other || !records.has(keyOf(op.e[0], op.e[1]))),
        ),
      )
  }

  put(await lockDoors(tables, ops, records, placed))

  // Where a record is not where its author saw it, it matters where it was.
  const moved = ops.filter((op) => {
    const record = records.get(keyOf(op.e[0], op.e[1]))
    return record && op.b < record.state.rv && (record.state.region !== op.r || record.lane === 'closed')
  })
  const left = new Map<string, LeftRow[]>()
  for (const one of moved.length > 0 ? await tables.left(county, keysOf(moved)) : []) {
    const key = keyOf(one.kind, one.id)
    left.set(key, [...(left.get(key) ?? []), one])
  }
  return { records, ground: { placed, left: (key) => left.get(key) ?? [] } }
}
