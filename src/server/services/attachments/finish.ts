import { readFile } from 'node:fs/promises'
import type { FileType } from '#domain/attachment/file-type.ts'
import { isHarmless } from '#domain/attachment/harmless.ts'
import { forgetLeases } from '../../repositories/attachments/leases.ts'
import { markStored, removeUpload, uploadOf, type UploadRow } from '../../repositories/attachments/uploads.ts'
import type { Files } from './files.ts'
import { deviceOf } from './locker.ts'
import { sayToAll, type SettleDeps } from './settle.ts'

export interface FinishDeps extends SettleDeps {
  files: Files
}

/**
 * What came of an upload. stored: the server holds it whole. open: bytes are missing. other-content: what came is not what was
 * declared, and was thrown away. wrong-type: it came whole and is no file of a kind that is taken.
 */
export type Finished = 'stored' | 'open' | 'other-content' | 'wrong-type' | 'gone'

async function remove(deps: FinishDeps, id: string): Promise<void> {
  await deps.database.as('sync', { device: String(deviceOf(id)) }, async (tx) => {
    await removeUpload(tx, id)
    await forgetLeases(tx, [id])
  })
  await deps.files.forget(id)
}

const isMissing = (error: unknown): null => {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
  throw error
}

/** Puts the pieces together and looks whether they are what was promised (I-41). */
async function judge(deps: FinishDeps, row: UploadRow): Promise<Finished> {
  // Pieces that are not there any more (a copy restored without what was on its way) have to come again.
  const joined = await deps.files.join(row.id, row.pieces).catch(isMissing)
  if (joined === null) return 'other-content'
  if (joined.sha256 !== row.id.slice(0, 64) || joined.bytes !== row.size) return 'other-content'
  // No longer than the largest file that is taken, because it is as long as was declared.
  if (!isHarmless(row.mime as FileType, await readFile(joined.path))) return 'wrong-type'
  await deps.files.keep(joined)
  return 'stored'
}

/**
 * Finishes an upload whose bytes are all here: hashes the whole file, puts it in its place, and says so in the ledger. May be stopped
 * anywhere and done again; only after the file is certain on the disk does a record say that it is stored.
 */
export async function finish(deps: FinishDeps, id: string): Promise<Finished> {
  const own = { device: String(deviceOf(id)) }
  const row = await deps.database.as('sync', own, (tx) => uploadOf(tx, id))
  if (!row) return 'gone'
  if (row.at < row.size) return 'open'
  if (row.state === 'open') {
    const found = await judge(deps, row)
    if (found === 'wrong-type') await sayToAll(deps, 'failed', row)
    if (found !== 'stored') {
      await remove(deps, id)
      return found
    }
    await deps.database.as('sync', own, (tx) => markStored(tx, id))
    await deps.files.forget(id)
  }
  await sayToAll(deps, 'stored', row)
  return 'stored'
}

/** Forgets an upload whose file is no longer there, so that it can begin anew. */
export const forgetUpload = (deps: FinishDeps, id: string): Promise<void> => remove(deps, id)
