import type { County } from '#domain/region/code.ts'
import type { Outcome } from '#sync/protocol/op.ts'
import type { Ack } from '#sync/protocol/wire.ts'
import { nameOf } from './decide.ts'
import { byFingerprint, dependsOf, entriesOf, namesOf, type Entry, type Offer } from './entries.ts'
import type { Claim, OpName, PushTables, StoredReceipt } from '../../repositories/sync/tables.ts'

/** What is known before deciding: ops that are new, answers to those that are not, and outcomes that new ones depend on. */
export interface Sorted {
  fresh: Entry[]
  /** By entry: an ack that is ready. */
  known: Map<Entry, Ack>
  /** New names of ops whose outcome is known by another name: they get the same receipt. */
  copies: { name: OpName; of: StoredReceipt }[]
  /** A second appearance of a fresh op in the same transaction. */
  twins: Map<Entry, Entry>
  earlier: Map<string, Outcome>
}

/** The same number with another content: a cloned or restored phone. Nothing is applied (I-7). */
const fork = (n: number): Ack => [n, 'fork', 0, 0, {}]

export const ackOf = (n: number, one: StoredReceipt): Ack => [
  n,
  one.outcome,
  one.seq,
  one.rv,
  one.detail as Ack[4],
]

/** Receipts by name, those included that are so old that only half a fingerprint is kept. */
async function receiptsOf(
  tables: PushTables,
  county: County,
  names: readonly OpName[],
): Promise<Map<string, StoredReceipt>> {
  const list = [...new Map(names.map((one) => [nameOf(one), one])).values()]
  const stored = list.length > 0 ? await tables.receipts(county, list) : []
  return new Map(stored.map((one) => [nameOf(one), one]))
}

/**
 * Claims what is new and finds what was decided before, of several phones' ops at once (I-6). An op that was first made elsewhere is
 * known by both names: whichever comes first is decided, the other finds its receipt.
 */
export async function sort(
  tables: PushTables,
  county: County,
  offers: readonly Offer[],
  at: Date,
): Promise<Sorted> {
  const entries = await entriesOf(tables, offers)
  const { free, stored } = await claimAll(tables, county, entries, at)
  let sorted = sortAll(entries, stored)
  // Two copies of one phone may hold the same op under a name that a third has used for another: its fingerprint tells (I-6).
  const renamed = entries.filter((one) => one.other && one.other.n < 0)
  if (renamed.length > 0) {
    const more = await claimAll(tables, county, renamed, at, false)
    for (const [name, one] of more.stored) stored.set(name, one)
    for (const [name, one] of more.free) free.set(name, one)
    sorted = sortAll(entries, stored)
  }
  await giveBackUnused(tables, county, sorted, free)
  return sorted
}

/** Names that were claimed for an op which turned out to be known or a clone's: they are nobody's. */
async function giveBackUnused(
  tables: PushTables,
  county: County,
  { fresh, twins, copies }: Sorted,
  free: ReadonlyMap<string, OpName>,
): Promise<void> {
  const used = new Set([
    ...[...fresh, ...twins.keys()].flatMap(namesOf).map(nameOf),
    ...copies.map(({ name }) => nameOf(name)),
  ])
  const unused = [...free].filter(([name]) => !used.has(name)).map(([, one]) => one)
  if (unused.length > 0) await tables.unclaim(county, unused)
}

/**
 * Claims the names of entries.
 * @param all whether those under their own numbers, with what they depend on; else only their further names
 * @returns those that were free, and receipts of those that were decided before
 */
async function claimAll(
  tables: PushTables,
  county: County,
  entries: readonly Entry[],
  at: Date,
  all = true,
): Promise<{ free: Map<string, OpName>; stored: Map<string, StoredReceipt> }> {
  const claimed = (one: Entry) => (all ? namesOf(one) : one.other ? [one.other] : [])
  const claims = new Map<string, Claim>()
  for (const one of entries)
    for (const name of claimed(one))
      if (!claims.has(nameOf(name))) claims.set(nameOf(name), { ...name, hash: one.incoming.hash })
  const claimedNow = await tables.claim(county, [...claims.values()], at)
  const free = new Map(claimedNow.map((one) => [nameOf(one), one]))
  const needed = entries.flatMap((one) => [
    ...claimed(one).filter((name) => !free.has(nameOf(name))),
    ...(all ? dependsOf(one) : []),
  ])
  const stored = await receiptsOf(tables, county, needed)
  await giveBackPacked(tables, county, entries, { claimed, free, stored })
  return { free, stored }
}

/** Sorts by what is known. An op whose first name belongs to another one gets a further name, which nobody has claimed yet. */
function sortAll(entries: readonly Entry[], stored: ReadonlyMap<string, StoredReceipt>): Sorted {
  const sorted: Sorted = { fresh: [], known: new Map(), copies: [], twins: new Map(), earlier: new Map() }
  for (const [name, one] of stored) sorted.earlier.set(name, one.outcome)
  const firsts = new Map<string, Entry>()
  for (const one of entries) sortOne(sorted, one, stored, firsts)
  return sorted
}

function sortOne(
  sorted: Sorted,
  one: Entry,
  stored: ReadonlyMap<string, StoredReceipt>,
  firsts: Map<string, Entry>,
): void {
  const { hash } = one.incoming
  const mine = stored.get(nameOf(one.own))
  if (mine) {
    sorted.known.set(one, mine.hash === hash ? ackOf(one.own.n, mine) : fork(one.own.n))
    return
  }
  const own = firsts.get(nameOf(one.own))
  if (own) {
    // Of one number twice, the first stands; the second is compared with it like any replay.
    if (own.incoming.hash === hash) sorted.twins.set(one, own)
    else sorted.known.set(one, fork(one.own.n))
    return
  }
  firsts.set(nameOf(one.own), one)
  if (one.other) {
    const theirs = stored.get(nameOf(one.other))
    const first = firsts.get(nameOf(one.other))
    if (theirs?.hash === hash) {
      sorted.known.set(one, ackOf(one.own.n, theirs))
      sorted.copies.push({ name: one.own, of: theirs })
      return
    }
    if (first?.incoming.hash === hash) {
      sorted.twins.set(one, first)
      return
    }
    if (theirs || first) {
      // That name belongs to something else: it is an op of its own, or what was typed would never arrive.
      one.origin = one.own
      one.other = byFingerprint(one.other.device, hash)
    } else firsts.set(nameOf(one.other), one)
  }
  sorted.fresh.push(one)
}

/**
 * Names that were decided so long ago that only a fingerprint is left: those that were claimed are given back and not decided again, and
 * what hangs on one goes on.
 */
async function giveBackPacked(
  tables: PushTables,
  county: County,
  entries: readonly Entry[],
  known: {
    claimed(one: Entry): OpName[]
    free: Map<string, OpName>
    stored: Map<string, StoredReceipt>
  },
): Promise<void> {
  const { claimed, free, stored } = known
  const hashes = new Map<string, string>()
  const old = entries.flatMap((one) => {
    const names = claimed(one).filter((name) => {
      hashes.set(nameOf(name), one.incoming.hash)
      const packedTo = name === one.own ? one.offer.packedTo : one.packedTo
      return name.n <= packedTo && free.has(nameOf(name))
    })
    return [...names, ...dependsOf(one).filter((name) => name.n <= one.packedTo && !stored.has(nameOf(name)))]
  })
  const packed = old.length > 0 ? await tables.packedReceipts(county, old) : []
  if (packed.length === 0) return
  await tables.unclaim(
    county,
    packed.filter((name) => free.delete(nameOf(name))),
  )
  for (const { device, n, hash: half } of packed) {
    const whole = hashes.get(nameOf({ device, n })) ?? ''
    const hash = whole.startsWith(half) ? whole : half
    stored.set(nameOf({ device, n }), { device, n, hash, outcome: 'ok', detail: {}, seq: 0, rv: 0 })
  }
}
