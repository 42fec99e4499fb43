import type { VaultTables } from './tables.ts'
import { databaseName } from './rows.ts'

/** Whether nothing lies here that only this phone has: no op and no file that the server has not answered for. */
const isHandedIn = (tables: VaultTables): Promise<boolean> =>
  tables.read(['out', 'blob'], async ({ out, blob }) => {
    const [ops, files] = await Promise.all([out.all(), blob.by('state', { is: 'waiting' })])
    return [...ops, ...files].every((row) => row.left !== undefined)
  })

/**
 * Removes the database of a vault that nobody will open again, or that the office ordered emptied. It refuses while anything waits in it,
 * whatever its caller believes (L-26).
 * @param tables of it; closed afterwards when it is removed
 * @returns whether it is gone
 */
export async function removeVault(
  vault: string,
  tables: VaultTables,
  indexedDB: IDBFactory,
): Promise<boolean> {
  if (!(await isHandedIn(tables))) return false
  tables.close()
  return new Promise((done) => {
    const asked = indexedDB.deleteDatabase(databaseName(vault))
    asked.addEventListener('success', () => done(true))
    asked.addEventListener('error', () => done(false))
    asked.addEventListener('blocked', () => done(false))
  })
}
