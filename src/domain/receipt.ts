import type { Id } from './id.ts'

/**
 * What a short number is written with: eight figures and fifteen letters, none of which looks like another in print or by hand (no
 * 0 O Q, 1 I L, 2 Z, 5 S, 6 G, 8 B, U V at once) and no vowel, so that no word comes out. A prime many, so that the check character
 * finds every single mistake and every exchange of two.
 */
export const RECEIPT_ALPHABET = '23456789CDFHJKMNPRTVWXY'
const BASE = RECEIPT_ALPHABET.length
const DRAWN = 5
/** By place, the check character's last; all different and none a multiple of the base. */
const WEIGHTS = [2, 3, 4, 5, 6, 1] as const

const weighed = (digits: readonly number[]): number =>
  digits.reduce((sum, digit, at) => sum + digit * (WEIGHTS[at] ?? 0), 0) % BASE

const spell = (digits: readonly number[]): string => digits.map((one) => RECEIPT_ALPHABET[one]).join('')

/**
 * The short number of a record for a paper book, like `7K4-92M`: five characters from the random bits of its id and one that checks
 * them. The phone knows it as soon as the record is made, and every phone and the server come to the same.
 *
 * Five characters are 23⁵ = 6,436,343 numbers. Two of 100 records share one with probability 0.08 %, of 1,000 with 7.5 %, of 3,000 with
 * half; so it finds a record within a book or a village, beside date and names, and never stands in for the id.
 */
export function shortNumber(id: Id): string {
  // The last twelve hexadecimal digits of a version-7 UUID are random (RFC 9562 §5.7).
  let rest = Number.parseInt(id.slice(-12), 16) % BASE ** DRAWN
  const digits: number[] = []
  for (let i = 0; i < DRAWN; i++) {
    digits.unshift(rest % BASE)
    rest = Math.floor(rest / BASE)
  }
  const text = spell([...digits, (BASE - weighed(digits)) % BASE])
  return `${text.slice(0, 3)}-${text.slice(3)}`
}

/**
 * A short number as somebody typed it, spelled as `shortNumber` spells it: small letters, spaces, dashes and full-width characters are
 * taken.
 * @returns null for what is none, or was copied wrongly
 */
export function readShortNumber(typed: string): string | null {
  const text = typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\-–—_.·]/g, '')
  const digits = Array.from(text, (one) => RECEIPT_ALPHABET.indexOf(one))
  if (digits.length !== DRAWN + 1 || digits.includes(-1) || weighed(digits) !== 0) return null
  return `${text.slice(0, 3)}-${text.slice(3)}`
}

/** FNV-1a of 32 bits, its bits stirred once more: enough to spread, not to resist a forger. */
function stirred(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/**
 * The two characters that are written behind a short number when the server has the record. They come from the moment at which the server
 * received it, which stands in the record, which no phone knows before the server has said it, and which no later change moves.
 *
 * What they prove: a book that has them says that this server held the record, received at that moment; whoever holds the record, on a
 * phone or the server, computes them again and compares. If they differ, the book was copied wrongly, or the server lost the record once
 * and received it again later. A mark that was made up passes with 1 in 529. They are no signature: who knows the record's id and that
 * moment can compute them, and they say nothing of what was in the record.
 * @param receivedAt epoch ms, as the server wrote it into the record
 */
export function countersign(id: Id, receivedAt: number): string {
  const mark = stirred(`${id}@${receivedAt}`) % (BASE * BASE)
  return spell([Math.floor(mark / BASE), mark % BASE])
}
