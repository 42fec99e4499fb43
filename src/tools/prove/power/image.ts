import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folderOf, type Entry, type Journal } from './journal.ts'

/** A disk writes in pieces of this size; each of those that were not forced may have come or not. */
const PIECE = 4096

export interface Dice {
  /** A number from 0 up to 1. */
  next(): number
}

type Meta = Extract<Entry, { op: 'create' | 'mkdir' | 'rename' | 'unlink' | 'rmdir' }>
type Data = Extract<Entry, { op: 'write' | 'cut' }>

const isMeta = (one: Entry): one is Meta =>
  one.op === 'create' ||
  one.op === 'mkdir' ||
  one.op === 'rename' ||
  one.op === 'unlink' ||
  one.op === 'rmdir'

const touchesFolder = (one: Meta, path: string): boolean =>
  one.op === 'rename' ? folderOf(one.from) === path || folderOf(one.to) === path : folderOf(one.path) === path

/** What certainly is on the disk after a cut, and what may be. */
interface Fate {
  /** Names come in order; so many of them certainly came. */
  names: Meta[]
  certain: number
  /** Bytes by file; those before its last force certainly came. */
  data: Map<number, { one: Data; certain: boolean }[]>
}

/** Goes through what was done up to the cut and keeps what was forced apart from what was not. */
function fateOf(entries: readonly Entry[], upTo: number): Fate {
  const fate: Fate = { names: [], certain: 0, data: new Map() }
  /** Names under which a file was last known, for a force of the file, which brings its name along. */
  const lastName = new Map<number, number>()
  const fileOf = new Map<string, number>()
  for (const one of entries.slice(0, upTo)) {
    if (isMeta(one)) {
      fate.names.push(one)
      if (one.op === 'create') fileOf.set(one.path, one.file)
      const file = one.op === 'rename' ? fileOf.get(one.from) : one.op === 'create' ? one.file : undefined
      if (one.op === 'rename' && file !== undefined) fileOf.set(one.to, file)
      if (file !== undefined) lastName.set(file, fate.names.length)
    } else if (one.op === 'sync') {
      for (const each of fate.data.get(one.file) ?? []) each.certain = true
      fate.certain = Math.max(fate.certain, lastName.get(one.file) ?? 0)
    } else if (one.op === 'sync-folder') {
      fate.certain = Math.max(
        fate.certain,
        fate.names.findLastIndex((each) => touchesFolder(each, one.path)) + 1,
      )
    } else {
      const list = fate.data.get(one.file) ?? []
      list.push({ one, certain: false })
      fate.data.set(one.file, list)
    }
  }
  return fate
}

/** One third of the cuts keep none of the names that were not forced, one third all, one third some. */
function namesKept(fate: Fate, dice: Dice): Meta[] {
  const roll = dice.next()
  const open = fate.names.length - fate.certain
  const more = roll < 1 / 3 ? 0 : roll < 2 / 3 ? open : Math.floor(dice.next() * (open + 1))
  return fate.names.slice(0, fate.certain + more)
}

/** Bytes of a file that may grow. */
class Bytes {
  #room: Buffer
  #size: number

  constructor(before: Buffer) {
    this.#room = Buffer.from(before)
    this.#size = before.length
  }

  put(piece: Buffer, at: number): void {
    this.resize(Math.max(this.#size, at + piece.length))
    piece.copy(this.#room, at)
  }

  resize(size: number): void {
    if (size > this.#room.length) {
      const larger = Buffer.alloc(Math.max(size, 2 * this.#room.length))
      this.#room.copy(larger, 0, 0, this.#size)
      this.#room = larger
    }
    // What was cut off and is grown over again is empty.
    if (size < this.#size) this.#room.fill(0, size, this.#size)
    this.#size = size
  }

  all(): Buffer {
    return this.#room.subarray(0, this.#size)
  }
}

/** What a file holds after the cut, out of what it held before. @param chance of a piece that was not forced */
function contentAfter(
  before: Buffer,
  list: readonly { one: Data; certain: boolean }[],
  dice: Dice,
  chance: number,
): Buffer {
  const bytes = new Bytes(before)
  for (const { one, certain } of list) {
    const came = () => certain || dice.next() < chance
    if (one.op === 'cut') {
      if (came()) bytes.resize(one.size)
      continue
    }
    for (let from = 0; from < one.bytes.length; from += PIECE)
      if (came()) bytes.put(one.bytes.subarray(from, from + PIECE), one.at + from)
  }
  return bytes.all()
}

/** Plays names in a real folder; every file carries its number in a table. */
function playNames(folder: string, files: Map<string, number>, names: readonly Meta[]): void {
  for (const one of names) {
    if (one.op === 'create') {
      writeFileSync(join(folder, one.path), '')
      files.set(one.path, one.file)
    } else if (one.op === 'mkdir') mkdirSync(join(folder, one.path), { recursive: true })
    else if (one.op === 'rename') {
      if (!existsSync(join(folder, one.from))) continue
      renameSync(join(folder, one.from), join(folder, one.to))
      for (const [name, file] of files)
        if (name === one.from || name.startsWith(`${one.from}/`)) {
          files.delete(name)
          files.set(one.to + name.slice(one.from.length), file)
        }
    } else {
      rmSync(join(folder, one.path), { recursive: true, force: true })
      files.delete(one.path)
    }
  }
}

/**
 * Makes the folder that a disk holds after its power was cut: all that was forced, and of the rest what the dice leave.
 * @param base copy of the folder from before the watching
 * @param upTo number of entries before the cut
 * @param into a new folder
 */
export function makeImage(base: string, journal: Journal, upTo: number, dice: Dice, into: string): void {
  cpSync(base, into, { recursive: true })
  const fate = fateOf(journal.entries, upTo)
  const contents = new Map<number, Buffer>()
  for (const [name, file] of journal.before)
    if (fate.data.has(file)) contents.set(file, readFileSync(join(base, name)))
  const files = new Map(journal.before)
  playNames(into, files, namesKept(fate, dice))
  const chance = [0, 0.5, 1][Math.floor(dice.next() * 3)] ?? 0.5
  for (const [name, file] of files) {
    const list = fate.data.get(file)
    const path = join(into, name)
    if (list && existsSync(path))
      writeFileSync(path, contentAfter(contents.get(file) ?? Buffer.alloc(0), list, dice, chance))
  }
}
