const FIRST_MS = 1000
const LONGEST_MS = 15 * 60_000

/**
 * How long to wait after so many failures in a row: full jitter, so that phones that lost one server do not come back together.
 * @param tries failures so far, from 1
 * @param random in [0, 1)
 * @param askedMs what the server asked for; never less than that
 * @param longestMs a shorter limit, while somebody is looking and work waits
 */
export function backOff(
  tries: number,
  random: number,
  askedMs: number,
  longestMs: number = LONGEST_MS,
): number {
  const ceiling = Math.min(longestMs, LONGEST_MS, FIRST_MS * 2 ** Math.min(tries - 1, 20))
  return Math.round(
    askedMs + (askedMs > 0 ? random * Math.min(ceiling, FIRST_MS * 5) : Math.max(200, random * ceiling)),
  )
}
