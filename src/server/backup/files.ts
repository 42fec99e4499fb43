import { createHash, type Hash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'

/** Waits until a file or folder is on the disk itself. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } catch (error) {
    // Windows cannot sync a folder.
    if (process.platform !== 'win32') throw error
  } finally {
    await handle.close()
  }
}

/** Counts and fingerprints lines as they pass. */
export interface Tally {
  rows: number
  bytes: number
  hash: Hash
}
export const newTally = (): Tally => ({ rows: 0, bytes: 0, hash: createHash('sha256') })

/** Adds lines to a tally. @returns them as one text, each ended by a line feed */
export function tally(into: Tally, lines: readonly string[]): Buffer {
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''), 'utf8')
  into.rows += lines.length
  into.bytes += bytes.length
  into.hash.update(bytes)
  return bytes
}

/** Writes lines packed into a new file and waits for the disk. */
export async function writeLines(path: string, lines: AsyncIterable<readonly string[]>): Promise<Tally> {
  const done = newTally()
  const bytes = async function* () {
    for await (const some of lines) yield tally(done, some)
  }
  await pipeline(
    Readable.from(bytes()),
    createGzip({ level: 6 }),
    createWriteStream(path, { flags: 'wx', mode: 0o600 }),
  )
  await syncPath(path)
  return done
}

/** Lines of a packed file, some at a time: at most `count`, and no more than fits a few megabytes. */
export async function* readLines(path: string, count = 1000): AsyncGenerator<string[]> {
  const source = createReadStream(path)
  const unpacked = createGunzip()
  // A fault of the file is a fault of the text that is read from it.
  source.on('error', (error) => unpacked.destroy(error))
  source.pipe(unpacked)
  let lines: string[] = []
  let size = 0
  for await (const line of createInterface({ input: unpacked, crlfDelay: Infinity })) {
    lines.push(line)
    size += line.length
    if (lines.length < count && size < 4_000_000) continue
    yield lines
    lines = []
    size = 0
  }
  if (lines.length > 0) yield lines
}

/** SHA-256 of a file, hexadecimal, and its size. */
export async function fingerprint(path: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { sha256: hash.digest('hex'), bytes }
}

/** Names of all files below a folder, with slashes, in order. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((one) => !one.isDirectory())
    .map((one) =>
      join(one.parentPath, one.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort()
}
