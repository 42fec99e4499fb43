import { storageFailure } from './failures.ts'
import type { VaultDatabase } from './vault-database.ts'

/** Milliseconds after which a write that neither completes nor fails is aborted and reported (trust trap 2). */
const WATCHDOG_MS = 8000

/** Thrown when the store gave no answer in time; the transaction was aborted. */
class NoAnswer extends Error {
  override name = 'TimeoutError'
}

/**
 * Runs a write and aborts it when the store stays silent, so that a person hears within seconds that nothing was saved.
 * @param write gets a function to which it hands its transaction
 */
export async function watched<T>(
  after: (ms: number, what: () => void) => () => void,
  write: (started: (transaction: { abort(): void }) => void) => PromiseLike<T>,
): Promise<T> {
  let transaction: { abort(): void } | undefined
  let late = false
  const cancel = after(WATCHDOG_MS, () => {
    late = true
    // Aborting is what makes "not saved" true. A transaction that is already committing refuses, and then it is saved.
    try {
      transaction?.abort()
    } catch {
      late = false
    }
  })
  try {
    return await write((started) => void (transaction = started))
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

/** Opens a connection anew. Throws what opening throws. */
export async function reopen(db: VaultDatabase): Promise<void> {
  db.close({ disableAutoOpen: false })
  await db.open()
}

/** Runs a reading, opening the connection anew up to twice when it was lost. */
export async function reading<T>(db: VaultDatabase, read: () => PromiseLike<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await read()
    } catch (error) {
      if (tries === 2 || !isConnectionLost(error)) throw error
      await reopen(db)
    }
  }
}
