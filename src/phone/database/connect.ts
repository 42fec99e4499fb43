import { storageFailure } from './failures.ts'
import type { Watcher } from './transaction.ts'

/** Calls once after so many ms; returns how to call it off. */
export type After = (ms: number, what: () => void) => () => void

/** How often writes are looked at, ms, and how many looks in silence one may live through (trust trap 2). */
const LOOK_MS = 1000
const LOOKS = 8

/** Thrown when the store gave no answer in time; the transaction was aborted. */
class NoAnswer extends Error {
  override name = 'TimeoutError'
}

interface Watched {
  transaction: { abort(): void } | null
  silence: number
  isLate: boolean
}

function abort(one: Watched): void {
  one.isLate = true
  // Aborting is what makes "not saved" true. A transaction that is already committing refuses, and then it is saved.
  try {
    one.transaction?.abort()
  } catch {
    one.isLate = false
  }
}

/**
 * Watches over writes and aborts one when the store stays silent, so that a person hears within seconds that nothing was saved.
 * One timer serves all of them and outlives each, because setting one for every write is a part of what a write costs.
 */
export function watchdog(after: After): <T>(write: (watcher: Watcher) => Promise<T>) => Promise<T> {
  const live = new Set<Watched>()
  let isSet = false
  const look = (): void => {
    isSet = false
    for (const one of live) if (++one.silence > LOOKS) abort(one)
    if (live.size > 0) set()
  }
  const set = (): void => {
    if (isSet) return
    isSet = true
    after(LOOK_MS, look)
  }
  return async (write) => {
    const one: Watched = { transaction: null, silence: 0, isLate: false }
    live.add(one)
    set()
    try {
      return await write({
        started: (transaction) => void (one.transaction = transaction),
        moved: () => void (one.silence = 0),
      })
    } catch (error) {
      throw one.isLate ? new NoAnswer() : error
    } finally {
      live.delete(one)
    }
  }
}

const LOST: readonly string[] = [
  'DatabaseClosedError',
  'InvalidStateError',
  'UnknownError',
  'TransactionInactiveError',
]

/** Whether the connection was lost (iOS after a while in the background), so that opening again may help. */
export function isConnectionLost(error: unknown): boolean {
  if (storageFailure(error) !== 'storage-broken') return false
  const { name, inner } = error as { name?: string; inner?: { name?: string } }
  return LOST.includes(name ?? '') || LOST.includes(inner?.name ?? '')
}
