import type { VaultStorage, VaultTables } from '../database/tables.ts'

/**
 * Does something with a vault that is on this phone. It is never made: a lock that is still on screen would otherwise put an empty one
 * where another page, or an order of the office, has just removed it (TR-08).
 * @throws DOMException NotFoundError: it is not on this phone any more
 */
export async function insideVault<T>(
  vault: string,
  storage: Pick<VaultStorage, 'peekTables'>,
  work: (tables: VaultTables) => Promise<T>,
): Promise<T> {
  const tables = await storage.peekTables(vault)
  if (!tables) throw new DOMException('the vault is not on this phone any more', 'NotFoundError')
  return work(tables).finally(() => tables.close())
}
