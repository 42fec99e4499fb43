import { storageFailure } from './failures.ts'
import type { Watcher } from './transaction.ts'

/** Calls once after so many ms; returns how to call it off. */
export type After = (ms: number, what: () => void) => () => void

/** Milliseconds of silence after which a write is aborted and reported (trust trap 2). */
const WATCHDOG_MS = 8000

/** Thrown when the store gave no answer in time; the transaction was aborted. */
class NoAnswer extends Error {
  override name = 'TimeoutError'
}

/**
 * Runs a write and aborts it when the store stays silent, so that a person hears within seconds that nothing was saved.
 * @param write gets the watcher of its transaction
 */
export async function watched<T>(after: After, write: (watcher: Watcher) => Promise<T>): Promise<T> {
  let transaction: { abort(): void } | undefined
  let late = false
  let hasMoved = false
  const look = (): void => {
    if (hasMoved) {
      hasMoved = false
      cancel = after(WATCHDOG_MS, look)
      return
    }
    late = true
    // Aborting is what makes "not saved" true. A transaction that is already committing refuses, and then it is saved.
    try {
      transaction?.abort()
    } catch {
      late = false
    }
  }
  let cancel = after(WATCHDOG_MS, look)
  try {
    return await write({
      started: (started) => void (transaction = started),
      moved: () => void (hasMoved = true),
    })
  } catch (error) {
    throw late ? new NoAnswer() : error
  } finally {
    cancel()
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
