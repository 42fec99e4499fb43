import * as v from 'valibot'
import {
  ContentIndexSchema,
  ContentPackSchema,
  type ContentIndex,
  type ContentPack,
} from '#domain/content/pack.ts'
import { storageFailure } from './database/failures.ts'
import { CURRENT, PARTIAL, putPack, readPack, type ShelfNews, type ShelfPorts } from './content-rows.ts'

/** Bytes kept at a time while downloading, so that a cut costs at most these. */
const KEEP_EVERY = 64 * 1024

const hex = (bytes: ArrayBuffer): string =>
  Array.from(new Uint8Array(bytes), (one) => one.toString(16).padStart(2, '0')).join('')

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(a.length + b.length)
  whole.set(a)
  whole.set(b, a.length)
  return whole
}

/** Reads a body to its end, keeping what came; a broken line throws after keeping. */
async function download(
  db: IDBDatabase,
  response: Response,
  index: ContentIndex,
  have: Uint8Array<ArrayBuffer>,
) {
  let bytes = have
  let kept = have.length
  const keep = async () => {
    if (bytes.length === kept) return
    await putPack(db, { name: PARTIAL, sha256: index.sha256, bytes })
    kept = bytes.length
  }
  if (!response.body) return joined(bytes, new Uint8Array(await response.arrayBuffer()))
  const reader = response.body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return bytes
      bytes = joined(bytes, value)
      if (bytes.length - kept >= KEEP_EVERY) await keep()
    }
  } catch (error) {
    await keep()
    throw error
  }
}

/** Brings the file, going on where an earlier download of the same file broke off, if the server can. */
async function bring(
  db: IDBDatabase,
  ports: ShelfPorts,
  index: ContentIndex,
): Promise<Uint8Array<ArrayBuffer>> {
  const part = await readPack(db, PARTIAL)
  const have =
    part?.sha256 === index.sha256 && part.bytes.length < index.bytes ? part.bytes : new Uint8Array()
  const headers: Record<string, string> = have.length > 0 ? { range: `bytes=${have.length}-` } : {}
  const response = await ports.fetch(`/api/content/${index.pack}`, { headers, credentials: 'omit' })
  if (!response.ok) throw new Error('no pack')
  return download(db, response, index, response.status === 206 ? have : new Uint8Array())
}

const parsePack = (bytes: Uint8Array): ContentPack =>
  v.parse(ContentPackSchema, JSON.parse(new TextDecoder().decode(bytes)))

/** Looks for a newer pack, brings it in parts if it must, checks it, and only then puts it in the place of the old one. */
export async function lookForPack(
  db: IDBDatabase,
  ports: ShelfPorts,
  found: (pack: ContentPack) => void,
): Promise<ShelfNews> {
  try {
    const answer = await ports.fetch('/api/content/index.json', { cache: 'no-cache', credentials: 'omit' })
    const index = v.safeParse(ContentIndexSchema, answer.ok ? await answer.json() : null)
    if (!index.success) return 'offline'
    if ((await readPack(db, CURRENT))?.sha256 === index.output.sha256) return 'same'
    const part = await readPack(db, PARTIAL)
    const have = part?.sha256 === index.output.sha256 ? part.bytes.length : 0
    if (!(await ports.fits(index.output.bytes - have))) return 'no-room'
    const bytes = await bring(db, ports, index.output)
    if (bytes.length < index.output.bytes) return 'offline'
    if (hex(await ports.subtle.digest('SHA-256', bytes)) !== index.output.sha256) {
      await putPack(db, { name: PARTIAL, sha256: '', bytes: new Uint8Array() })
      return 'damaged'
    }
    const pack = parsePack(bytes)
    await putPack(db, { name: CURRENT, sha256: index.output.sha256, bytes })
    found(pack)
    return 'new'
  } catch (error) {
    return storageFailure(error) === 'storage-full' ? 'storage-full' : 'offline'
  }
}
