import * as v from 'valibot'

/** Thirty signs that nobody mixes up when reading aloud or typing from a wall: without 0 O 1 I L U. */
export const SHARE_ALPHABET = '23456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Six signs; the code belongs to the content for good, so that a poster printed years ago still opens it. */
export const ShareCodeSchema = v.pipe(v.string(), v.regex(/^[23456789A-HJKMNP-TV-Z]{6}$/))

/** What a person typed, read kindly: any case, spaces and dashes dropped; null when it is no code. */
export function readShareCode(typed: string): string | null {
  const code = typed.replace(/[\s-]/g, '').toUpperCase()
  return v.is(ShareCodeSchema, code) ? code : null
}
