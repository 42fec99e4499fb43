import type { Id } from '#domain/id.ts'
import type { County } from '#domain/region/code.ts'
import { madeAs } from '#sync/protocol/op-hash.ts'
import type { Outcome } from '#sync/protocol/op.ts'
import type { Ack } from '#sync/protocol/wire.ts'
import { nameOf } from './decide.ts'
import type { Incoming } from './incoming.ts'
import type { Claim, DeviceFacts, OpName, PushTables, StoredReceipt } from '../../repositories/sync/tables.ts'

/** A phone's ops as they come to be claimed. */
export interface Offer {
  device: number
  person: Id
  lastAnswerAt: number
  packedTo: number
  ops: readonly Incoming[]
}

/** One op of an offer. */
export interface Entry {
  offer: Offer
  incoming: Incoming
  own: OpName
  /** What it was first made as; its own name when it says nothing else, or nothing that can be believed. */
  origin: OpName
  isStrangers: boolean
  /** Of the device that made it first. */
  lastAnswerAt: number
  packedTo: number
}

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

/** Ops whose first device is not the one that hands them in. */
const isCarried = (one: Entry): boolean => one.origin.device !== one.own.device || one.origin.n !== one.own.n

/** The names under which it is claimed. */
export const namesOf = (one: Entry): OpName[] => (isCarried(one) ? [one.own, one.origin] : [one.own])

async function entriesOf(tables: PushTables, offers: readonly Offer[]): Promise<Entry[]> {
  const entries = offers.flatMap((offer) =>
    offer.ops.map((incoming): Entry => {
      const [device, n] = incoming.op ? madeAs(incoming.op, offer.device) : [offer.device, incoming.n]
      const own = { device: offer.device, n: incoming.n }
      return {
        offer,
        incoming,
        own,
        origin: { device, n },
        isStrangers: false,
        lastAnswerAt: offer.lastAnswerAt,
        packedTo: offer.packedTo,
      }
    }),
  )
  const carried = entries.filter(isCarried)
  if (carried.length === 0) return entries
  const owners = await tables.devicesOf([...new Set(carried.map((one) => one.origin.device))].toSorted())
  for (const one of carried) {
    const facts: DeviceFacts | undefined = owners.get(one.origin.device)
    if (facts?.person === one.offer.person) {
      one.lastAnswerAt = facts.lastAnswerAt
      one.packedTo = facts.packedTo
    } else Object.assign(one, { origin: one.own, isStrangers: true })
  }
  return entries
}

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
  const claims = new Map<string, Claim>()
  for (const one of entries)
    for (const name of namesOf(one))
      if (!claims.has(nameOf(name))) claims.set(nameOf(name), { ...name, hash: one.incoming.hash })
  const free = new Set((await tables.claim(county, [...claims.values()], at)).map(nameOf))
  const needed = entries.flatMap((one) => {
    const names = namesOf(one)
    const on = (one.incoming.op?.d ?? []).map((n) => ({ device: one.origin.device, n }))
    return [...names.filter((name) => !free.has(nameOf(name))), ...on]
  })
  const stored = await receiptsOf(tables, county, needed)
  await giveBackPacked(tables, county, entries, free, stored)

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
  if (isCarried(one)) {
    const theirs = stored.get(nameOf(one.origin))
    const first = firsts.get(nameOf(one.origin))
    if (theirs?.hash === hash) {
      sorted.known.set(one, ackOf(one.own.n, theirs))
      sorted.copies.push({ name: one.own, of: theirs })
      return
    }
    if (first?.incoming.hash === hash) {
      sorted.twins.set(one, first)
      return
    }
    // That name belongs to something else: it is an op of its own, or what was typed would never arrive.
    if (theirs || first) one.origin = one.own
    else firsts.set(nameOf(one.origin), one)
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
  free: ReadonlySet<string>,
  stored: Map<string, StoredReceipt>,
): Promise<void> {
  const hashes = new Map<string, string>()
  const old = entries.flatMap((one) => {
    const names = namesOf(one).filter((name) => {
      hashes.set(nameOf(name), one.incoming.hash)
      const packedTo = name === one.own ? one.offer.packedTo : one.packedTo
      return name.n <= packedTo && free.has(nameOf(name))
    })
    const on = (one.incoming.op?.d ?? []).map((n) => ({ device: one.origin.device, n }))
    return [...names, ...on.filter((name) => name.n <= one.packedTo && !stored.has(nameOf(name)))]
  })
  const packed = old.length > 0 ? await tables.packedReceipts(county, old) : []
  if (packed.length === 0) return
  await tables.unclaim(
    county,
    packed.filter((name) => free.has(nameOf(name))),
  )
  for (const { device, n, hash: half } of packed) {
    const whole = hashes.get(nameOf({ device, n })) ?? ''
    const hash = whole.startsWith(half) ? whole : half
    stored.set(nameOf({ device, n }), { device, n, hash, outcome: 'ok', detail: {}, seq: 0, rv: 0 })
  }
}
