/** What is usual for a row of months: both ends count as usual. */
export interface UsualRange {
  low: number
  high: number
}

/** Fewer finished months than this say nothing about what is usual. */
export const MONTHS_NEEDED = 6

/** The middle value; of an even number of values the mean of the two in the middle. Of none: 0. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const at = sorted.length >> 1
  if (sorted.length === 0) return 0
  return sorted.length % 2 === 1
    ? (sorted[at] as number)
    : ((sorted[at - 1] as number) + (sorted[at] as number)) / 2
}

/**
 * The usual range of finished months (D-102): the median, wider by the larger of the scaled median deviation (1.4826 × MAD, which one
 * wild month cannot move) and the square root of the median (the chance alone in counts of independent events, Poisson 1837).
 * It separates chance from signal, so that small numbers are not taken for news. Whole numbers, rounded outwards, never below 0.
 * @returns null when there are too few months to tell
 */
export function usualRange(finished: readonly number[]): UsualRange | null {
  if (finished.length < MONTHS_NEEDED) return null
  const middle = median(finished)
  const deviation = 1.4826 * median(finished.map((one) => Math.abs(one - middle)))
  const spread = Math.max(deviation, Math.sqrt(Math.max(middle, 1)))
  return { low: Math.max(0, Math.floor(middle - spread)), high: Math.ceil(middle + spread) }
}

/** Where a value lies: `usual` includes both ends. */
export const placeIn = (range: UsualRange, value: number): 'below' | 'usual' | 'above' =>
  value < range.low ? 'below' : value > range.high ? 'above' : 'usual'

/** How far two counts of equally long periods may differ by chance alone: twice the root of their sum. */
export const differsByChance = (a: number, b: number): boolean =>
  Math.abs(a - b) <= 2 * Math.sqrt(Math.max(a + b, 1))

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0)

/** How many of the newest months a place is looked at for. */
export const RECENT_MONTHS = 3
/** Fewer than this many in the recent months are never worth a question. */
const SMALLEST_SIGNAL = 4

/**
 * Whether a place's recent months are worth a friendly question (D-103): clearly more than its own earlier months lead to expect
 * (three roots above it), and at least four. Never for fewer than usual: nothing written down is not a fault.
 * @param months twelve counts, oldest first
 */
export function isWorthAsking(months: readonly number[]): boolean {
  const recent = sum(months.slice(-RECENT_MONTHS))
  const earlier = months.slice(0, -RECENT_MONTHS)
  if (recent < SMALLEST_SIGNAL || earlier.length < MONTHS_NEEDED) return false
  const expected = (sum(earlier) / earlier.length) * RECENT_MONTHS
  return recent > expected + 3 * Math.sqrt(Math.max(expected, 1))
}
