import { fetchNet } from '#phone/net.ts'
import { browserPorts } from '#phone/ports.ts'
import { openLockedBook, type LockedBook } from '#phone/vault/locked-book.ts'
import { triesLeft, unlockVault, type Unlocked } from '#phone/vault/unlock.ts'
import type { VaultTables } from '#phone/database/tables.ts'

const portsOf = (version: string) => browserPorts(fetchNet(), version)

async function inside<T>(
  vault: string,
  version: string,
  work: (tables: VaultTables) => Promise<T>,
): Promise<T> {
  const tables = await portsOf(version).openTables(vault)
  return work(tables).finally(() => tables.close())
}

/** How the tries of a locked vault stand. */
export const tries = (vault: string, version: string): Promise<{ left: number; wait: number }> =>
  inside(vault, version, (tables) => triesLeft(tables, portsOf(version)))

/** One try at a locked vault. */
export const unlock = (vault: string, version: string, pin: string): Promise<Unlocked> =>
  inside(vault, version, (tables) => unlockVault(tables, { by: 'pin', words: pin }, portsOf(version)))

/** The writing half of a locked vault. */
export const lockedBook = (vault: string, version: string): Promise<LockedBook | null> =>
  openLockedBook(portsOf(version), vault)
