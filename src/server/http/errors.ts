import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify'
import { sqlStateOf } from '../database/failures.ts'
import { REFUSALS, Refusal } from '../routes/refusal.ts'
import { Malformed } from './validation.ts'

/** Sends a refusal as `{reason, sentence}`. */
export function refuseBy(reply: FastifyReply, refusal: Refusal, where = ''): FastifyReply {
  if (refusal.retryAfter !== undefined) reply.header('retry-after', String(refusal.retryAfter))
  const { reason, sentence } = refusal
  return reply
    .code(refusal.status)
    .type('application/json; charset=utf-8')
    .send({ reason, sentence, ...(where ? { where } : {}), ...refusal.more })
}

function refusalFor(error: FastifyError): Refusal | null {
  if (error.code === 'FST_ERR_VALIDATION' || error instanceof Malformed) return REFUSALS.malformed
  if (error.statusCode === 413) return REFUSALS['too-large']
  if (error.statusCode === 415) return REFUSALS['wrong-type']
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500)
    return REFUSALS.malformed
  // The database is going away, coming back, full of connections, or found no end of serialisation failures.
  const state = sqlStateOf(error)
  if (state !== undefined && /^(08|40|53|57P)/.test(state)) return REFUSALS.busy
  return /ECONNREFUSED|ECONNRESET|EPIPE|Connection terminated/.test(String(error.cause ?? error))
    ? REFUSALS.busy
    : null
}

const INTERNAL = new Refusal(500, 'internal', '服务器出了错，您的内容没有丢，请稍后再试。')

/** Every way of saying no looks the same; an unexpected error is logged without its words, which may carry somebody's. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const refusal = refusalFor(error)
    if (refusal) return refuseBy(reply, refusal, error instanceof Malformed ? error.where : '')
    request.log.error({ err: error }, 'unexpected error')
    return refuseBy(reply, INTERNAL)
  })
  app.setNotFoundHandler((_request, reply) => refuseBy(reply, REFUSALS['not-found']))
}
