import type { Id } from '#domain/id.ts'
import type { RegionCode } from '#domain/region/code.ts'
import type { DigestLine } from './protocol/wire.ts'

/** A 64-bit hash as two unsigned 32-bit lanes, because JavaScript has no fast 64-bit integer. */
export type Hash64 = readonly [high: number, low: number]

// Two murmur3 finalising lanes with different seeds; enough to notice a difference, not to resist a forger.
function lane(text: string, seed: number): number {
  let h = seed >>> 0
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 0xcc9e2d51)
    h = (h << 15) | (h >>> 17)
    h = Math.imul(h, 0x1b873593)
  }
  h ^= text.length
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** The hash of one version of one record, the same on both sides. */
export function recordHash(kind: string, id: string, rv: number): Hash64 {
  const text = `${kind}/${id}@${rv}`
  return [lane(text, 0x9747b28c), lane(text, 0x3c6ef372)]
}

/** A signed 64-bit integer text of a hash, as PostgreSQL's bigint reads it. */
export const hashToBigint = (hash: Hash64): string =>
  BigInt.asIntN(64, (BigInt(hash[0]) << BigInt(32)) | BigInt(hash[1])).toString()

/** The same 64 bits as sixteen hexadecimal digits, as the wire carries them. */
export const hashToHex = (hash: Hash64): string =>
  hash.map((part) => part.toString(16).padStart(8, '0')).join('')

/** Reads sixteen hexadecimal digits; null for anything else. */
export function hashFromHex(text: string): Hash64 | null {
  if (!/^[0-9a-f]{16}$/.test(text)) return null
  return [Number.parseInt(text.slice(0, 8), 16), Number.parseInt(text.slice(8), 16)]
}

/** Sixteen hexadecimal digits of a signed 64-bit integer as PostgreSQL writes it. */
export const bigintToHex = (text: string): string =>
  BigInt.asUintN(64, BigInt(text)).toString(16).padStart(16, '0')

/** How many records, and the XOR of their hashes. */
export interface Sum {
  n: number
  x: Hash64
}

const EMPTY: Sum = { n: 0, x: [0, 0] }

const plus = (sum: Sum, n: number, x: Hash64): Sum => ({
  n: sum.n + n,
  x: [(sum.x[0] ^ x[0]) >>> 0, (sum.x[1] ^ x[1]) >>> 0],
})

/** Sums by village. */
export type Sums = Map<RegionCode, Sum>

/** Adds one record's version to the sum of its village. */
export function addRecord(sums: Sums, village: RegionCode, kind: string, id: string, rv: number): void {
  sums.set(village, plus(sums.get(village) ?? EMPTY, 1, recordHash(kind, id, rv)))
}

/** Takes one record's version out of the sum of its village, in which it is. */
export function removeRecord(sums: Sums, village: RegionCode, kind: string, id: string, rv: number): void {
  sums.set(village, plus(sums.get(village) ?? EMPTY, -1, recordHash(kind, id, rv)))
}

/** What the server says it has, by village: all its lanes together, and what the caller keeps outside them. A hash that is none counts as another. */
export function sumsOf(line: DigestLine): Sums {
  const sums: Sums = new Map()
  for (const [village, , n, x] of line.v) {
    const hash = hashFromHex(x)
    sums.set(village, plus(sums.get(village) ?? EMPTY, hash ? n : Number.NaN, hash ?? [0, 0]))
  }
  for (const [kind, id, rv, village] of line.more ?? []) addRecord(sums, village, kind, id, rv)
  return sums
}

const isSame = (a: Sum, b: Sum): boolean => a.n === b.n && a.x[0] === b.x[0] && a.x[1] === b.x[1]

/** Villages in which two sides do not hold the same, in order of their codes. */
export function differing(one: Sums, other: Sums): RegionCode[] {
  const villages = new Set([...one.keys(), ...other.keys()])
  return [...villages]
    .filter((village) => !isSame(one.get(village) ?? EMPTY, other.get(village) ?? EMPTY))
    .sort()
}

/** A record and its version, as a list names it. */
export type Listed = readonly [kind: string, id: Id, rv: number]

/** What makes one side like the other. */
export interface Repair {
  /** Not in the list: it is not the caller's to keep. */
  evict: [kind: string, id: Id][]
  /** Missing here, or another version. */
  want: [kind: string, id: Id][]
}

/** Holds what is here of a village against the list of what should be. */
export function planRepair(should: readonly Listed[], here: readonly Listed[]): Repair {
  const keyOf = ([kind, id]: Listed) => `${kind}/${id}`
  const listed = new Set(should.map(keyOf))
  const held = new Map(here.map((one) => [keyOf(one), one[2]]))
  return {
    evict: here.filter((one) => !listed.has(keyOf(one))).map(([kind, id]) => [kind, id]),
    want: should.filter((one) => held.get(keyOf(one)) !== one[2]).map(([kind, id]) => [kind, id]),
  }
}
