import type { Socket } from 'node:net'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { REFUSALS, Refusal } from '../routes/refusal.ts'
import { DATA_HEADERS, headersOf, type SecurityOptions } from './security.ts'

const LONG_HEADERS = new Refusal(431, 'too-large', '请求头太长了。')
const LATE = new Refusal(408, 'too-slow', '请求来得太慢，断开了。')
const WORDS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}

const bodyOf = ({ reason, sentence }: Refusal): string => JSON.stringify({ reason, sentence })

/**
 * Answers a request whose address cannot be read. No hook runs for it, so its headers are put on here; what Fastify would say quotes the
 * address, in which anything may stand.
 */
export const answerBadAddress =
  (options: SecurityOptions) =>
  (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const refusal = error.statusCode === 414 ? REFUSALS['not-found'] : REFUSALS.malformed
    void reply
      .code(refusal.status)
      .headers(headersOf(request, options))
      .type('application/json; charset=utf-8')
      .send(bodyOf(refusal))
  }

/** Answers bytes that are no request, and hangs up. */
export function answerNoRequest(error: { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const refusal =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? LONG_HEADERS
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? LATE
        : REFUSALS.malformed
  const body = bodyOf(refusal)
  const headers = {
    ...DATA_HEADERS,
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  if (socket.writable)
    socket.write(`HTTP/1.1 ${refusal.status} ${WORDS[refusal.status] ?? ''}\r\n${lines.join('')}\r\n${body}`)
  socket.destroySoon()
}
