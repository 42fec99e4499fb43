/** IndexedDB with nothing around it, for what must run before or without Dexie. */

/** The answer of one request. */
export const answered = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('no answer from the store')))
  })

/** Resolves when a transaction is complete: only then is anything stored. */
export const completed = (transaction: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve())
    transaction.addEventListener('abort', () =>
      reject(transaction.error ?? new DOMException('aborted', 'AbortError')),
    )
  })

/**
 * Opens a database that is already there, without making one.
 * @param begun an opening of this same database that was begun before this code had arrived, if there is one
 * @returns null when there is none, or its stores are older than this build knows
 */
export function openExisting(
  factory: IDBFactory,
  name: string,
  needs: readonly string[],
  begun?: IDBOpenDBRequest,
): Promise<IDBDatabase | null> {
  return new Promise((resolve, reject) => {
    const request = begun ?? factory.open(name)
    let isNew = false
    const opened = () => {
      const db = request.result
      db.addEventListener('versionchange', () => db.close())
      if (needs.every((store) => db.objectStoreNames.contains(store))) return resolve(db)
      db.close()
      resolve(null)
    }
    request.addEventListener('upgradeneeded', () => {
      isNew = true
      request.transaction?.abort()
    })
    if (request.readyState === 'done' && !request.error) return opened()
    request.addEventListener('success', opened)
    request.addEventListener('error', () =>
      isNew ? resolve(null) : reject(request.error ?? new Error('the store does not open')),
    )
  })
}
