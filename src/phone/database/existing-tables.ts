import { openExisting } from '../raw.ts'
import { connectedTables, type Connection } from './connected-tables.ts'
import type { After } from './connect.ts'
import { databaseName, type Store } from './rows.ts'
import type { VaultTables } from './tables.ts'

/**
 * The tables of a vault that is there, as they are, without the library that makes and upgrades them.
 * @param needs stores without which it is of no use
 * @returns null when there is no such database, or an older one
 */
export async function existingTables(
  vault: string,
  platform: { indexedDB: IDBFactory; keyRange: typeof IDBKeyRange },
  needs: readonly Store[],
  after: After,
): Promise<VaultTables | null> {
  const db = await openExisting(platform.indexedDB, databaseName(vault), needs)
  if (!db) return null
  const connection: Connection = {
    keyRange: platform.keyRange,
    now: () => db,
    reopen: () => Promise.reject(new DOMException('opened once only', 'InvalidStateError')),
    close: () => db.close(),
  }
  return connectedTables(connection, after)
}
