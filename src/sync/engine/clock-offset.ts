/** How many readings of the offset are kept. */
const KEPT = 8

/**
 * How far the server's clock is ahead of this one (ms) by one answer: the server's time against the middle of sending and hearing.
 * @param sent wall clock when sending, epoch ms
 * @param heard wall clock when the first line came
 */
export const offsetSample = (sent: number, heard: number, serverNow: number): number =>
  Math.round(serverNow - (sent + heard) / 2)

/** Adds a reading, keeping the last eight. */
export const withSample = (samples: readonly number[], sample: number): number[] =>
  [...samples, sample].slice(-KEPT)

/** The median reading, which one slow answer does not move; 0 without any. Whole milliseconds. */
export function medianOffset(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const high = sorted[middle]
  if (high === undefined) return 0
  return sorted.length % 2 === 1 ? high : Math.round(((sorted[middle - 1] ?? high) + high) / 2)
}
