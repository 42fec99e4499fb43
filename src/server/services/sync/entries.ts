import type { Id } from '#domain/id.ts'
import { madeAs } from '#sync/protocol/op-hash.ts'
import type { Incoming } from './incoming.ts'
import type { DeviceFacts, OpName, PushTables } from '../../repositories/sync/tables.ts'

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
  /** The further name it is known by: what it was first made as, or, where another op has that name, one made of its fingerprint. */
  other: OpName | null
  /** Devices whose numbers it names when it says what it depends on; the first that has such a number counts. */
  homes: readonly number[]
  isStrangers: boolean
  /** Of the device that made it first. */
  lastAnswerAt: number
  packedTo: number
}

/** The names under which it is claimed. */
export const namesOf = (one: Entry): OpName[] => (one.other ? [one.own, one.other] : [one.own])

/** Names of what an op depends on. */
export const dependsOf = (one: Entry): OpName[] =>
  (one.incoming.op?.d ?? []).flatMap((n) => one.homes.map((device) => ({ device, n })))

// 52 bits: exact as a float.
const HASH_DIGITS = 13
/** The name of an op whose own belongs to another one: beginning of its fingerprint, below all numbers that devices give. */
export const byFingerprint = (device: number, hash: string): OpName => ({
  device,
  n: -1 - parseInt(hash.slice(0, HASH_DIGITS), 16),
})

/** The ops of offers in order, each with the names it goes by. Whose the other devices are is asked once, if there are any. */
export async function entriesOf(tables: PushTables, offers: readonly Offer[]): Promise<Entry[]> {
  const entries = offers.flatMap((offer) =>
    offer.ops.map((incoming): Entry => {
      const [device, n] = incoming.op ? madeAs(incoming.op, offer.device) : [offer.device, incoming.n]
      const own = { device: offer.device, n: incoming.n }
      const origin = { device, n }
      const isCarried = device !== own.device || n !== own.n
      return {
        offer,
        incoming,
        own,
        origin,
        other: isCarried ? origin : null,
        // A phone enrolled anew keeps its numbers: what it handed in itself it names by those, too.
        homes: isCarried && n === own.n ? [own.device, device] : [device],
        isStrangers: false,
        lastAnswerAt: offer.lastAnswerAt,
        packedTo: offer.packedTo,
      }
    }),
  )
  const carried = entries.filter((one) => one.other !== null)
  if (carried.length === 0) return entries
  const owners = await tables.devicesOf([...new Set(carried.map((one) => one.origin.device))].toSorted())
  for (const one of carried) {
    const facts: DeviceFacts | undefined = owners.get(one.origin.device)
    if (facts?.person === one.offer.person) {
      one.lastAnswerAt = facts.lastAnswerAt
      one.packedTo = facts.packedTo
    } else Object.assign(one, { origin: one.own, other: null, isStrangers: true })
  }
  return entries
}
