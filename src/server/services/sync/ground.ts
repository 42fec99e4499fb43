import type { Id } from '#domain/id.ts'
import { countyOf, type County, type RegionCode } from '#domain/region/code.ts'
import { destinationOf, redirected } from '#sync/catalogue/transfer.ts'
import type { Op } from '#sync/protocol/op.ts'
import { keyOf, storedOf, type StoredRecord } from './stored.ts'
import type { LeftRow, PushTables, RecordKey, RegionFacts } from '../../repositories/sync/tables.ts'

/** What pushed ops stand on besides the records they name: regions that took the place of others, and places that records have left. */
export interface Ground {
  /** The op as it counts today: old codes replaced by what follows them; null: it sends a record where nothing is. */
  placed(op: Op): Op | null
  left(key: string): readonly LeftRow[]
}

const MAX_STEPS = 8
const CREATIONS: readonly string[] = ['create', 'outreach.log', 'attachment.add']

const keysOf = (ops: readonly Op[]): RecordKey[] => [
  ...new Map(ops.map((op) => [keyOf(op.e[0], op.e[1]), { kind: op.e[0], id: op.e[1] }])).values(),
]

/** What is known of codes and of all that follow them. */
async function regionsOf(
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
function successor(regions: ReadonlyMap<RegionCode, RegionFacts>, code: RegionCode): RegionCode {
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
  return [
    ...new Set(
      ops.filter((op) => !records.has(keyOf(op.e[0], op.e[1])) && !made.has(op.e[1])).map((op) => op.e[1]),
    ),
  ]
}

async function lockIn(tables: PushTables, county: County, ops: readonly Op[]): Promise<StoredRecord[]> {
  return (await tables.lockRecords(county, keysOf(ops))).map(storedOf)
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
