import { AskedNumberSchema, reveal, type RevealDeps } from '../privacy/reveal.ts'
import { rightsOf } from '../services/attachments/begin.ts'
import { REFUSALS } from './refusal.ts'
import { route, type RouteDefinition } from './route.ts'

/** One number of one person, unmasked. */
export const revealRoutes = (deps: RevealDeps): RouteDefinition[] => [
  route({
    method: 'POST',
    path: '/api/reveal',
    summary: 'One masked number of a record the caller may see whole; who asked stands in the log.',
    access: { actors: ['signed-in'] },
    body: AskedNumberSchema,
    async handler({ caller, body, request, reply }) {
      const who = {
        person: caller.person,
        device: caller.device,
        rights: rightsOf(caller),
        requestId: request.id,
      }
      const value = await reveal(deps, who, body)
      if (value === null) return REFUSALS['not-found']
      reply.header('cache-control', 'no-store')
      return { value }
    },
  }),
]
