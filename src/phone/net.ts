import { NoAnswer, type Answer, type Net } from '#sync/engine/ports.ts'
import { EXCHANGE_PATH } from '#sync/protocol/wire.ts'

/** No byte for this long: the line is dead. A slow line that still moves may take as long as it needs. */
const SILENCE_MS = 20_000
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

/** Breaks off a request that went silent. */
function silenceGuard(controller: AbortController): { heard(): void; stop(): void } {
  const start = () => setTimeout(() => controller.abort(), SILENCE_MS)
  let timer = start()
  return {
    heard() {
      clearTimeout(timer)
      timer = start()
    },
    stop: () => clearTimeout(timer),
  }
}

async function* chunksOf(
  response: Response,
  guard: { heard(): void; stop(): void },
): AsyncGenerator<Uint8Array> {
  try {
    if (!response.body) {
      yield new Uint8Array(await response.arrayBuffer())
      return
    }
    const reader = response.body.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      guard.heard()
      yield value
    }
  } catch {
    throw new NoAnswer()
  } finally {
    guard.stop()
  }
}

/**
 * The way to our own server over fetch, with the session's cookie. Everything that is not an answer is weather; a redirect is
 * somebody else's page.
 * @param origin '' for the page's own
 */
export function fetchNet(origin = ''): Net {
  const underWay = new Set<AbortController>()
  return {
    async exchange(body): Promise<Answer> {
      const controller = new AbortController()
      underWay.add(controller)
      const guard = silenceGuard(controller)
      try {
        const packed = await gzipped(body)
        const response = await fetch(`${origin}${EXCHANGE_PATH}`, {
          method: 'POST',
          credentials: 'same-origin',
          cache: 'no-store',
          redirect: 'error',
          signal: controller.signal,
          headers: {
            'content-type': 'application/json',
            'x-mingbai': '1',
            ...(packed ? { 'content-encoding': 'gzip' } : {}),
          },
          body: (packed ?? body) as Uint8Array<ArrayBuffer>,
        })
        return {
          status: response.status,
          retryAfter: retryAfter(response.headers.get('retry-after'), Date.now()),
          contentType: response.headers.get('content-type') ?? '',
          chunks: forgetting(chunksOf(response, guard), () => underWay.delete(controller)),
        }
      } catch {
        guard.stop()
        underWay.delete(controller)
        throw new NoAnswer()
      }
    },
    abort() {
      for (const controller of underWay) controller.abort()
      underWay.clear()
    },
  }
}

async function* forgetting<T>(chunks: AsyncIterable<T>, end: () => void): AsyncGenerator<T> {
  try {
    yield* chunks
  } finally {
    end()
  }
}
