import type { VaultDatabase } from './vault-database.ts'

/** What may be done inside a bare transaction: make requests, go on when several have answered, and say what came of it. */
export interface BareTransaction<T> {
  store(name: string): IDBObjectStore
  when(requests: readonly IDBRequest[], then: (answers: unknown[]) => void): void
  result(value: T): void
}

/**
 * A transaction on the bare connection, for the one path that everybody waits for; writing is strict. Resolves on `complete` only,
 * because the success of a request is not yet stored (trust trap 2); an error anywhere inside aborts the whole.
 * @param started told the transaction, so that it can be aborted from outside
 */
export function bare<T>(
  db: VaultDatabase,
  stores: readonly string[],
  mode: 'readonly' | 'readwrite',
  work: (inside: BareTransaction<T>) => void,
  started: (transaction: IDBTransaction) => void = () => undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const durability = mode === 'readwrite' ? 'strict' : 'default'
    const transaction = db.backendDB().transaction([...stores], mode, { durability })
    let result: { value: T } | undefined
    let failure: unknown
    const guarded = (step: () => void): void => {
      try {
        step()
      } catch (error) {
        failure = error
        transaction.abort()
      }
    }
    transaction.addEventListener('complete', () =>
      result ? resolve(result.value) : reject(new Error('a transaction without a result')),
    )
    transaction.addEventListener('abort', () =>
      reject(failure ?? transaction.error ?? new DOMException('aborted', 'AbortError')),
    )
    started(transaction)
    const inside: BareTransaction<T> = {
      store: (name) => transaction.objectStore(name),
      result: (value) => void (result = { value }),
      when(requests, then) {
        let left = requests.length
        const answered = () => {
          if (--left === 0) guarded(() => then(requests.map((request) => request.result as unknown)))
        }
        for (const request of requests) request.addEventListener('success', answered)
      },
    }
    guarded(() => work(inside))
  })
}
