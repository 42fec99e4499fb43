import { COMMON_PASSWORDS } from './account/common-passwords.ts'
import { isUniform } from './account/password.ts'
import { accept, refuse, type Result } from './result.ts'

/** A backup lies somewhere for years and may be tried for as long as somebody likes; each try costs what the file says. */
export const PASSPHRASE_MIN = 8
export const PASSPHRASE_MAX = 128

/**
 * The passphrase of a backup file: 8 to 128 characters of any writing (eight Chinese characters are a short sentence), no number alone,
 * nothing off the common list, no one character over and over. Spaces around it and the way a keyboard composed it do not matter.
 * @returns what the key is made from
 */
export function checkPassphrase(typed: string): Result<string, 'weak-passphrase'> {
  const phrase = typed.normalize('NFC').trim()
  const length = Array.from(phrase).length
  const lower = phrase.toLowerCase()
  const isWeak =
    length < PASSPHRASE_MIN || length > PASSPHRASE_MAX || COMMON_PASSWORDS.has(lower) || isUniform(lower)
  return isWeak ? refuse('weak-passphrase') : accept(phrase)
}
