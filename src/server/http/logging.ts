import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import { constraintOf, sqlStateOf } from '../database/failures.ts'
import type { Counters } from '../services/counters.ts'

/** Where an error was thrown and of what sort, without its message: database messages quote the values they choke on. */
export function errorFacts(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error }
  const frames = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 12)
  const cause = error.cause instanceof Error ? error.cause.name : undefined
  return {
    type: error.name,
    sqlState: sqlStateOf(error),
    constraint: constraintOf(error),
    cause,
    at: frames.map((line) => line.trim()),
  }
}

/** Logger settings: an allow-list, so that a new field is silent until somebody lets it speak. No address, no query, no body, no header. */
export const logging = (
  level: string,
  stream?: { write(line: string): void },
): NonNullable<FastifyServerOptions['logger']> => ({
  level,
  base: null,
  ...(stream ? { stream } : {}),
  serializers: {
    req: () => undefined,
    res: () => undefined,
    err: errorFacts,
  } as never,
})

/** One line for each request, and a count: its id, route pattern, status and duration. */
export function logRequests(app: FastifyInstance, counters: Counters): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    counters.add('mingbai_requests_total', {
      method: request.method,
      route,
      status: String(reply.statusCode),
    })
    request.log.info({
      method: request.method,
      route,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    })
  })
}
