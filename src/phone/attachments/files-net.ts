import type { Id } from '#domain/id.ts'
import type { County } from '#domain/region/code.ts'
import { NoAnswer } from '#sync/engine/ports.ts'
import { fetchAs, type Asking, type WhoAsks } from '../who-asks.ts'

/** What the server said about an upload. `at`: bytes it has; null when the answer is not our server's. */
export interface FileAnswer {
  status: number
  at: number | null
  /** Seconds the server asks to wait; null when it does not say. */
  retryAfter: number | null
}

/** A file as the server is told of it. */
export interface AskedFile {
  county: County
  attachment: Id
  sha256: string
  size: number
}

/** The way by which files go: the tus protocol (1.0), without the text's way. All reject with `NoAnswer`. */
export interface FilesNet {
  head(upload: string): Promise<FileAnswer>
  begin(asked: AskedFile): Promise<FileAnswer>
  append(upload: string, at: number, bytes: Uint8Array<ArrayBuffer>): Promise<FileAnswer>
  /** The bytes of a stored file; null bytes with any other status than 200. */
  fetch(county: County, id: Id): Promise<{ status: number; bytes: Uint8Array<ArrayBuffer> | null }>
  /** Breaks off what is under way. */
  abort(): void
}

const PATH = '/api/files'
const TUS = { 'tus-resumable': '1.0.0', 'x-mingbai': '1' } as const

/** A silent line is given up after this; what the server has got of a piece until then it keeps. Below the runner's lease. */
const SILENCE_MS = 50_000

function numberIn(response: Response, name: string): number | null {
  const text = response.headers.get(name)
  return text !== null && /^\d{1,12}$/.test(text) ? Number(text) : null
}

const answerOf = (response: Response): FileAnswer => ({
  status: response.status,
  // A page of somebody else's network may say anything, but it does not speak tus.
  at: response.headers.get('tus-resumable') === '1.0.0' ? numberIn(response, 'upload-offset') : null,
  retryAfter: numberIn(response, 'retry-after'),
})

const metadata = (pairs: Record<string, string>): string =>
  Object.entries(pairs)
    .map(([key, value]) => `${key} ${btoa(value)}`)
    .join(',')

const HOW = { credentials: 'same-origin', cache: 'no-store', redirect: 'error' } as const

/**
 * The way over fetch, which pages and workers both have.
 * @param origin '' for the page's own
 * @param who whose session is meant
 */
export function fetchFiles(origin = '', who: WhoAsks = { device: null }): FilesNet {
  const underWay = new Set<AbortController>()
  async function ask<T>(
    path: string,
    asking: Asking,
    read: (response: Response) => T | Promise<T>,
  ): Promise<T> {
    const controller = new AbortController()
    const timer = setTimeout(() => controller.abort(), SILENCE_MS)
    underWay.add(controller)
    try {
      return await read(await fetchAs(who, path, { ...HOW, signal: controller.signal, ...asking }, origin))
    } catch {
      throw new NoAnswer()
    } finally {
      clearTimeout(timer)
      underWay.delete(controller)
    }
  }
  return {
    head: (upload) => ask(`${PATH}/${upload}`, { method: 'HEAD', headers: TUS }, answerOf),
    begin: ({ county, attachment, sha256, size }) =>
      ask(
        PATH,
        {
          method: 'POST',
          headers: {
            ...TUS,
            'upload-length': String(size),
            'upload-metadata': metadata({ county, attachment, sha256 }),
          },
        },
        answerOf,
      ),
    append: (upload, at, bytes) =>
      ask(
        `${PATH}/${upload}`,
        {
          method: 'PATCH',
          headers: { ...TUS, 'content-type': 'application/offset+octet-stream', 'upload-offset': String(at) },
          body: bytes,
        },
        answerOf,
      ),
    fetch: (county, id) =>
      ask(`/api/attachments/${county}/${id}`, { method: 'GET' }, async (response) => ({
        status: response.status,
        bytes: response.status === 200 ? new Uint8Array(await response.arrayBuffer()) : null,
      })),
    abort() {
      for (const controller of underWay) controller.abort()
      underWay.clear()
    },
  }
}
