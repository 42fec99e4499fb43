import { makeId, type Id } from '#domain/id.ts'

/** Repeatable dice: the same seed text throws the same numbers on every machine, so that the invented county is the same for everybody. */
export interface Dice {
  /** A number in [0, 1). */
  next(): number
  /** A whole number from `from` to `to`, both included. */
  whole(from: number, to: number): number
  chance(share: number): boolean
  pick<T>(list: readonly T[]): T
  /** One of `list`, each as likely as its weight (≥ 0, not all 0). */
  weighted<T>(list: readonly T[], weightOf: (one: T) => number): T
}

// FNV-1a over UTF-16 units, then mulberry32: small, well known, and good enough for made-up villages.
function seedOf(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h >>> 0
}

/** Dice for one purpose, named by its seed text; two purposes never share dice, so that one changed line moves nothing else. */
export function diceFor(seed: string): Dice {
  let state = seedOf(seed)
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const pick = <T>(list: readonly T[]): T => {
    const one = list[Math.floor(next() * list.length)]
    if (one === undefined) throw new Error('dice: nothing to pick from')
    return one
  }
  const weighted = <T>(list: readonly T[], weightOf: (one: T) => number): T => {
    let at = next() * list.reduce((sum, one) => sum + weightOf(one), 0)
    for (const one of list) {
      at -= weightOf(one)
      if (at < 0) return one
    }
    return pick(list)
  }
  return {
    next,
    pick,
    weighted,
    whole: (from, to) => from + Math.floor(next() * (to - from + 1)),
    chance: (share) => next() < share,
  }
}

/** The id of an invented thing: made at `atMs`, its random part thrown by the dice of its name. */
export function idFor(name: string, atMs: number): Id {
  const dice = diceFor(`id:${name}`)
  return makeId(
    atMs,
    Uint8Array.from({ length: 10 }, () => dice.whole(0, 255)),
  )
}
