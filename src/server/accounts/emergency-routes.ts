import { EmergencyAskSchema, OneIdSchema } from '#sync/protocol/accounts.ts'
import { route, type RouteDefinition } from '../routes/route.ts'
import { inAccounts, type AccountsContext } from './context.ts'
import { askEmergency, declineEmergency, openEmergency } from './emergency.ts'
import { listEmergencies } from './emergency-list.ts'
import { refusalOf, waitRefusal } from './refusals.ts'

const office = { actors: ['coordinator', 'administrator'] } as const

/** Reading a file out of turn because somebody is in danger: one asks, another agrees, and it closes by itself (TR-25). */
export const emergencyRoutes = (context: AccountsContext): RouteDefinition[] => [
  route({
    method: 'GET',
    path: '/api/emergencies',
    access: office,
    summary: 'Who of the own places asked to read a file out of turn within a month, why, and how it stands.',
    handler: async ({ caller }) => ({
      emergencies: await inAccounts(context, (tx) => listEmergencies(tx, context, caller.person)),
    }),
  }),
  route({
    method: 'POST',
    path: '/api/emergencies',
    access: { actors: ['coordinator'], fresh: true },
    summary:
      'Asks to read one file of the own places that is marked as dangerous, with the reason; a second person has to agree.',
    body: EmergencyAskSchema,
    async handler({ body, caller }) {
      const asked = await inAccounts(context, (tx) => askEmergency(tx, context, caller.person, body))
      if (asked.ok) return { id: asked.value }
      if (asked.reason === 'wait') return waitRefusal(asked.waitMs)
      return refusalOf(asked.reason === 'not-there' ? 'no-such-file' : asked.reason)
    },
  }),
  route({
    method: 'POST',
    path: '/api/emergencies/open',
    access: { ...office, fresh: true },
    summary: 'Agrees: the file is open to who asked for a day, and its people are told.',
    body: OneIdSchema,
    async handler({ body, caller }) {
      const done = await inAccounts(context, (tx) => openEmergency(tx, context, caller.person, body.id))
      if (done.ok) return { done: true }
      return refusalOf(done.reason === 'not-there' ? 'gone-request' : done.reason)
    },
  }),
  route({
    method: 'POST',
    path: '/api/emergencies/decline',
    access: office,
    summary: 'Does not agree, or takes the own request back.',
    body: OneIdSchema,
    async handler({ body, caller }) {
      const done = await inAccounts(context, (tx) => declineEmergency(tx, context, caller.person, body.id))
      return done.ok ? { done: true } : refusalOf('gone-request')
    },
  }),
]
