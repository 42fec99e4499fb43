import { answered, completed } from './raw.ts'

const DATABASE = 'mingbai-content'
const STORE = 'pack'
export const CURRENT = 'current'
export const PARTIAL = 'partial'

/** The pack that lies on this phone, or the part of the next one that has come so far. Public, therefore not sealed. */
export interface PackRow {
  name: string
  sha256: string
  bytes: Uint8Array<ArrayBuffer>
}

export interface ShelfPorts {
  indexedDB: IDBFactory
  subtle: SubtleCrypto
  fetch(url: string, init: RequestInit): Promise<Response>
}

/** How the last look for a newer pack ended. */
export type ShelfNews = 'new' | 'same' | 'offline' | 'damaged' | 'storage-full'

export function openShelf(factory: IDBFactory): Promise<IDBDatabase> {
  const request = factory.open(DATABASE, 1)
  request.addEventListener('upgradeneeded', () =>
    request.result.createObjectStore(STORE, { keyPath: 'name' }),
  )
  return answered(request)
}

export const readPack = (db: IDBDatabase, name: string): Promise<PackRow | undefined> =>
  answered<PackRow | undefined>(db.transaction(STORE, 'readonly').objectStore(STORE).get(name))

/** Puts a row; the finished pack replaces the old one and its own part in one transaction. */
export async function putPack(db: IDBDatabase, row: PackRow): Promise<void> {
  const transaction = db.transaction(STORE, 'readwrite')
  const store = transaction.objectStore(STORE)
  store.put(row)
  if (row.name === CURRENT) store.delete(PARTIAL)
  await completed(transaction)
}
