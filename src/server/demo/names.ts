import type { Dice } from './random.ts'
import type { Names } from './seed-schemas.ts'

/** An invented person's name and whether it is a woman's. */
export interface InventedName {
  name: string
  woman: boolean
}

// Common surnames come first in the list and are met more often, as in any village.
const surnameOf = (names: Names, dice: Dice): string => {
  const all = [...names.surnames]
  const at = Math.floor(all.length * dice.next() ** 2)
  return all[at] ?? '王'
}

/** An invented name of two or three characters. `surname` gives brothers and sisters theirs; `woman` undefined leaves it to the dice. */
export function inventName(
  names: Names,
  dice: Dice,
  wish: { surname?: string; woman?: boolean } = {},
): InventedName {
  const woman = wish.woman ?? dice.chance(0.4)
  const { first, last } = woman ? names.women : names.men
  const ending = dice.pick(last)
  const beginning = dice.chance(0.1) ? '' : dice.pick(first)
  return {
    name: (wish.surname ?? surnameOf(names, dice)) + (beginning === ending ? '' : beginning) + ending,
    woman,
  }
}
