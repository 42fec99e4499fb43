import type { Database } from '../database/database.ts'
import { sqlSyncDatabase } from '../repositories/sync/sync-database.ts'
import { awaitMissing } from '../services/attachments/sweep.ts'
import type { AttachmentFiles } from './attachment-files.ts'

/**
 * Last step of a restore, once files and tables are back and the database is of this build: records that call files theirs which are
 * nowhere wait for them again, so that phones that still have them hand them in (I-41).
 * @param attachments null: files are not looked at
 * @returns how many records wait again
 */
export async function awaitMissingFiles(
  database: Database,
  attachments: AttachmentFiles | null,
  now: number,
): Promise<number> {
  if (attachments === null) return 0
  const clock = () => now
  // Nobody is served yet, so nobody waits to hear how far the ledgers have come.
  const ledger = { tables: sqlSyncDatabase(database), heads: { moved: () => undefined }, clock }
  return awaitMissing({ database, ledger, clock }, attachments.folder)
}
