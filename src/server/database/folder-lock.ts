import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { CannotStart } from './refused.ts'

const NAME = 'mingbai.lock'

/** When a process began, as the system tells it (Linux: ticks since boot, and which boot); '' where it does not tell. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    // The name in brackets may hold spaces; the start time is the 20th field after it.
    return `${boot}/${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`
  } catch {
    return ''
  }
}

function lives(pid: number, started: string): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const now = startOf(pid)
  return now === '' || started === '' || now === started
}

function write(path: string): boolean {
  try {
    const file = openSync(path, 'wx', 0o600)
    writeSync(file, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }))
    fsyncSync(file)
    closeSync(file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function holderOf(path: string): { pid: number; started: string } | null {
  try {
    const { pid, started } = JSON.parse(readFileSync(path, 'utf8')) as { pid?: unknown; started?: unknown }
    return typeof pid === 'number' && typeof started === 'string' ? { pid, started } : null
  } catch {
    return null
  }
}

/** Number of the living process that holds a data folder; null: nobody does. */
export function holderOfFolder(folder: string): number | null {
  const holder = holderOf(join(folder, NAME))
  return holder && lives(holder.pid, holder.started) ? holder.pid : null
}

const inUse = (pid: number | string) =>
  new CannotStart(
    'folder-in-use',
    `the data folder is in use by another 明白 server (process ${pid}); stop that one first, or choose another folder with MINGBAI_DATA.`,
  )

/** Throws `CannotStart` when somebody living holds a data folder; a look, not the lock. */
export function refuseHeld(folder: string): void {
  const holder = holderOfFolder(resolve(folder))
  if (holder !== null) throw inUse(holder)
}

/**
 * Takes the exclusive lock of a data folder: the embedded database has none of its own, and two processes writing one folder
 * lose rows without a word. A lock left by a process that died is taken over. Throws `CannotStart` when somebody living holds it.
 * @returns gives the lock back
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, NAME)
  for (let round = 0; round < 20; round++) {
    if (write(path)) return () => rmSync(path, { force: true })
    const holder = holderOf(path)
    if (holder && lives(holder.pid, holder.started)) throw inUse(holder.pid)
    clearStale(path, holder)
  }
  throw inUse('?')
}

/** Moves a dead process's lock aside; puts it back if somebody else's living lock was moved by the same hand. */
function clearStale(path: string, seen: { pid: number; started: string } | null): void {
  const aside = `${path}.${process.pid}`
  try {
    renameSync(path, aside)
  } catch {
    return
  }
  const moved = holderOf(aside)
  if (JSON.stringify(moved) !== JSON.stringify(seen) && moved && lives(moved.pid, moved.started)) {
    try {
      linkSync(aside, path)
    } catch {
      // Somebody took it in between; the next round meets them.
    }
  }
  unlinkSync(aside)
}
