import { NotOurs } from '#sync/engine/answer-lines.ts'
import { NoAnswer, type Answer, type Net } from '#sync/engine/ports.ts'
import { EXCHANGE_PATH, HEAD_PATH } from '#sync/protocol/wire.ts'
import { fetchAs, type Asking, type WhoAsks } from './who-asks.ts'

/** Below this, compressing costs more than it saves. */
const WORTH_GZIP = 1024

async function gzipped(body: Uint8Array): Promise<Uint8Array | null> {
  if (body.length < WORTH_GZIP || !('CompressionStream' in globalThis)) return null
  const packed = new Blob([body as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new CompressionStream('gzip'))
  return new Uint8Array(await new Response(packed).arrayBuffer())
}

/** `Retry-After` in seconds, whether it counts or names a date; null when it says nothing. */
function retryAfter(header: string | null, now: number): number | null {
  if (header === null) return null
  if (/^\d+$/.test(header.trim())) return Number(header)
  const at = Date.parse(header)
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now) / 1000))
}

async function* chunksOf(response: Response, end: () => void): AsyncGenerator<Uint8Array> {
  try {
    if (!response.body) {
      yield new Uint8Array(await response.arrayBuffer())
      return
    }
    const reader = response.body.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } catch {
    throw new NoAnswer()
  } finally {
    end()
  }
}

/** 511 Network Authentication Required (RFC 6585 §6): a network that wants a sign-in page of its own seen first. */
const SIGN_IN_FIRST = 511

/** Whether somebody else answered: our server never sends anybody elsewhere, and never says 511. */
const isElsewhere = ({ type, status }: Response): boolean =>
  type === 'opaqueredirect' || status === SIGN_IN_FIRST

/**
 * The way to our own server over fetch, with the session's cookie. Everything that is not an answer is weather; a redirect and a 511
 * are somebody else's page, and rejected as `NotOurs`. How long to wait for a silent line is the engine's to say: it breaks off.
 * @param origin '' for the page's own
 * @param who whose session is meant
 */
export function fetchNet(origin = '', who: WhoAsks = { device: null }): Net {
  const underWay = new Set<AbortController>()
  async function ask(path: string, more: () => Asking | Promise<Asking>): Promise<Answer> {
    const controller = new AbortController()
    underWay.add(controller)
    const end = () => void underWay.delete(controller)
    try {
      const asking = await more()
      const how = { credentials: 'same-origin', cache: 'no-store', redirect: 'manual' } as const
      const response = await fetchAs(who, path, { ...how, signal: controller.signal, ...asking }, origin)
      if (isElsewhere(response)) {
        controller.abort()
        throw new NotOurs()
      }
      return {
        status: response.status,
        retryAfter: retryAfter(response.headers.get('retry-after'), Date.now()),
        contentType: response.headers.get('content-type') ?? '',
        chunks: chunksOf(response, end),
      }
    } catch (error) {
      end()
      throw error instanceof NotOurs ? error : new NoAnswer()
    }
  }
  return {
    exchange: (body) =>
      ask(EXCHANGE_PATH, async () => {
        const packed = await gzipped(body)
        return {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'x-mingbai': '1',
            ...(packed ? { 'content-encoding': 'gzip' } : {}),
          },
          body: (packed ?? body) as Uint8Array<ArrayBuffer>,
        }
      }),
    head: (counties) => ask(`${HEAD_PATH}?c=${counties.join(',')}`, () => ({ method: 'GET' })),
    // It can only tell "surely off".
    away: () => navigator.onLine === false,
    abort() {
      for (const controller of underWay) controller.abort()
      underWay.clear()
    },
  }
}
