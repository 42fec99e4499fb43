import * as v from 'valibot'
import { CountySchema } from '#domain/region/code.ts'
import { EXCHANGE_PATH, ExchangeRequestSchema, HEAD_PATH, LIMITS } from '#sync/protocol/wire.ts'
import { exchange, type ExchangeDeps } from '../services/sync/exchange.ts'
import type { RawOp } from '../services/sync/incoming.ts'
import { Overloaded } from '../services/sync/overloaded.ts'
import { Refusal } from './refusal.ts'
import { route, type RouteDefinition } from './route.ts'

const MAX_COUNTIES = 16
const N = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER))

/** The wire's request, with its ops still unread: one that makes no sense gets a receipt of its own and delays no other (I-9). */
const RequestSchema = v.looseObject({
  ...ExchangeRequestSchema.entries,
  push: v.optional(
    v.looseObject({
      c: CountySchema,
      ops: v.pipe(v.array(v.looseObject({ n: N })), v.minLength(1), v.maxLength(LIMITS.batchOps)),
    }),
  ),
  pull: v.optional(
    v.looseObject({
      ...ExchangeRequestSchema.entries.pull.wrapped.entries,
      s: v.pipe(
        ExchangeRequestSchema.entries.pull.wrapped.entries.s,
        v.check((one) => Object.keys(one).length <= MAX_COUNTIES),
      ),
    }),
  ),
})

const HeadQuerySchema = v.object({
  c: v.pipe(
    v.string(),
    v.maxLength(7 * MAX_COUNTIES),
    v.transform((text) => text.split(',')),
    v.array(CountySchema),
  ),
})

const OTHER_DEVICE = new Refusal(403, 'other-device', '这部手机和登录的不是同一部，请重新登录这部手机。')

/** The phone's two doors: one request that hands in and fetches, and one that only asks whether anything is new. */
export const syncRoutes = (deps: ExchangeDeps): RouteDefinition[] => [
  route({
    method: 'POST',
    path: EXCHANGE_PATH,
    summary: 'Hands in ops and fetches what changed; answers NDJSON.',
    access: { actors: ['signed-in'], evenHeld: true },
    body: RequestSchema,
    bodyBytes: LIMITS.bodyBytes,
    async handler({ caller, body, request, reply }) {
      if (caller.device === null || body.dev !== caller.device) return OTHER_DEVICE
      const asked = { ...body, push: body.push as { c: string; ops: RawOp[] } | undefined }
      const who = { ...caller, device: caller.device, me: () => caller.me() }
      const answer = await exchange(deps, who, asked, request.id).catch((error: unknown) => {
        if (!(error instanceof Overloaded)) throw error
        deps.counters.add('mingbai_put_off_total')
        return new Refusal(
          429,
          'come-again',
          '现在交的人多，您的内容还在手机里，过一会儿会自己再交。',
          error.retryAfter,
        )
      })
      if (answer instanceof Refusal) return answer
      if (answer === null) return OTHER_DEVICE
      return reply.type('application/x-ndjson; charset=utf-8').send(answer)
    },
  }),
  route({
    method: 'GET',
    path: HEAD_PATH,
    summary:
      'Ledger positions of counties (c=110105,110106), history and revision of the own rights, at most two seconds old.',
    access: { actors: ['signed-in'], recent: true, evenHeld: true, unsigned: true },
    query: HeadQuerySchema,
    handler: async ({ query, caller }) => ({ ...(await deps.heads.of(query.c)), scopeRev: caller.scopeRev }),
  }),
]
