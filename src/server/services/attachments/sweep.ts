import type { Database } from '../../database/database.ts'
import { storedContents } from '../../repositories/attachments/awaited.ts'
import { forgetLeases } from '../../repositories/attachments/leases.ts'
import { knownUploads, takeAbandoned } from '../../repositories/attachments/uploads.ts'
import { openFiles } from './files.ts'
import { UPLOAD_LIMITS } from './limits.ts'
import { say, type SettleDeps } from './settle.ts'

/**
 * Forgets uploads that nobody has touched for weeks, and bytes of uploads that no row names. For the night: phones that still have the
 * bytes begin anew. @returns how many uploads were forgotten
 */
export async function sweepUploads(database: Database, folder: string, now: number): Promise<number> {
  const files = openFiles(folder)
  const before = new Date(now - UPLOAD_LIMITS.abandonedDays * 86_400_000)
  const abandoned = await database.as('jobs', {}, async (tx) => {
    const ids = await takeAbandoned(tx, before)
    await forgetLeases(tx, ids)
    return ids
  })
  // Listed first: an upload that begins meanwhile has its row before it has bytes.
  const coming = await files.coming()
  const known = await database.as('jobs', {}, (tx) => knownUploads(tx, coming))
  for (const id of coming) if (!known.has(id)) await files.forget(id)
  return abandoned.length
}

/**
 * Looks for contents that records call stored and that are not in the folder (a database restored beside older files), and says so in
 * the ledger: phones that still have them hand them in again. @returns how many records wait again
 */
export async function awaitMissing(deps: SettleDeps, folder: string): Promise<number> {
  const files = openFiles(folder)
  const stored = await deps.database.as('jobs', {}, (tx) => storedContents(tx))
  let missing = 0
  for (const { sha256, size, county, id } of stored) {
    if (await files.has(sha256, size)) continue
    await say(deps, 'awaited', { county, ids: [id], sha256, device: 0 })
    missing++
  }
  return missing
}
