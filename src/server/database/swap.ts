import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { syncFolder } from './durable-files.ts'

/** The folder of the database itself inside a data folder. */
export const databaseIn = (folder: string): string => join(folder, 'database')

const NOTE = 'swap.json'

interface Swap {
  /** Names inside the data folder: what comes in, and what the old one is kept as. */
  fresh: string
  old: string
}

function noteOf(folder: string): Swap | null {
  try {
    return JSON.parse(readFileSync(join(folder, NOTE), 'utf8')) as Swap
  } catch {
    return null
  }
}

/**
 * Finishes the exchange of one database for another that was begun: the old one is kept aside, the new one takes its place. Whatever
 * stopped it, it goes on where it stopped; nothing was begun: nothing is done. The caller holds the folder's lock.
 */
export function finishSwap(folder: string): void {
  const note = noteOf(folder)
  if (note === null) return
  const [fresh, old, database] = [join(folder, note.fresh), join(folder, note.old), databaseIn(folder)]
  if (existsSync(fresh)) {
    if (existsSync(database) && !existsSync(old)) renameSync(database, old)
    renameSync(fresh, database)
    // What was remembered about the old one is no witness against the new.
    rmSync(join(folder, 'witness.json'), { force: true })
  }
  syncFolder(folder)
  rmSync(join(folder, NOTE), { force: true })
  syncFolder(folder)
}

/** Exchanges the database for a finished one beside it, in a way that a cut finds either the old or the new. */
export function swapDatabase(folder: string, swap: Swap): void {
  const file = openSync(join(folder, `${NOTE}.new`), 'w', 0o600)
  writeSync(file, JSON.stringify(swap))
  fsyncSync(file)
  closeSync(file)
  renameSync(join(folder, `${NOTE}.new`), join(folder, NOTE))
  syncFolder(folder)
  finishSwap(folder)
}
