import { Dexie } from 'dexie'
import { databaseName, DATABASE_VERSION, STORES, STORES_1 } from './rows.ts'

/** What Dexie needs of the platform. */
export interface DatabasePlatform {
  indexedDB: IDBFactory
  keyRange: typeof IDBKeyRange
}

/** The database of a vault, not yet open. Every version that ever was can be walked up from; none loses a row. */
export function vaultDatabase(vault: string, platform: DatabasePlatform): Dexie {
  const db = new Dexie(databaseName(vault), {
    indexedDB: platform.indexedDB,
    IDBKeyRange: platform.keyRange,
    autoOpen: false,
    cache: 'disabled',
  })
  db.version(1).stores(STORES_1)
  // New stores and indexes only: the rows are those of version 1.
  db.version(2).stores(STORES)
  // Nothing new: only that no page of a build which knows no envelope goes on writing under the plain key beside one that does.
  db.version(3).stores(STORES)
  // Nothing new either: a build that does not know boxes under the vault's key for two would leave them lying.
  db.version(DATABASE_VERSION).stores(STORES)
  return db
}
