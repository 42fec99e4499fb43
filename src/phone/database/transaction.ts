import { StoreTable, type Hearing } from './store-table.ts'
import type { Store } from './rows.ts'
import type { Durability } from './tables.ts'

/** Who watches over a transaction: how to end it from outside, and when something moved in it. */
export interface Watcher {
  started(transaction: { abort(): void }): void
  moved(): void
}

const NOBODY: Watcher = { started: () => undefined, moved: () => undefined }

const isAborted = (error: unknown): boolean => (error as { name?: string } | null)?.name === 'AbortError'

/** The tables of a running transaction; one that only reads is refused its writing words by the browser. */
function tablesOf(
  transaction: IDBTransaction,
  stores: readonly Store[],
  keyRange: typeof IDBKeyRange,
  hearing: Hearing,
): object {
  const tables: Partial<Record<Store, StoreTable>> = {}
  for (const name of stores) tables[name] = new StoreTable(transaction.objectStore(name), keyRange, hearing)
  return tables
}

/**
 * Begins a transaction at once: the work's first requests are made before this returns, so that two that are begun one after the
 * other also run so. A write settles on `complete` or `abort` only; an error anywhere inside undoes the whole.
 * Throws, with nothing begun, when the connection begins none.
 */
export function begin<T>(
  over: { db: IDBDatabase; keyRange: typeof IDBKeyRange },
  stores: readonly Store[],
  mode: Durability | 'read',
  work: (tables: never) => Promise<T>,
  watcher: Watcher = NOBODY,
): Promise<T> {
  const isReading = mode === 'read'
  const transaction = isReading
    ? over.db.transaction(stores as Store[], 'readonly')
    : over.db.transaction(stores as Store[], 'readwrite', { durability: mode })
  watcher.started(transaction)
  return new Promise((resolve, reject) => {
    let result: { value: T } | undefined
    let failure: unknown
    const failed = (error: unknown): void => {
      failure ??= error
      try {
        transaction.abort()
      } catch {
        // It has ended or is ending already, and its own event says how.
      }
    }
    const finished = (value: T): void => {
      result = { value }
      if (isReading) resolve(value)
    }
    transaction.addEventListener('complete', () =>
      result && failure === undefined
        ? resolve(result.value)
        : reject(failure ?? new DOMException('awaited something else', 'InvalidStateError')),
    )
    transaction.addEventListener('abort', () => {
      // What a request says of an abort hides why there was one.
      const why = isAborted(failure) ? (transaction.error ?? failure) : (failure ?? transaction.error)
      reject(why ?? new DOMException('aborted', 'AbortError'))
    })
    const hearing = { moved: watcher.moved, failed }
    const run = async () => work(tablesOf(transaction, stores, over.keyRange, hearing) as never)
    run().then(finished, failed)
  })
}
