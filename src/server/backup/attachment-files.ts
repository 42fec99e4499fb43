import type { Manifest } from './manifest.ts'

/** Files of attachments, which live outside the database: what a backup copies and a restore brings back. */
export interface AttachmentFiles {
  /** Copies every stored file into a new folder. @returns what was copied, in order of name */
  copyInto(folder: string): Promise<Manifest['attachments']>
  /** Brings files of a backup back; one that is there already stays. */
  restoreFrom(folder: string, files: Manifest['attachments']): Promise<void>
}
