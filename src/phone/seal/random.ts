/** Bytes asked of the platform at once. */
const POOL = 480

/** Random bytes in small portions, each given out once, because asking the platform for every twelve of them costs a part of a save. */
export function randomBytes(
  crypto: Pick<Crypto, 'getRandomValues'>,
): (count: number) => Uint8Array<ArrayBuffer> {
  let pool = new Uint8Array(0)
  let used = 0
  return (count) => {
    if (count > POOL) return crypto.getRandomValues(new Uint8Array(count))
    if (used + count > pool.length) {
      pool = crypto.getRandomValues(new Uint8Array(POOL))
      used = 0
    }
    used += count
    return pool.slice(used - count, used)
  }
}
