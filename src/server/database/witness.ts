import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { syncFolder } from './durable-files.ts'

const NAME = 'witness.json'

/**
 * What is remembered beside the database folder: how far its log had come on the disk, and which file on this disk its first file is.
 * A folder that was copied or unpacked has other files, whatever their content says; one put back in place was changed after it was
 * written. A picture of the whole disk has neither trace; that, only the phones can tell.
 */
export interface Witness {
  wal: number
  /** Number, birth and last change of the file's place on the disk (ns), as text: nobody can set the last two. */
  file: string
}

/** Written once when a database is made, and by nobody since. */
function fileMark(database: string): string | null {
  try {
    const { ino, birthtimeNs, ctimeNs } = statSync(join(database, 'PG_VERSION'), { bigint: true })
    return `${ino}/${birthtimeNs}/${ctimeNs}`
  } catch {
    return null
  }
}

/** Whether there is a database at all. */
export const isMade = (database: string): boolean => fileMark(database) !== null

/** Reads what was remembered; null: nothing, or nothing that can be read. */
export function readWitness(folder: string): Witness | null {
  try {
    const { wal, file } = JSON.parse(readFileSync(join(folder, NAME), 'utf8')) as Partial<Witness>
    return typeof wal === 'number' && typeof file === 'string' ? { wal, file } : null
  } catch {
    return null
  }
}

/** Remembers how far the log is on the disk. Never ahead of it: after a power cut it must not accuse. */
export function keepWitness(folder: string, database: string, wal: number): void {
  const file = fileMark(database)
  if (file === null) return
  const path = join(folder, NAME)
  const aside = openSync(`${path}.new`, 'w', 0o600)
  writeSync(aside, JSON.stringify({ wal, file } satisfies Witness))
  fsyncSync(aside)
  closeSync(aside)
  renameSync(`${path}.new`, path)
  syncFolder(folder)
}

/** Whether the database is not the one that was left here, as far as its folder can tell. @param wal how far its log has come */
export const isPutBack = (witness: Witness | null, database: string, wal: number): boolean =>
  witness === null || witness.file !== fileMark(database) || wal < witness.wal
