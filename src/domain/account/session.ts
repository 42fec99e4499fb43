/** Where a session lives: a phone that works for months without a network, or an office desk others walk past. */
export const SESSION_SORTS = ['phone', 'desk'] as const
export type SessionSort = (typeof SESSION_SORTS)[number]

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

interface SessionLife {
  /** Unused for this long (ms), it ends. */
  idle: number
  /** However much it is used, it ends after this long (ms). */
  absolute: number
  /** A token older than this (ms) is followed by a successor. */
  rotate: number
}

export const SESSION_LIFE: Readonly<Record<SessionSort, SessionLife>> = {
  phone: { idle: 45 * DAY, absolute: 180 * DAY, rotate: DAY },
  desk: { idle: 30 * MINUTE, absolute: 12 * HOUR, rotate: 15 * MINUTE },
}

/**
 * How long (ms) a replaced token is still taken after its successor was first used: a request that was already on a bad
 * line with the old token is late, not stolen.
 */
export const LATE_MS = 2 * MINUTE

/** What decides whether a session stands; all moments in epoch milliseconds. */
export interface SessionTimes {
  sort: SessionSort
  madeAt: number
  usedAt: number
  /** When the current token came into use. */
  tokenAt: number
}

/** Whether neither limit has passed. */
export function isLive(session: SessionTimes, at: number): boolean {
  const life = SESSION_LIFE[session.sort]
  return at - session.usedAt < life.idle && at - session.madeAt < life.absolute
}

/** Whether the token has had its time and a successor should go out with the next answer. */
export const needsSuccessor = (session: SessionTimes, at: number): boolean =>
  at - session.tokenAt >= SESSION_LIFE[session.sort].rotate

/** Which of a session's tokens was shown, or `unknown`. */
export type Shown = 'current' | 'successor' | 'replaced' | 'unknown'

/**
 * What to do with a shown token: serve it, serve it and move the session on to the successor, or end the session because
 * a token that was already replaced came back (somebody holds a copy).
 * @param replacedAt when the successor was first used; null while nothing was replaced
 */
export function judgeToken(
  shown: Shown,
  replacedAt: number | null,
  at: number,
): 'serve' | 'advance' | 'theft' | 'refuse' {
  if (shown === 'current') return 'serve'
  if (shown === 'successor') return 'advance'
  if (shown === 'unknown') return 'refuse'
  return replacedAt !== null && at - replacedAt < LATE_MS ? 'serve' : 'theft'
}
