import { storageFailure } from '../database/failures.ts'
import type { VaultTables } from '../database/tables.ts'

/**
 * Ops that stand aside, because no server took them as they are, get another chance (I-10): what was in their way need not be there any
 * more. Nothing else hangs on it: a store that is full leaves them where they are, and the notebook opens all the same (I-4).
 * @returns whether there were any
 */
export async function offerHeld(tables: VaultTables): Promise<boolean> {
  try {
    return await tables.write(['out'], 'relaxed', async ({ out }) => {
      const held = (await out.all()).filter((row) => row.state === 'held')
      await out.putMany(held.map((row) => ({ ...row, state: 'ready' as const })))
      return held.length > 0
    })
  } catch (error) {
    if (storageFailure(error) === 'storage-full') return false
    throw error
  }
}
