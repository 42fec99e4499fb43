import { copyFile, link, mkdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { storedPath } from '../services/attachments/files.ts'
import { filesBelow, fingerprint, syncPath } from './files.ts'
import type { Manifest } from './manifest.ts'

/** Files of attachments, which live outside the database: what a backup copies and a restore brings back. */
export interface AttachmentFiles {
  folder: string
  /** Copies every stored file into a new folder. @returns what was copied, in order of name */
  copyInto(folder: string): Promise<Manifest['attachments']>
  /** Brings files of a backup back; one that is there already stays. What was only on its way is forgotten: phones begin it anew. */
  restoreFrom(folder: string, files: Manifest['attachments']): Promise<void>
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

/** A second name for the same bytes costs nothing, and bytes kept by content never change; on another disk they are copied. */
async function bring(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  await link(from, to).catch(() => copyFile(from, to))
  await syncPath(to)
}

/** @param folder where attachments are kept, by content */
export const attachmentFiles = (folder: string): AttachmentFiles => ({
  folder,
  async copyInto(into) {
    const stored = join(folder, 'stored')
    const copied: Manifest['attachments'] = []
    for (const name of (await isThere(stored)) ? await filesBelow(stored) : []) {
      await bring(join(stored, name), join(into, name))
      copied.push({ name, ...(await fingerprint(join(into, name))) })
    }
    return copied
  },
  async restoreFrom(from, files) {
    for (const { name, sha256 } of files) {
      const place = storedPath(folder, sha256)
      if (!(await isThere(place))) await bring(join(from, name), place)
    }
    await rm(join(folder, 'coming'), { recursive: true, force: true })
  },
})
