import type { AskedFile, FileAnswer, FilesNet } from '#phone/attachments/files-net.ts'
import type { Answer } from '#sync/engine/ports.ts'

/** What a phone asks about files, as it travels: a line of JSON, then bytes. */
export interface FilesAsked {
  method: 'HEAD' | 'POST' | 'PATCH'
  path: string
  headers: Record<string, string>
}

/** What a server says: bytes it has, or null where it says nothing of them. */
export interface FilesSaid {
  at: number | null
}

const PATH = '/api/files'
const TUS = { 'tus-resumable': '1.0.0' }
const LINE = 10
const utf8 = new TextEncoder()

export function written(asked: FilesAsked, bytes: Uint8Array = new Uint8Array()): Uint8Array {
  const head = utf8.encode(`${JSON.stringify(asked)}\n`)
  const all = new Uint8Array(head.length + bytes.length)
  all.set(head)
  all.set(bytes, head.length)
  return all
}

export function read(body: Uint8Array): { asked: FilesAsked; bytes: Uint8Array } {
  const end = body.indexOf(LINE)
  return {
    asked: JSON.parse(new TextDecoder().decode(body.subarray(0, end))) as FilesAsked,
    bytes: body.subarray(end + 1),
  }
}

/** The same request, broken off after a share of its bytes: the server keeps what came. */
export function brokenOff(body: Uint8Array, share: number): Uint8Array {
  const head = body.indexOf(LINE) + 1
  return body.subarray(0, head + Math.ceil(share * (body.length - head)))
}

/** The same request with the last byte of its piece changed; null: it carries none. */
export function changedPiece(body: Uint8Array): Uint8Array | null {
  if (body.length <= body.indexOf(LINE) + 1) return null
  const changed = body.slice()
  changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 0x55
  return changed
}

/** What a browser makes of an answer: somebody else's page says nothing of bytes. */
async function heard(answer: Answer): Promise<FileAnswer> {
  const parts: Uint8Array[] = []
  for await (const part of answer.chunks) parts.push(part)
  const { status, retryAfter } = answer
  try {
    const said = JSON.parse(Buffer.concat(parts).toString('utf8')) as Partial<FilesSaid>
    return { status, retryAfter, at: said.at ?? null }
  } catch {
    return { status, retryAfter, at: null }
  }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const metadata = (pairs: Record<string, string>): string =>
  Object.entries(pairs)
    .map(([key, value]) => `${key} ${base64(value)}`)
    .join(',')

/**
 * The way of files over a phone's line: as over fetch, with the line's weather.
 * @param request one request of this page
 */
export function filesNet(request: (body: Uint8Array) => Promise<Answer>, abort: () => void): FilesNet {
  const ask = async (asked: FilesAsked, bytes?: Uint8Array): Promise<FileAnswer> =>
    heard(await request(written(asked, bytes)))
  return {
    head: (upload) => ask({ method: 'HEAD', path: `${PATH}/${upload}`, headers: TUS }),
    begin: ({ county, attachment, sha256, size }: AskedFile) =>
      ask({
        method: 'POST',
        path: PATH,
        headers: {
          ...TUS,
          'upload-length': String(size),
          'upload-metadata': metadata({ county, attachment, sha256 }),
        },
      }),
    append: (upload, at, bytes) =>
      ask(
        {
          method: 'PATCH',
          path: `${PATH}/${upload}`,
          headers: {
            ...TUS,
            'content-type': 'application/offset+octet-stream',
            'upload-offset': String(at),
          },
        },
        bytes,
      ),
    fetch: async () => ({ status: 404, bytes: null }),
    abort,
  }
}
