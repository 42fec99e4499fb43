import { openExisting } from '../raw.ts'
import { connectedTables, type Connection } from './connected-tables.ts'
import type { After } from './connect.ts'
import { databaseName } from './rows.ts'
import type { VaultStorage, VaultTables } from './tables.ts'
import { vaultDatabase, type DatabasePlatform } from './vault-database.ts'

/** Dexie opens, upgrades and closes; transactions run on its connection without it, because everybody waits for them. */
async function openTables(vault: string, platform: DatabasePlatform, after: After): Promise<VaultTables> {
  const db = vaultDatabase(vault, platform)
  let isClosed = false
  const connection: Connection = {
    keyRange: platform.keyRange,
    now: () => (db.isOpen() ? db.backendDB() : null),
    async reopen() {
      // Whoever is late after the notebook was closed must not open it behind everybody's back.
      if (isClosed) throw new DOMException('closed for good', 'DatabaseClosedError')
      db.close({ disableAutoOpen: false })
      await db.open()
    },
    close() {
      isClosed = true
      db.close()
    },
  }
  await db.open()
  return connectedTables(connection, after)
}

/** A look at a database as it is, whatever its version. */
async function peekTables(
  vault: string,
  platform: DatabasePlatform,
  after: After,
): Promise<VaultTables | null> {
  const db = await openExisting(platform.indexedDB, databaseName(vault), ['meta', 'key'])
  if (!db) return null
  const connection: Connection = {
    keyRange: platform.keyRange,
    now: () => db,
    reopen: () => Promise.reject(new DOMException('only a look', 'InvalidStateError')),
    close: () => db.close(),
  }
  return connectedTables(connection, after)
}

const VAULT_ID = /^[0-9a-f]{32}$/

async function listVaults(platform: DatabasePlatform): Promise<string[]> {
  const prefix = databaseName('')
  const listed = (await platform.indexedDB.databases?.().catch(() => [])) ?? []
  return listed
    .map(({ name }) => (name?.startsWith(prefix) ? name.slice(prefix.length) : ''))
    .filter((one) => VAULT_ID.test(one))
}

/**
 * The vaults in a browser's IndexedDB.
 * @param after the phone's timer, for the watchdog of writes
 */
export const databaseStorage = (platform: DatabasePlatform, after: After): VaultStorage => ({
  openTables: (vault) => openTables(vault, platform, after),
  peekTables: (vault) => peekTables(vault, platform, after),
  listVaults: () => listVaults(platform),
})
