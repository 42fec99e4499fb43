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
  /** Whether so many bytes of content may be brought: work goes first. */
  fits(bytes: number): Promise<boolean>
  fetch(url: string, init: RequestInit): Promise<Response>
}

/** How the last look for a newer pack ended. no-room: it would not fit beside the work, and was not begun. */
export type ShelfNews = 'new' | 'same' | 'offline' | 'damaged' | 'storage-full' | 'no-room'

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

/**
 * Public content makes room for work (L-29): what was brought so far of a next pack goes first, then the pack itself, which is
 * fetched again when there is room.
 * @returns whether there was anything to remove
 */
export async function yieldContent(factory: IDBFactory): Promise<boolean> {
  let db: IDBDatabase | null = null
  try {
    db = await openShelf(factory)
    const partial = await readPack(db, PARTIAL)
    const name = partial && partial.bytes.length > 0 ? PARTIAL : CURRENT
    if (name === CURRENT && !(await readPack(db, CURRENT))) return false
    const transaction = db.transaction(STORE, 'readwrite')
    transaction.objectStore(STORE).delete(name)
    await completed(transaction)
    return true
  } catch {
    return false
  } finally {
    db?.close()
  }
}
