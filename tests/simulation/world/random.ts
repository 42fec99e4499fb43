/** Dice of one world: the same label under the same seed always falls the same way, whatever else was thrown before. */
export interface Dice {
  /** In [0, 1). */
  next(): number
  /** A whole number in [0, below). */
  below(below: number): number
  /** A whole number in [from, to]. */
  between(from: number, to: number): number
  chance(share: number): boolean
  pick<T>(list: readonly T[]): T
  /** By weight; weights of 0 are never picked. */
  weighted<T extends { weight: number }>(list: readonly T[]): T
  bytes(length: number): Uint8Array<ArrayBuffer>
  /** Dice of their own for a part of the world, so that one part throwing more often changes no other. */
  of(label: string): Dice
}

/** Four well-mixed 32-bit words of a text (cyrb128). */
function seedOf(text: string): [number, number, number, number] {
  let [a, b, c, d] = [1779033703, 3144134277, 1013904242, 2773480762]
  for (let at = 0; at < text.length; at++) {
    const k = text.charCodeAt(at)
    a = b ^ Math.imul(a ^ k, 597399067)
    b = c ^ Math.imul(b ^ k, 2869860233)
    c = d ^ Math.imul(c ^ k, 951274213)
    d = a ^ Math.imul(d ^ k, 2716044179)
  }
  a = Math.imul(c ^ (a >>> 18), 597399067)
  b = Math.imul(d ^ (b >>> 22), 2869860233)
  c = Math.imul(a ^ (c >>> 17), 951274213)
  d = Math.imul(b ^ (d >>> 19), 2716044179)
  return [(a ^ b ^ c ^ d) >>> 0, (b ^ a) >>> 0, (c ^ a) >>> 0, (d ^ a) >>> 0]
}

/** A generator of 32-bit numbers (sfc32). */
function generator(text: string): () => number {
  let [a, b, c, d] = seedOf(text)
  return () => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return t >>> 0
  }
}

/** @param seed any text; the whole world follows from it */
export function diceOf(seed: string): Dice {
  const word = generator(seed)
  const next = () => word() / 2 ** 32
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    next,
    below,
    between: (from, to) => from + below(to - from + 1),
    chance: (share) => next() < share,
    pick: <T>(list: readonly T[]) => list[below(list.length)] as T,
    weighted<T extends { weight: number }>(list: readonly T[]) {
      let left = next() * list.reduce((sum, one) => sum + one.weight, 0)
      for (const one of list) if ((left -= one.weight) < 0) return one
      return list[list.length - 1] as T
    },
    bytes(length) {
      const bytes = new Uint8Array(length)
      for (let at = 0; at < length; at++) bytes[at] = word() & 0xff
      return bytes
    },
    of: (label) => diceOf(`${seed}/${label}`),
  }
}
