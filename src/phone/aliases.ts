import { accept, refuse, type Result } from '#domain/result.ts'
import type { Marks } from './marks.ts'
import { readMarks } from './vaults.ts'

/** Signs of an alias: what fits on one button. */
export const ALIAS_LENGTH = 8

/** What the lock screen calls somebody whose notebook lies on this phone: never their name, since whoever holds the phone can read it. */
export interface OnThisPhone {
  vault: string
  /** '' while nobody chose one: then `mark` tells them apart. */
  alias: string
  /** Two signs of the vault's random name. */
  mark: string
  isCurrent: boolean
}

function readAliases(marks: Marks): Record<string, string> {
  try {
    const found = JSON.parse(marks.get() ?? '{}') as Record<string, unknown>
    return Object.fromEntries(
      Object.entries(found).flatMap(([vault, alias]) => (typeof alias === 'string' ? [[vault, alias]] : [])),
    )
  } catch {
    return {}
  }
}

/** Said on the page where it is chosen. */
const WHY = { empty: 'empty-alias', long: 'long-alias', named: 'named-alias' } as const

/** Two neighbouring signs of a name; of a name of one sign, that one. */
const partsOf = (name: string): string[] => {
  const signs = [...name.replace(/\s/g, '')]
  return signs.length < 2 ? signs : signs.slice(1).map((one, at) => `${signs[at] ?? ''}${one}`)
}

/** Everybody whose notebook lies on this phone, by alias, in the order in which they came. */
export function peopleHere(marks: { vaults: Marks; aliases: Marks }): OnThisPhone[] {
  const { vaults, current } = readMarks(marks.vaults)
  const aliases = readAliases(marks.aliases)
  return vaults
    .filter((one) => !('forgotten' in one))
    .map(({ id }) => ({
      vault: id,
      alias: aliases[id] ?? '',
      mark: id.slice(0, 2).toUpperCase(),
      isCurrent: id === current,
    }))
}

/**
 * Chooses what the lock screen calls somebody.
 * @param name theirs, of which no two neighbouring signs may stand in it
 */
export function chooseAlias(
  marks: Marks,
  vault: string,
  alias: string,
  name: string,
): Result<string, 'empty-alias' | 'long-alias' | 'named-alias'> {
  const chosen = alias.normalize('NFKC').replace(/\s+/g, ' ').trim()
  if (chosen === '') return refuse(WHY.empty)
  if ([...chosen].length > ALIAS_LENGTH) return refuse(WHY.long)
  const plain = chosen.replace(/\s/g, '')
  if (partsOf(name).some((part) => plain.includes(part))) return refuse(WHY.named)
  marks.set(JSON.stringify({ ...readAliases(marks), [vault]: chosen }))
  return accept(chosen)
}
