import { ACTS, SELDOM, type Act } from './acts.ts'
import { FAULTS, type Fault, type FaultRow } from './faults.ts'
import { diceOf, type Dice } from './random.ts'
import { DAY, HOUR, MINUTE, SECOND } from './time.ts'

/** Everything that will happen in a world by itself; what follows from it is the program's doing. Data only, so that it can be shrunk. */
export interface Story {
  seed: string
  /** Who has a phone: one index into the cast for each device. */
  phones: number[]
  /** Whether each device has Web Locks and channels between tabs. */
  modern: boolean[]
  /** How long people work before the weather clears, ms. */
  length: number
  acts: Act[]
  faults: Fault[]
}

/** Half of the kinds, drawn anew for each world: a fault that always strikes hides what only happens without it. */
const swarm = (dice: Dice): FaultRow[] => FAULTS.filter(() => dice.chance(0.5))

/** A moment of work, and who has one. */
interface Moment {
  at: number
  on: number
}

/** A phone is taken out, used for some minutes, and put away. */
const burstsOf = (dice: Dice, length: number, phones: number, count: number): Moment[] =>
  Array.from({ length: Math.max(2, Math.round(count / 8)) }, () => ({
    at: dice.below(length),
    on: dice.below(phones),
  }))

/** Work is done in bursts; now and then somebody else does something meanwhile. */
function moments(
  dice: Dice,
  length: number,
  phones: number,
  bursts: readonly Moment[],
  count: number,
): Moment[] {
  return Array.from({ length: count }, () => {
    const burst = dice.pick(bursts)
    const at = burst.at + dice.below(dice.pick([10 * SECOND, 10 * SECOND, 3 * MINUTE, 40 * MINUTE]))
    return { at: Math.min(at, length), on: dice.chance(0.75) ? burst.on : dice.below(phones) }
  }).sort((a, b) => a.at - b.at)
}

function actsOf(dice: Dice, phones: number, length: number): Act[] {
  const count = dice.between(61, 102)
  const bursts = burstsOf(dice, length, phones, count)
  const act = (kind: Act['kind'], { at, on }: Moment): Act => ({
    at,
    kind,
    on,
    a: dice.next(),
    b: dice.next(),
    c: dice.next(),
  })
  const work = moments(dice, length, phones, bursts, count).map((one) => act(dice.weighted(ACTS).kind, one))
  // Half of the work is done where there is no signal.
  const dark = bursts.filter(() => dice.chance(0.5)).map((one) => act('no-signal', one))
  return [...dark, ...work].sort((a, b) => a.at - b.at)
}

function seldomOf(dice: Dice, phones: number, acts: readonly Act[]): Act[] {
  return SELDOM.flatMap(({ kind, share }) => {
    const own = dice.of(kind)
    const times = own.chance(share) ? own.between(1, 2) : 0
    return Array.from({ length: times }, () => {
      const at = own.pick(acts).at + own.below(3 * MINUTE)
      return { at, kind, on: own.below(phones), a: own.next(), b: own.next(), c: own.next() }
    })
  })
}

function faultsOf(dice: Dice, acts: readonly Act[], phones: number): Fault[] {
  const kinds = swarm(dice)
  if (kinds.length === 0) return []
  const count = dice.between(9, 26)
  return Array.from({ length: count }, (): Fault => {
    // Faults strike while something is going on: just before an act, or soon after it.
    const near = dice.pick(acts)
    return {
      at: Math.max(0, near.at + dice.between(-20 * SECOND, 2 * MINUTE)),
      kind: dice.weighted(kinds).kind,
      on: dice.chance(0.7) ? near.on : dice.below(phones),
      a: dice.next(),
      b: dice.next(),
      c: dice.next(),
    }
  }).sort((a, b) => a.at - b.at)
}

/** The story of a seed. */
export function storyOf(seed: string): Story {
  const dice = diceOf(seed)
  const shape = dice.of('shape')
  const phones = Array.from({ length: shape.pick([2, 2, 3, 3, 3, 4]) }, () => shape.below(CAST_SIZE))
  const length = shape.pick([2 * HOUR, 12 * HOUR, DAY, 2 * DAY])
  const acts = actsOf(dice.of('acts'), phones.length, length)
  return {
    seed,
    phones,
    modern: phones.map(() => shape.chance(0.75)),
    length,
    acts: [...acts, ...seldomOf(dice.of('hardly'), phones.length, acts)].sort((a, b) => a.at - b.at),
    faults: faultsOf(dice.of('faults'), acts, phones.length),
  }
}

/** How many people there are to draw from; see `people.ts`. */
export const CAST_SIZE = 6
