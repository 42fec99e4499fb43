import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Room } from '../database/room.ts'
import { Refusal } from '../routes/refusal.ts'
import { refuseBy } from './errors.ts'

const FULL = new Refusal(507, 'disk-full', '服务器的地方满了，您写的都在手机里，腾出地方会自己交上去。', 60)

/** Whether a request brings something that has to be kept: ops, or bytes of an upload. */
function brings(request: FastifyRequest): boolean {
  if (request.method === 'PATCH' || request.headers['upload-length'] !== undefined) return true
  const body = request.body as { push?: unknown } | null | undefined
  return request.method === 'POST' && typeof body === 'object' && body !== null && body.push !== undefined
}

/** On a full disk nothing new is taken in and nothing is promised; fetching and reading go on. */
export function refuseWhenFull(app: FastifyInstance, room: Room): void {
  app.addHook('preHandler', async (request, reply) => {
    if (brings(request) && room.isShort()) return refuseBy(reply, FULL)
  })
}
