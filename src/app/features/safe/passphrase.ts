import { checkPassphrase } from '#domain/backup.ts'

export type Strength = 'weak' | 'fair' | 'strong'

/** From this weight on a sentence is out of reach, whatever it says. */
const STRONG = 18
/** Fewer different characters than this are guessed together. */
const VARIED = 8

/**
 * How hard a sentence is to guess, as a hint while it is typed: weak is what a backup refuses; a Chinese character weighs as much as
 * two letters.
 */
export function strengthOf(passphrase: string): Strength {
  const checked = checkPassphrase(passphrase)
  if (!checked.ok) return 'weak'
  const characters = [...checked.value]
  const weight = characters.reduce((sum, one) => sum + (/\p{Script=Han}/u.test(one) ? 2 : 1), 0)
  return weight >= STRONG && new Set(characters).size >= VARIED ? 'strong' : 'fair'
}
