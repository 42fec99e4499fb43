const FREE_FAILURES = 5
const FIRST_WAIT = 60_000
const LONGEST_WAIT = 15 * 60_000
/** A quiet day forgives everything. */
const FORGET = 24 * 60 * 60_000

/** Failed tries of one kind from one place; moments in epoch milliseconds. */
export interface Failures {
  count: number
  lastAt: number
}

export const NO_FAILURES: Failures = { count: 0, lastAt: 0 }

/** Milliseconds a person must still wait before the next try; 0: try now. Five are free, then one minute, doubling to fifteen. */
export function waitOf(failures: Failures, at: number): number {
  if (failures.count < FREE_FAILURES) return 0
  const wait = Math.min(FIRST_WAIT * 2 ** (failures.count - FREE_FAILURES), LONGEST_WAIT)
  return Math.max(0, failures.lastAt + wait - at)
}

/** The failures after one more. */
export function failOnce(failures: Failures, at: number): Failures {
  const kept = at - failures.lastAt >= FORGET ? 0 : failures.count
  return { count: kept + 1, lastAt: at }
}
