import * as v from 'valibot'
import type { Demo } from '#sync/protocol/accounts.ts'
import { epochOf } from '../repositories/health.ts'
import { route, type RouteDefinition } from '../routes/route.ts'
import { inAccounts, type AccountsContext } from './context.ts'
import { portOf } from './cookies.ts'
import { demoDoors, enterDemo } from './demo.ts'
import { letEnter } from './entered.ts'
import { refusalOf } from './refusals.ts'

const anyone = { actors: ['anyone'] } as const

/**
 * The demo's doors. Outside the demo they answer as if they were not there.
 * @param mainPort the port of the entry page; its people follow on the next ones
 */
export const demoRoutes = (context: AccountsContext, mainPort: () => number): RouteDefinition[] => [
  route({
    method: 'GET',
    path: '/api/demo',
    access: anyone,
    summary: 'Whether this is a demo, and whose port this is.',
    handler: async ({ request }): Promise<Demo> => {
      if (!context.demo)
        return { demo: false, person: '', port: mainPort(), main: mainPort(), world: '', ports: [] }
      const { doors, world } = await inAccounts(context, async (tx) => ({
        doors: await demoDoors(tx),
        world: await epochOf(tx),
      }))
      const ports = doors.map((one) => ({ port: mainPort() + one.place, person: one.name }))
      const port = portOf(request)
      const person = ports.find((one) => one.port === port)?.person ?? ''
      return { demo: true, person, port, main: mainPort(), world, ports }
    },
  }),
  route({
    method: 'POST',
    path: '/api/entry/demo',
    access: anyone,
    summary: 'Enters as the person of this demo port.',
    body: v.object({
      device: v.optional(
        v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER))),
        null,
      ),
    }),
    handler: async ({ body, request, reply }) => {
      const entered = await enterDemo(context, portOf(request) - mainPort(), body.device)
      if (!entered.ok) return refusalOf(entered.reason)
      return letEnter(context, { request, reply }, { ...entered.value, provisional: false, sort: 'phone' })
    },
  }),
]
