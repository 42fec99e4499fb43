import { ObeyedSchema, OBEYED_PATH } from '#sync/protocol/directive.ts'
import { OneDeviceSchema, OneIdSchema, ProofSchema } from '#sync/protocol/accounts.ts'
import { route, type RouteDefinition } from '../routes/route.ts'
import { inAccounts, type AccountsContext } from './context.ts'
import { readToken } from './cookies.ts'
import { proveAgain } from './desk-login.ts'
import { heldWord } from './dropper.ts'
import { noteTold } from './emergency-list.ts'
import { sessionOf } from './identify.ts'
import { noteObeyed } from './orders.ts'
import { endOwnSessions, greetDevice, listOwnDevices } from './own-devices.ts'
import { refusalOf, waitRefusal } from './refusals.ts'

const signedIn = { actors: ['signed-in'] } as const

const devices = (context: AccountsContext): RouteDefinition[] => [
  route({
    method: 'GET',
    path: '/api/me/devices',
    access: signedIn,
    summary: 'The own phones and desks, and which of them is signed in.',
    handler: async ({ caller }) => ({
      devices: await inAccounts(context, (tx) => listOwnDevices(tx, context, caller)),
    }),
  }),
  route({
    method: 'POST',
    path: '/api/me/devices/greet',
    access: signedIn,
    summary: 'Says that a new device is one’s own; from another device of theirs.',
    body: OneDeviceSchema,
    handler: async ({ body, caller }) =>
      (await inAccounts(context, (tx) => greetDevice(tx, context, caller, body.device)))
        ? { done: true }
        : refusalOf('not-there'),
  }),
  route({
    method: 'POST',
    path: '/api/me/devices/end',
    access: signedIn,
    summary: 'Signs a device of one’s own out; what it keeps stays there, sealed.',
    body: OneDeviceSchema,
    handler: async ({ body, caller }) =>
      (await inAccounts(context, (tx) => endOwnSessions(tx, context, caller, body.device)))
        ? { done: true }
        : refusalOf('not-there'),
  }),
]

/** What somebody does about themself: their devices, showing a second factor again, and what they are told. */
export const ownRoutes = (context: AccountsContext): RouteDefinition[] => [
  ...devices(context),
  route({
    method: 'POST',
    path: '/api/me/opened/seen',
    access: signedIn,
    summary: 'Says that one knows of a file of one’s own that was opened because somebody was in danger.',
    body: OneIdSchema,
    handler: async ({ body, caller }) =>
      (await inAccounts(context, (tx) => noteTold(tx, context, caller.person, body.id)))
        ? { done: true }
        : refusalOf('not-there'),
  }),
  route({
    method: 'POST',
    path: '/api/proof',
    access: signedIn,
    summary: 'Shows a second factor again, for what is done within the next five minutes.',
    body: ProofSchema,
    async handler({ body, request }) {
      const session = await sessionOf(context, request)
      if (!session) return refusalOf('no-factor')
      const done = await inAccounts(context, (tx) => proveAgain(tx, context, session, body.code))
      if (done.ok) return { done: true }
      return done.reason === 'wait' ? waitRefusal(done.waitMs) : refusalOf(done.reason)
    },
  }),
  route({
    method: 'POST',
    path: OBEYED_PATH,
    access: { actors: ['anyone'] },
    summary: 'A phone says that it carried out what the office ordered; answered alike whoever asks.',
    body: ObeyedSchema,
    async handler({ body, request }) {
      const shown = { token: readToken(context, request), word: heldWord(request) }
      await inAccounts(context, (tx) => noteObeyed(tx, context, shown, body.n))
      return { done: true }
    },
  }),
]
