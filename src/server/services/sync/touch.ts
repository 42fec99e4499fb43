import type { County } from '#domain/region/code.ts'
import { rowsFrom } from './effects.ts'
import { storedOf } from './stored.ts'
import type { RecordKey, SyncDatabase } from '../../repositories/sync/tables.ts'

/**
 * Gives records new places in their county's ledger without changing them, so that somebody who may see them only since now is told
 * by the next pull; everybody else already has that version.
 * @returns the ledger's position after it; 0 when none of the records is there
 */
export const touch = (
  database: SyncDatabase,
  county: County,
  keys: readonly RecordKey[],
  now: number,
): Promise<number> =>
  database.push({ counties: [county], devices: [] }, async (tables) => {
    const { gen } = await tables.history([])
    const found = (await tables.lockRecords(county, keys)).map(storedOf)
    if (found.length === 0) return 0
    const first = await tables.reserve(county, gen, found.length)
    const same = found.map((one) => [one, one] as const)
    await tables.writeRecords(county, rowsFrom(county, same, first).records, new Date(now))
    return first + found.length - 1
  })
