import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { dirname, resolve, sep } from 'node:path'

/** One thing that was done to a disk, in order. `file` is a file whatever its name; names are below the watched folder. */
export type Entry =
  | { op: 'write'; file: number; at: number; bytes: Buffer }
  | { op: 'cut'; file: number; size: number }
  | { op: 'sync'; file: number }
  | { op: 'sync-folder'; path: string }
  | { op: 'create'; path: string; file: number }
  | { op: 'mkdir'; path: string }
  | { op: 'rename'; from: string; to: string }
  | { op: 'unlink'; path: string }
  | { op: 'rmdir'; path: string }

/** What was done below a folder since the watching began. */
export interface Journal {
  entries: Entry[]
  /** Files that were there before, by name. */
  before: ReadonlyMap<string, number>
  stop(): void
}

type Sync = (...args: never[]) => unknown
type Patched = Record<string, Sync>

/** What a file number of an open file stands for. */
type Open = { file: number } | { folder: string }

class Watch {
  readonly entries: Entry[] = []
  readonly before = new Map<string, number>()
  readonly #names = new Map<string, number>()
  readonly #open = new Map<number, Open>()
  readonly #root: string
  #next = 1

  constructor(root: string) {
    this.#root = root
  }

  /** Name below the root; null: somewhere else. */
  inside(path: unknown): string | null {
    if (typeof path !== 'string') return null
    const whole = resolve(path)
    if (whole === this.#root) return '.'
    return whole.startsWith(this.#root + sep) ? whole.slice(this.#root.length + 1) : null
  }

  #fileAt(name: string): number {
    const known = this.#names.get(name)
    if (known !== undefined) return known
    // Not made since: it was there before.
    const file = this.#next++
    this.#names.set(name, file)
    this.before.set(name, file)
    return file
  }

  made(name: string): void {
    const file = this.#next++
    this.#names.set(name, file)
    this.entries.push({ op: 'create', path: name, file })
  }

  opened(number: number, name: string): void {
    this.#open.set(
      number,
      fs.fstatSync(number).isDirectory() ? { folder: name } : { file: this.#fileAt(name) },
    )
  }

  closed(number: number): void {
    this.#open.delete(number)
  }

  wrote(number: number, bytes: Buffer, at: unknown): void {
    const open = this.#open.get(number)
    if (!open || !('file' in open)) return
    if (typeof at !== 'number') throw new Error('a write whose place is not known cannot be replayed')
    this.entries.push({ op: 'write', file: open.file, at, bytes })
  }

  cut(of: number | string, size: number): void {
    const open = typeof of === 'number' ? this.#open.get(of) : { file: this.#fileAt(of) }
    if (open && 'file' in open) this.entries.push({ op: 'cut', file: open.file, size })
  }

  synced(number: number): void {
    const open = this.#open.get(number)
    if (!open) return
    this.entries.push(
      'file' in open ? { op: 'sync', file: open.file } : { op: 'sync-folder', path: open.folder },
    )
  }

  renamed(from: string, to: string): void {
    this.entries.push({ op: 'rename', from, to })
    for (const [name, file] of this.#names)
      if (name === from || name.startsWith(`${from}/`)) {
        this.#names.delete(name)
        this.#names.set(to + name.slice(from.length), file)
      }
  }

  removed(op: 'unlink' | 'rmdir', name: string): void {
    this.#names.delete(name)
    this.entries.push({ op, path: name })
  }

  madeFolder(name: string): void {
    this.entries.push({ op: 'mkdir', path: name })
  }
}

const bytesOf = (data: unknown, from: unknown, length: unknown): Buffer => {
  const view = data as NodeJS.ArrayBufferView
  const start = view.byteOffset + (typeof from === 'number' ? from : 0)
  const size = typeof length === 'number' ? length : view.byteLength
  return Buffer.from(Buffer.from(view.buffer as ArrayBuffer, start, size))
}

/**
 * Writes down everything that this process does to files below a folder, by standing between it and the file system: every write with its
 * bytes, every name, and what was forced to the disk. Does not change what happens.
 */
export function watchDisk(folder: string): Journal {
  const watch = new Watch(resolve(folder))
  const patched = fs as unknown as Patched
  const real: Patched = { ...patched }
  const changed: string[] = []
  const call = (name: string, args: readonly unknown[]): unknown =>
    (real[name] as (...all: unknown[]) => unknown)(...args)
  const instead = (name: string, make: (...args: unknown[]) => unknown): void => {
    patched[name] = make as Sync
    changed.push(name)
  }
  const named = (name: string, then: (inside: string) => void) =>
    instead(name, (...args) => {
      const result = call(name, args)
      const inside = watch.inside(args[0])
      if (inside !== null) then(inside)
      return result
    })

  instead('openSync', (...args) => {
    const inside = watch.inside(args[0])
    const wasThere = inside === null || fs.existsSync(String(args[0]))
    const number = call('openSync', args) as number
    if (inside === null) return number
    if (!wasThere) watch.made(inside)
    watch.opened(number, inside)
    if (wasThere && typeof args[1] === 'number' && (args[1] & fs.constants.O_TRUNC) !== 0)
      watch.cut(number, 0)
    return number
  })
  instead('closeSync', (...args) => {
    watch.closed(args[0] as number)
    return call('closeSync', args)
  })
  instead('writeSync', (...args) => {
    const written = call('writeSync', args) as number
    if (typeof args[1] !== 'string')
      watch.wrote(args[0] as number, bytesOf(args[1], args[2], written), args[4])
    return written
  })
  instead('writeFileSync', (...args) => {
    const inside = watch.inside(args[0])
    if (inside !== null && args[1] !== '') throw new Error('a whole file written at once is not watched')
    const wasThere = inside !== null && fs.existsSync(String(args[0]))
    const result = call('writeFileSync', args)
    if (inside !== null) {
      if (wasThere) watch.cut(inside, 0)
      else watch.made(inside)
    }
    return result
  })
  instead('ftruncateSync', (...args) => {
    const result = call('ftruncateSync', args)
    watch.cut(args[0] as number, (args[1] as number | undefined) ?? 0)
    return result
  })
  named('truncateSync', () => {
    throw new Error('a file cut by its name is not watched')
  })
  instead('renameSync', (...args) => {
    const [from, to] = [watch.inside(args[0]), watch.inside(args[1])]
    const result = call('renameSync', args)
    if (from !== null && to !== null) watch.renamed(from, to)
    return result
  })
  named('unlinkSync', (name) => watch.removed('unlink', name))
  named('rmdirSync', (name) => watch.removed('rmdir', name))
  named('mkdirSync', (name) => watch.madeFolder(name))
  for (const name of ['fsyncSync', 'fdatasyncSync'])
    instead(name, (...args) => {
      const result = call(name, args)
      watch.synced(args[0] as number)
      return result
    })
  // Modules that import functions by name see the change too.
  syncBuiltinESMExports()
  return {
    entries: watch.entries,
    before: watch.before,
    stop() {
      for (const name of changed) patched[name] = real[name] as Sync
      syncBuiltinESMExports()
    },
  }
}

/** The folder a name lies in. */
export const folderOf = (name: string): string => dirname(name)
