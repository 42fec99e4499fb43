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
