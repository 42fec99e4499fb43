import type { FastifyInstance, FastifyRequest } from 'fastify'
import { REFUSALS } from '../routes/refusal.ts'

export interface SecurityOptions {
  /** Addresses of this server as browsers name it (scheme, host, port); the demo has several. */
  origin: string
  /** Ports of the demo's people, which its entry page may show in frames; null outside the demo. */
  demoPorts(): { main: number; people: readonly number[] } | null
  /** Whether browsers reach the server by https. */
  https: boolean
}

const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob:",
  // A recording is heard from the phone's own store.
  "media-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "require-trusted-types-for 'script'",
  'trusted-types vue mb-url',
].join('; ')

const hostOf = (request: FastifyRequest): string =>
  /^[a-z0-9.-]+$|^\[[0-9a-f:]+\]$/i.test(request.hostname) ? request.hostname : ''

/** Who may frame us, and whom we may frame: nobody, except that the demo's entry page shows its people's phones. */
function frames(request: FastifyRequest, options: SecurityOptions): string {
  const host = hostOf(request)
  const ports = options.demoPorts()
  if (!ports || host === '') return "frame-ancestors 'none'"
  const at = (port: number) => `${options.https ? 'https' : 'http'}://${host}:${port}`
  return `frame-ancestors 'self' ${at(ports.main)}; frame-src 'self' ${ports.people.map(at).join(' ')}`
}

/**
 * Data, which no page is made of: nothing may be loaded by it and nobody may frame it. What is said besides to pages would be most of
 * the bytes of a small answer.
 */
export const DATA_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const

/** What is said with the answer to a request. */
export function headersOf(request: FastifyRequest, options: SecurityOptions): Record<string, string> {
  if (request.url.startsWith('/api/')) return DATA_HEADERS
  return {
    'content-security-policy': `${POLICY}; ${frames(request, options)}`,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(self), geolocation=(self), microphone=(self), payment=(), usb=()',
    ...(options.https ? { 'strict-transport-security': 'max-age=63072000; includeSubDomains' } : {}),
  }
}

/** Whether a changing request comes from a page of ours. Engines that send neither header cannot send JSON across sites unasked. */
function isOurs(request: FastifyRequest, { origin, https }: SecurityOptions): boolean {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin'
  const from = request.headers.origin
  if (from === undefined) return true
  return from === origin || from === `${https ? 'https' : request.protocol}://${request.host}`
}

/** Whether another site's page asks for data, as a script or picture of its own: a person who follows a link comes to pages, not to these. */
function isDrawnIn(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site']
  return request.url.startsWith('/api/') && (site === 'cross-site' || site === 'same-site')
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Headers on every answer, errors included; no CORS anywhere; changing requests, and data, only for our own pages. */
export function secure(app: FastifyInstance, options: SecurityOptions): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headersOf(request, options))
    if (SAFE.has(request.method) ? !isDrawnIn(request) : isOurs(request, options)) return
    const { status, reason, sentence } = REFUSALS['other-site']
    await reply.code(status).send({ reason, sentence })
  })
}
