/** Tries at a vault's secret that have not succeeded, and the wall time (epoch ms) of the last. Counted before the secret is looked at. */
export interface Tries {
  failed: number
  at: number
}

/** At so many the vault is closed for good. */
export const MOST_TRIES = 10

const SECOND = 1000
const MINUTE = 60 * SECOND
/** How long after so many tries the next one is looked at, ms; before, none has to wait. */
const DELAYS: Readonly<Record<number, number>> = {
  5: 30 * SECOND,
  6: MINUTE,
  7: 5 * MINUTE,
  8: 15 * MINUTE,
  9: 60 * MINUTE,
}

/** How long the next try has to wait after so many, ms. */
export const delayAfter = (failed: number): number => DELAYS[failed] ?? 0

/**
 * How long the next try still has to wait.
 * @param wall the phone's clock now, epoch ms
 * @param ran ms by a clock that nobody can set since the last try or, when the clock was found set back, since then; null: this page has
 * seen neither
 * @returns ms; 0: now
 */
export function waitLeft({ failed, at }: Tries, wall: number, ran: number | null): number {
  const delay = delayAfter(failed)
  // A clock that was set back says nothing of how long it has been: the wait begins again.
  const passed = ran ?? (wall < at ? 0 : wall - at)
  return Math.max(0, delay - passed)
}

/** Whether the clock now says that it is earlier than the last try. */
export const isSetBack = ({ failed, at }: Tries, wall: number): boolean => failed > 0 && wall < at
