import { Dexie, type EntityTable } from 'dexie'
import {
  databaseName,
  DATABASE_VERSION,
  STORES,
  type CursorRow,
  type DeadRow,
  type DeskRow,
  type DraftRow,
  type KeyRow,
  type MetaRow,
  type OutRow,
  type RecRow,
  type RingRow,
} from './rows.ts'

export type VaultDatabase = Dexie & {
  rec: EntityTable<RecRow, 'id'>
  out: EntityTable<OutRow, 'n'>
  dead: EntityTable<DeadRow, 'n'>
  ring: EntityTable<RingRow, 'n'>
  cur: EntityTable<CursorRow, 'county'>
  draft: EntityTable<DraftRow, 'id'>
  meta: EntityTable<MetaRow, 'name'>
  key: EntityTable<KeyRow, 'name'>
  desk: EntityTable<DeskRow, 'id'>
}

/** What Dexie needs of the platform. */
export interface DatabasePlatform {
  indexedDB: IDBFactory
  keyRange: typeof IDBKeyRange
}

/**
 * The database of a vault, not yet open.
 * @param durability strict: what a person typed must survive a pulled battery; relaxed: what the server can send again
 */
export function vaultDatabase(
  vault: string,
  platform: DatabasePlatform,
  durability: 'strict' | 'relaxed',
): VaultDatabase {
  const db = new Dexie(databaseName(vault), {
    indexedDB: platform.indexedDB,
    IDBKeyRange: platform.keyRange,
    chromeTransactionDurability: durability,
    autoOpen: true,
    cache: 'disabled',
  }) as VaultDatabase
  db.version(DATABASE_VERSION).stores(STORES)
  return db
}
