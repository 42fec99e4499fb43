const FIRST_MS = 1000
const LONGEST_MS = 15 * 60_000

/**
 * What was asked for, as far as it is believed: a network that is not ours asks for a day or a year as easily, and whoever has left it
 * must not stay silent for that long (TR-31).
 */
export const believed = (askedMs: number): number => Math.min(askedMs, LONGEST_MS)

/** Phones that come back together spread over this long; the published bound (I-45). */
export const HERD_MS = 30_000
/** While somebody looks and work waits, they spread over this long only. */
export const HERD_LOOKING_MS = 10_000

/**
 * How long to wait after so many failures in a row: full jitter, so that phones that lost one server do not come back together.
 * @param tries failures so far, from 1
 * @param random in [0, 1)
 * @param askedMs what the server asked for; never less than that, and spread over half a minute more
 * @param longestMs a shorter limit, while somebody is looking and work waits
 */
export function backOff(
  tries: number,
  random: number,
  askedMs: number,
  longestMs: number = LONGEST_MS,
): number {
  if (askedMs > 0) return Math.round(askedMs + random * HERD_MS)
  const ceiling = Math.min(longestMs, LONGEST_MS, FIRST_MS * 2 ** Math.min(tries - 1, 20))
  return Math.round(Math.max(200, random * ceiling))
}

/**
 * How long to wait after something woke the engine that had failed before: the network or the server came back for many at once.
 * @param looking whether somebody looks while work waits
 */
export const herdDelay = (random: number, looking: boolean): number =>
  Math.round(random * (looking ? HERD_LOOKING_MS : HERD_MS))

/** A pause the server asked for, widened so that phones that heard it together do not come back together. */
export const widened = (askedMs: number, random: number): number =>
  Math.round(askedMs + random * Math.min(askedMs, HERD_MS))
