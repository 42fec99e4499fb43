import { accept, refuse, type Result } from '../result.ts'
import { COMMON_PASSWORDS } from './common-passwords.ts'

/** Twelve suffice because a desk login always asks for a second factor (NIST SP 800-63B-4 §3.1.1.2: 15 when alone, 8 with one). */
export const PASSWORD_MIN = 12
export const PASSWORD_MAX = 128

export type PasswordRefusal = 'too-short' | 'too-long' | 'too-common' | 'too-uniform' | 'guessable'

/** What is hashed: the same characters whichever keyboard composed them. */
export const normalisePassword = (typed: string): string => typed.normalize('NFC')

// 明白 and 调解 are on every page of the house; names and places come with the question.
const HOUSE_WORDS = ['明白', '调解', 'mingbai', 'tiaojie', 'sifa', '司法']
const PLACEHOLDER_RESTS = /^[\d\s!@#$%^&*_.+=-]*$/

/** Lower case, common look-alikes undone, so that P@ssw0rd is the word it pretends not to be. */
const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/@/g, 'a')
    .replace(/0/g, 'o')
    .replace(/1/g, 'l')
    .replace(/3/g, 'e')
    .replace(/\$/g, 's')

/** 111111111111, abababababab, 123456789012 and anybody's telephone number are one idea typed long. */
export function isUniform(text: string): boolean {
  if (/^[\d\s-]+$/.test(text)) return true
  const characters = Array.from(text)
  if (new Set(characters).size < 4) return true
  const steps = characters
    .slice(1)
    .map((one, i) => (one.codePointAt(0) ?? 0) - (characters[i]?.codePointAt(0) ?? 0))
  return new Set(steps).size === 1
}

/** Whether little but digits and signs remains once a known word is taken out. @param read the text with look-alikes undone */
function leansOn(text: string, read: string, word: string): boolean {
  const at = word.length < 2 ? -1 : read.indexOf(word.toLowerCase())
  return at >= 0 && leavesLittle(text, at, word.length)
}

function leavesLittle(text: string, at: number, length: number): boolean {
  const rest = text.slice(0, at) + text.slice(at + length)
  return PLACEHOLDER_RESTS.test(rest) || Array.from(rest).length < 4
}

/** Shorter words stand in too many good passwords by chance. */
const WORD_MIN = 6

/** Whether a password is one of these, or one of them with little around it. Looks parts up, so that a list may be long. */
function isBuiltOn(lower: string, common: ReadonlySet<string>): boolean {
  const reads = [...new Set([lower, plain(lower)])]
  if (reads.some((read) => common.has(read))) return true
  for (let at = 0; at + WORD_MIN <= lower.length; at++)
    for (let end = at + WORD_MIN; end <= lower.length; end++)
      if (leavesLittle(lower, at, end - at) && reads.some((read) => common.has(read.slice(at, end))))
        return true
  return false
}

/**
 * Whether a password may protect a desk: 12 to 128 characters of any writing, nothing off the common list, nothing made of
 * the person's name or places and a year. No rule about kinds of characters.
 * @param context the person's name, username and the names of their regions
 * @param common further passwords that are tried first, in lower case
 */
export function checkPassword(
  typed: string,
  context: readonly string[],
  common: ReadonlySet<string> = new Set(),
): Result<string, PasswordRefusal> {
  const password = normalisePassword(typed)
  const length = Array.from(password).length
  if (length < PASSWORD_MIN) return refuse('too-short')
  if (length > PASSWORD_MAX) return refuse('too-long')
  const lower = password.toLowerCase()
  if (isUniform(lower)) return refuse(COMMON_PASSWORDS.has(lower) ? 'too-common' : 'too-uniform')
  if (isBuiltOn(lower, COMMON_PASSWORDS) || isBuiltOn(lower, common)) return refuse('too-common')
  const isHouse = [...HOUSE_WORDS, ...context].some(
    (word) => leansOn(lower, lower, word) || leansOn(lower, plain(lower), word),
  )
  return isHouse ? refuse('guessable') : accept(password)
}

/** A login name: what a county's staff can spell over the telephone. Lower case, so that Li and li are one. */
export function readUsername(typed: string): Result<string, 'malformed'> {
  const name = typed.trim().toLowerCase()
  return /^[a-z][a-z0-9._-]{2,29}$/.test(name) ? accept(name) : refuse('malformed')
}
