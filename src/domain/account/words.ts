import { WORD_LIST } from './word-list.ts'

export const WORD_COUNT = 3
/** Random bytes each side gives. */
export const WORD_RANDOM = 16

/**
 * Three plain words that two people compare aloud, from what the phone and the server drew independently. The phone's bytes
 * are fixed before the server draws, so nobody can choose the words; another phone gets others (1 in 16 million meets).
 * @param phone @param server random bytes of each side, at least three
 */
export function matchingWords(phone: Uint8Array, server: Uint8Array): string[] {
  const sums = Array.from({ length: WORD_COUNT }, () => 0)
  for (const side of [phone, server])
    side.forEach((byte, i) => (sums[i % WORD_COUNT] = ((sums[i % WORD_COUNT] ?? 0) + byte) & 255))
  return sums.map((one) => WORD_LIST[one] ?? '')
}
