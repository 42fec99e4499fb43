import type { Dexie } from 'dexie'
import { connectedTables, type Connection } from './connected-tables.ts'
import type { After } from './connect.ts'
import { existingTables } from './existing-tables.ts'
import { databaseName } from './rows.ts'
import type { Lost, VaultStorage, VaultTables } from './tables.ts'
import { vaultDatabase, type DatabasePlatform } from './vault-database.ts'

const closedFor: Readonly<Record<Lost, () => DOMException>> = {
  'newer-build': () => new DOMException('a newer build has opened the database', 'VersionError'),
  gone: () => new DOMException('the database was removed while it was open', 'NotFoundError'),
}

/** Closes at a word from another tab, after what is running, and finds out when a database was made that should have been there. */
function lostWatch(db: Dexie) {
  let why: Lost | null = null
  let wasOpen = false
  const listeners: ((why: Lost) => void)[] = []
  const lose = (reason: Lost): void => {
    why ??= reason
    db.close()
    for (const heard of listeners.splice(0)) heard(why)
  }
  db.on('versionchange', (event) => {
    lose(event.newVersion === null ? 'gone' : 'newer-build')
    return false
  })
  // An empty one in its place would look like a new phone, and numbers would begin again (L-28).
  db.on('populate', () => {
    if (wasOpen) throw closedFor.gone()
  })
  return {
    async open(): Promise<void> {
      if (why) throw closedFor[why]()
      try {
        await db.open()
        wasOpen = true
      } catch (error) {
        const { name, inner } = error as { name?: string; inner?: { name?: string } }
        if ([name, inner?.name].includes('VersionError')) lose('newer-build')
        else if (wasOpen && [name, inner?.name].includes('NotFoundError')) lose('gone')
        throw error
      }
    },
    whenLost: (heard: (why: Lost) => void) => void (why ? heard(why) : listeners.push(heard)),
  }
}

/** Told whether a page of an older build keeps an upgrade waiting. */
export type HeardHeld = (isHeld: boolean) => void

/** A page that only finishes what is running lets go within a moment, and is not worth a word, ms. */
const HELD_MS = 1000
/**
 * Longer than a slow phone needs, ms. Loaded again while it waits for another page, a page is told nothing by Chromium: the opening of
 * before stands in the way of every later one until that other page is closed.
 */
const SILENT_MS = 8000

/** Tells when an opening has been waiting for another page, and when it no longer does. */
function heldWatch(db: Dexie, after: After, heard: HeardHeld): () => void {
  let isTold = false
  const tell = () => {
    if (!isTold) heard(true)
    isTold = true
  }
  const cancels = [after(SILENT_MS, tell)]
  db.on('blocked', () => void cancels.push(after(HELD_MS, tell)))
  return () => {
    for (const cancel of cancels) cancel()
    if (isTold) heard(false)
  }
}

/** Dexie opens, upgrades and closes; transactions run on its connection without it, because everybody waits for them. */
async function openTables(
  vault: string,
  platform: DatabasePlatform,
  after: After,
  heard: HeardHeld,
): Promise<VaultTables> {
  const db = vaultDatabase(vault, platform)
  const watch = lostWatch(db)
  const letGo = heldWatch(db, after, heard)
  let isClosed = false
  const connection: Connection = {
    keyRange: platform.keyRange,
    now: () => (db.isOpen() ? db.backendDB() : null),
    async reopen() {
      // Whoever is late after the notebook was closed must not open it behind everybody's back.
      if (isClosed) throw new DOMException('closed for good', 'DatabaseClosedError')
      db.close({ disableAutoOpen: false })
      await watch.open()
    },
    whenLost: watch.whenLost,
    close() {
      isClosed = true
      db.close()
    },
  }
  try {
    await watch.open()
  } finally {
    letGo()
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
 * @param heard told when an upgrade waits for another page to be closed, and when it goes on
 */
export const databaseStorage = (
  platform: DatabasePlatform,
  after: After,
  heard: HeardHeld = () => undefined,
): VaultStorage => ({
  openTables: (vault) => openTables(vault, platform, after, heard),
  peekTables: (vault) => existingTables(vault, platform, ['meta', 'key'], after),
  listVaults: () => listVaults(platform),
})
