import { accept, refuse, type Result } from '../result.ts'

/** Crockford's base32: no I, L, O, U, so that what is read aloud or off paper has one writing. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Lengths in characters of five bits each: 26 carry 130 bits for a scanned code. */
export const SCANNED_LENGTH = 26
export const TYPED_LENGTH = 10
export const CARD_TYPED_LENGTH = 12
export const SETUP_LENGTH = 16
/** The first characters of a typed code only find the invitation; the rest is the secret, so that wrong guesses can be counted. */
export const FINDER_LENGTH = 4

export const INVITATION_MS = 10 * 60_000
export const CARD_MS = 14 * 24 * 60 * 60_000
/** Wrong endings of a typed code before it is closed; a card's is longer and lies about for weeks. */
export const TYPED_TRIES = { invitation: 5, card: 20 } as const

/** A code of `length` characters. @param random at least `length` random bytes */
export function makeCode(random: Uint8Array, length: number): string {
  return Array.from(random.slice(0, length), (byte) => ALPHABET[byte & 31]).join('')
}

/** A typed code in groups of `size`, as it is shown and printed: `7K2M-9QXA-3F`. */
export const groupCode = (code: string, size = 4): string =>
  (code.match(new RegExp(`.{1,${size}}`, 'g')) ?? []).join('-')

/** What the fingers meant: any case, full-width, spaces and dashes, O for 0, I and L for 1. */
export function cleanCode(typed: string): string {
  return typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\-–—·_]/g, '')
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1')
}

export interface EntryCode {
  sort: 'invitation' | 'card'
  typed: boolean
  code: string
}

/**
 * What a code is, by its length and first letter: a scanned card's code begins with K before its 26.
 * Refuses anything that we never made.
 */
export function readCode(text: string): Result<EntryCode, 'not-ours'> {
  const code = cleanCode(text)
  if (!Array.from(code).every((one) => ALPHABET.includes(one))) return refuse('not-ours')
  if (code.length === SCANNED_LENGTH) return accept({ sort: 'invitation', typed: false, code })
  if (code.length === SCANNED_LENGTH + 1 && code.startsWith('K'))
    return accept({ sort: 'card', typed: false, code })
  if (code.length === TYPED_LENGTH) return accept({ sort: 'invitation', typed: true, code })
  if (code.length === CARD_TYPED_LENGTH) return accept({ sort: 'card', typed: true, code })
  return refuse('not-ours')
}

/** The address a code is printed as; the code stands behind # and so reaches no log and no referrer. */
export const entryLink = (origin: string, code: string): string => `${origin}/e#${code}`

/** What this server prints, to the letter: a scanned code is never typed, so nothing about it is mended. */
const SCANNED = new RegExp(`^(?:[${ALPHABET}]{${SCANNED_LENGTH}}|K[${ALPHABET}]{${SCANNED_LENGTH}})$`)

/**
 * Reads what a camera saw: only this very origin's entry address with a whole code counts, whatever else the picture says.
 * @param origin scheme, host and port, without a trailing slash
 */
export function readEntryLink(scanned: string, origin: string): Result<EntryCode, 'not-ours'> {
  const start = `${origin}/e#`
  const code = scanned.slice(start.length)
  return scanned.startsWith(start) && SCANNED.test(code) ? readCode(code) : refuse('not-ours')
}
