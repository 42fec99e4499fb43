import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, type ReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** A piece being written: bytes in, and on the disk before `close` resolves. */
export interface PieceWriter {
  write(bytes: Uint8Array): Promise<void>
  /** @returns how many bytes are on the disk */
  close(): Promise<number>
}

/** A file put together from its pieces, not yet in its place. */
export interface Joined {
  sha256: string
  bytes: number
  path: string
}

/** Bytes of attachments in one folder: what is coming, by upload, and what is kept, by content. Several servers may share the folder. */
export interface Files {
  piece(id: string, token: number): Promise<PieceWriter>
  /** Puts the pieces of an upload together in a file aside. */
  join(id: string, pieces: readonly (readonly [number, number])[]): Promise<Joined>
  /** Puts a joined file in its place; resolves when that is certain. */
  keep(joined: Joined): Promise<void>
  /** Forgets everything that came of an upload. */
  forget(id: string): Promise<void>
  /** Whether a content is kept whole, as far as its length tells. */
  has(sha256: string, bytes: number): Promise<boolean>
  read(sha256: string): ReadStream
  /** Removes a content for good; resolves when that is certain, also when there was none. */
  remove(sha256: string): Promise<void>
  /** Uploads of which something lies here. */
  coming(): Promise<string[]>
}

/** Place of a content below `stored`: two levels of 256 folders, so that none grows too large. */
export const storedPath = (folder: string, sha256: string): string =>
  join(folder, 'stored', sha256.slice(0, 2), sha256.slice(2, 4), sha256)

/** A name in a folder is certain only when the folder itself was written. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 })
  if (first === undefined) return
  // Each folder that was made is a name in the one above it.
  for (let one = path; one.length >= first.length; one = dirname(one)) await syncFolder(dirname(one))
}

async function makePiece(folder: string, name: string): Promise<PieceWriter> {
  await makeFolder(folder)
  // A token writes once: a file of this name would be somebody else's work.
  const handle = await open(join(folder, name), 'wx', 0o600)
  let bytes = 0
  return {
    async write(chunk) {
      for (let at = 0; at < chunk.length;)
        at += (await handle.write(chunk, at, chunk.length - at, bytes + at)).bytesWritten
      bytes += chunk.length
    },
    async close() {
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
      await syncFolder(folder)
      return bytes
    },
  }
}

async function append(
  to: FileHandle,
  path: string,
  bytes: number,
  seen: (chunk: Buffer) => void,
): Promise<void> {
  // A piece may be longer than what was believed of it.
  for await (const chunk of createReadStream(path, { end: bytes - 1 })) {
    seen(chunk as Buffer)
    await to.appendFile(chunk as Buffer)
  }
}

async function joinPieces(folder: string, pieces: readonly (readonly [number, number])[]): Promise<Joined> {
  const path = join(folder, `whole-${randomUUID()}`)
  const hash = createHash('sha256')
  let bytes = 0
  const handle = await open(path, 'wx', 0o600)
  try {
    for (const [token, length] of pieces)
      await append(handle, join(folder, String(token)), length, (chunk) => {
        hash.update(chunk)
        bytes += chunk.length
      })
    await handle.sync()
  } finally {
    await handle.close()
  }
  return { sha256: hash.digest('hex'), bytes, path }
}

/** @param folder made when missing */
export function openFiles(folder: string): Files {
  const comingIn = (id: string) => join(folder, 'coming', id)
  return {
    piece: (id, token) => makePiece(comingIn(id), String(token)),
    join: (id, pieces) => joinPieces(comingIn(id), pieces),
    async keep(joined) {
      const place = storedPath(folder, joined.sha256)
      await makeFolder(dirname(place))
      await rename(joined.path, place)
      await syncFolder(dirname(place))
    },
    forget: (id) => rm(comingIn(id), { recursive: true, force: true }),
    async has(sha256, bytes) {
      const found = await stat(storedPath(folder, sha256)).catch(() => null)
      return found?.size === bytes
    },
    read: (sha256) => createReadStream(storedPath(folder, sha256)),
    async remove(sha256) {
      const place = storedPath(folder, sha256)
      await rm(place, { force: true })
      // Where no such folder is, nothing was.
      await syncFolder(dirname(place)).catch(() => {})
    },
    coming: () => readdir(join(folder, 'coming')).catch(() => []),
  }
}
