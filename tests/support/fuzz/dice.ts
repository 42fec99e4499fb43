/** Chance that can be thrown again: the same seed gives the same throws. */
export interface Dice {
  /** An integer from 0 to below `under`. */
  below(under: number): number
  /** Whether something of this chance (0 to 1) happens. */
  chance(of: number): boolean
  pick<T>(from: readonly T[]): T
}

/** mulberry32, of Tommy Ettinger; in the public domain. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let one = state
    one = Math.imul(one ^ (one >>> 15), one | 1)
    one ^= one + Math.imul(one ^ (one >>> 7), one | 61)
    return ((one ^ (one >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (under: number) => Math.floor(next() * under)
  return { below, chance: (of) => next() < of, pick: (from) => from[below(from.length)] as never }
}
