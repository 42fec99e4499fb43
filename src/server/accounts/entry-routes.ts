import * as v from 'valibot'
import { isFresh } from '#domain/account/fresh.ts'
import { refuse } from '#domain/result.ts'
import {
  CardConfirmSchema,
  CardLookSchema,
  InvitationClaimSchema,
  InvitationPollSchema,
  LoginSchema,
  SetupFinishSchema,
  SetupLookSchema,
} from '#sync/protocol/accounts.ts'
import { REFUSALS } from '../routes/refusal.ts'
import { route, type RouteDefinition } from '../routes/route.ts'
import { writeEvent } from './audit.ts'
import { confirmCard, lookAtCard } from './cards.ts'
import { inAccounts, type AccountsContext } from './context.ts'
import { knownCookie, noTokenCookies, readKnown, readToken } from './cookies.ts'
import { deviceKeyOf } from './device-key.ts'
import { finishSetup, hasFactor, lookAtSetup, makeSetup } from './desk-setup.ts'
import { logIn } from './desk-login.ts'
import { enteredAs, letEnter } from './entered.ts'
import { addCookies, sessionOf } from './identify.ts'
import { claimInvitation, pollInvitation } from './live-entry.ts'
import { refusalOf, waitRefusal } from './refusals.ts'
import { endSession } from './sessions.ts'

const anyone = { actors: ['anyone'] } as const
const signedIn = { actors: ['signed-in'] } as const

/** A key that could never be asked for would shut its own phone out. */
const isOdd = (deviceKey: string | null): boolean => deviceKey !== null && !deviceKeyOf(deviceKey)

/** The address in printed codes. A browser carries what stands behind # over to where it is sent. */
const printedAddress = route({
  method: 'GET',
  path: '/e',
  access: anyone,
  summary: 'The entry page, by the address in printed codes.',
  handler: ({ reply }) => reply.redirect('/app/enter', 302),
})

const byInvitation = (context: AccountsContext): RouteDefinition[] => [
  route({
    method: 'POST',
    path: '/api/entry/invitation',
    access: anyone,
    summary: 'A phone takes a live invitation and waits for the inviter.',
    body: InvitationClaimSchema,
    handler: async ({ body }) => {
      if (isOdd(body.deviceKey)) return REFUSALS.malformed
      const taken = await inAccounts(context, (tx) => claimInvitation(tx, context, body))
      return taken.ok ? taken.value : refusalOf(taken.reason)
    },
  }),
  route({
    method: 'POST',
    path: '/api/entry/invitation/state',
    access: anyone,
    summary: 'The waiting phone asks whether the inviter has said yes.',
    body: InvitationPollSchema,
    handler: async ({ body, request, reply }) => {
      const stands = await inAccounts(context, (tx) => pollInvitation(tx, context, body.poll))
      if (stands.state !== 'confirmed') return stands
      const entered = await letEnter(
        context,
        { request, reply },
        { ...stands, provisional: false, sort: 'phone' },
      )
      return { state: 'confirmed', entered }
    },
  }),
]

const byCard = (context: AccountsContext): RouteDefinition[] => [
  route({
    method: 'POST',
    path: '/api/entry/card',
    access: anyone,
    summary: 'Whose card a code is; uses nothing up.',
    body: CardLookSchema,
    handler: async ({ body }) => {
      const seen = await inAccounts(context, (tx) => lookAtCard(tx, context, body.code))
      return seen.ok ? seen.value : refusalOf(seen.reason)
    },
  }),
  route({
    method: 'POST',
    path: '/api/entry/card/confirm',
    access: anyone,
    summary: 'The person of a card enters from a browser that keeps things; the device stays provisional.',
    body: CardConfirmSchema,
    handler: async ({ body, request, reply }) => {
      if (isOdd(body.deviceKey)) return REFUSALS.malformed
      const used = await inAccounts(context, (tx) => confirmCard(tx, context, body))
      if (!used.ok) return refusalOf(used.reason)
      return letEnter(context, { request, reply }, { ...used.value, provisional: true, sort: 'phone' })
    },
  }),
]

const byDesk = (context: AccountsContext): RouteDefinition[] => [
  route({
    method: 'POST',
    path: '/api/login',
    access: anyone,
    summary: 'Desk login with name, password and second factor.',
    body: LoginSchema,
    handler: async ({ body, request, reply }) => {
      const answer = await logIn(context, { ...body, known: readKnown(context, request) })
      if (!answer.ok) return answer.reason === 'wait' ? waitRefusal(answer.waitMs) : refusalOf(answer.reason)
      addCookies(reply, [knownCookie(context, request, answer.value.known)])
      return letEnter(context, { request, reply }, { ...answer.value, provisional: false, sort: 'desk' })
    },
  }),
  route({
    method: 'POST',
    path: '/api/setup',
    access: anyone,
    summary: 'Whose desk login a one-time code sets up.',
    body: SetupLookSchema,
    handler: async ({ body }) => {
      const seen = await inAccounts(context, (tx) => lookAtSetup(tx, context, body.code))
      return seen.ok ? seen.value : refusalOf(seen.reason)
    },
  }),
  route({
    method: 'POST',
    path: '/api/setup/finish',
    access: anyone,
    summary: 'Sets login name, password and second factor together; gives recovery codes once.',
    body: SetupFinishSchema,
    handler: async ({ body }) => {
      const done = await finishSetup(context, body)
      return done.ok ? { recovery: done.value } : refusalOf(done.reason)
    },
  }),
  route({
    method: 'POST',
    path: '/api/setups',
    access: signedIn,
    summary: 'A one-time code to set up the own desk login.',
    body: v.object({}),
    handler: async ({ caller }) => {
      if (caller.provisional) return refusalOf('no-desk')
      const made = await inAccounts(context, async (tx) => {
        // Whoever found a phone that is signed in must not become the person at a desk with it.
        const mustProve =
          (await hasFactor(tx, caller.person)) && !isFresh(caller.provedAt ?? null, context.now())
        return mustProve
          ? refuse('prove-again')
          : makeSetup(tx, context, { person: caller.person, by: caller.person }, '')
      })
      if (made.ok) return made.value
      return made.reason === 'prove-again' ? REFUSALS['prove-again'] : refusalOf(made.reason)
    },
  }),
]

const whoAmI = (context: AccountsContext): RouteDefinition[] => [
  route({
    method: 'GET',
    path: '/api/me',
    access: signedIn,
    summary: 'Who is signed in here, with posts, rights and the names around them.',
    handler: async ({ caller }) =>
      caller.device === null
        ? { me: await caller.me(), scopeRev: caller.scopeRev }
        : enteredAs(context, {
            person: caller.person,
            device: caller.device,
            provisional: caller.provisional,
          }),
  }),
  route({
    method: 'POST',
    path: '/api/logout',
    access: anyone,
    summary: 'Ends this session. What the phone keeps stays on the phone.',
    body: v.object({}),
    handler: async ({ request, reply }) => {
      const session = await sessionOf(context, request)
      if (session)
        await inAccounts(context, async (tx) => {
          await endSession(tx, session.id, context.now(), 'logout')
          await writeEvent(tx, context.now(), {
            action: 'logout',
            actor: session.person,
            device: session.device,
            outcome: 'ok',
          })
        })
      addCookies(reply, noTokenCookies(context, request, readToken(context, request)))
      return { done: true }
    },
  }),
]

/** Ways in and out. */
export const entryRoutes = (context: AccountsContext): RouteDefinition[] => [
  printedAddress,
  ...byInvitation(context),
  ...byCard(context),
  ...byDesk(context),
  ...whoAmI(context),
]
