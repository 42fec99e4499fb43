import type { VaultTables } from './tables.ts'
import { databaseName } from './rows.ts'

/** No key is called so: whoever wrote under one that stood before writes no more. */
const GONE = 'gone'

/**
 * Closes a vault for ever, if nothing lies here that only this phone has: no op and no file that the server has not answered for. In one
 * transaction, so that nothing can be written between looking and removing (`seal/fence.ts`).
 * @returns whether it is closed
 */
const closeForGood = (tables: VaultTables): Promise<boolean> =>
  tables.write(['out', 'blob', 'key'], 'strict', async ({ out, blob, key }) => {
    const [ops, files] = await Promise.all([out.all(), blob.by('state', { is: 'waiting' })])
    const isSafe =
      ops.every((row) => row.state === 'acked' || row.left !== undefined) &&
      files.every((row) => row.left !== undefined)
    if (isSafe) await key.put({ name: 'envelope', ended: { id: GONE, at: 0 } })
    return isSafe
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
  if (!(await closeForGood(tables))) return false
  tables.close()
  return new Promise((done) => {
    const asked = indexedDB.deleteDatabase(databaseName(vault))
    asked.addEventListener('success', () => done(true))
    asked.addEventListener('error', () => done(false))
    asked.addEventListener('blocked', () => done(false))
  })
}
