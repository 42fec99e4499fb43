import { ROLES } from '#domain/access/role.ts'
import { isFresh } from '#domain/account/fresh.ts'
import {
  CardsSchema,
  DeviceOrderSchema,
  FeedbackSchema,
  InvitationConfirmSchema,
  InviteSchema,
  OneDeviceSchema,
  OneIdSchema,
  OnePersonSchema,
} from '#sync/protocol/accounts.ts'
import { REFUSALS } from '../routes/refusal.ts'
import { route, type RouteDefinition } from '../routes/route.ts'
import { makeCards, voidCard } from './cards.ts'
import { inAccounts, type AccountsContext } from './context.ts'
import { confirmDevice, orderDevice, revokeDevice } from './devices.ts'
import { endPosts } from './end-posts.ts'
import { giveFeedback, listFeedback } from './feedback.ts'
import { listInvitations, makeInvitation, voidInvitation } from './invitations.ts'
import { confirmInvitation } from './live-entry.ts'
import { listPeople } from './people-list.ts'
import { refusalOf } from './refusals.ts'

/** Who invites and looks after phones; the rules inside say where and whom. */
const inviters = { actors: ['coordinator', 'administrator'] } as const

const invitations = (context: AccountsContext): RouteDefinition[] => [
  route({
    method: 'POST',
    path: '/api/invitations',
    access: inviters,
    summary: 'Makes a live invitation, good for ten minutes; the code is shown once.',
    body: InviteSchema,
    handler: async ({ body, caller }) => {
      // Giving an office away is not done from a desk that somebody left open (TR-20).
      if (ROLES[body.role].desk && !isFresh(caller.provedAt ?? null, context.now()))
        return REFUSALS['prove-again']
      const made = await inAccounts(context, (tx) => makeInvitation(tx, context, caller.person, body))
      return made.ok ? made.value : refusalOf(made.reason)
    },
  }),
  route({
    method: 'GET',
    path: '/api/invitations',
    access: inviters,
    summary: 'The own invitations that still wait, with the words of a phone that has come.',
    handler: async ({ caller }) => ({
      invitations: await inAccounts(context, (tx) => listInvitations(tx, context, caller.person)),
    }),
  }),
  route({
    method: 'POST',
    path: '/api/invitations/confirm',
    access: inviters,
    summary: 'Lets the phone in that shows these words.',
    body: InvitationConfirmSchema,
    handler: async ({ body, caller }) => {
      const done = await inAccounts(context, (tx) => confirmInvitation(tx, context, caller.person, body))
      return done.ok ? { done: true } : refusalOf(done.reason)
    },
  }),
  route({
    method: 'POST',
    path: '/api/invitations/void',
    access: inviters,
    summary: 'Takes an invitation back.',
    body: OneIdSchema,
    handler: async ({ body, caller }) => {
      const done = await inAccounts(context, (tx) => voidInvitation(tx, context, caller.person, body.id))
      return done.ok ? { done: true } : refusalOf(done.reason)
    },
  }),
]

const cards = (context: AccountsContext): RouteDefinition[] => [
  route({
    method: 'POST',
    path: '/api/cards',
    access: inviters,
    summary: 'Makes cards to print, all or none; the codes are shown once.',
    body: CardsSchema,
    handler: async ({ body, caller }) => {
      const made = await inAccounts(context, (tx) => makeCards(tx, context, caller.person, body.people))
      return made.ok ? { cards: made.value } : refusalOf(made.reason)
    },
  }),
  route({
    method: 'POST',
    path: '/api/cards/void',
    access: inviters,
    summary: 'Takes a card back.',
    body: OneIdSchema,
    handler: async ({ body, caller }) => {
      const done = await inAccounts(context, (tx) => voidCard(tx, context, caller.person, body.id))
      return done.ok ? { done: true } : refusalOf(done.reason)
    },
  }),
]

const devices = (context: AccountsContext): RouteDefinition[] => [
  route({
    method: 'GET',
    path: '/api/people',
    access: inviters,
    summary: 'People of the own regions with posts and the state of their phones.',
    handler: ({ caller }) => inAccounts(context, (tx) => listPeople(tx, context, caller.person)),
  }),
  route({
    method: 'POST',
    path: '/api/devices/confirm',
    access: inviters,
    summary: 'Confirms a phone that came by card.',
    body: OneDeviceSchema,
    handler: async ({ body, caller }) => {
      const done = await inAccounts(context, (tx) => confirmDevice(tx, context, caller.person, body.device))
      return done.ok ? { done: true } : refusalOf(done.reason)
    },
  }),
  route({
    method: 'POST',
    path: '/api/devices/revoke',
    access: { actors: ['signed-in'] },
    summary: 'Shuts out a phone: the own one, or one of a person in the own region.',
    body: OneDeviceSchema,
    handler: async ({ body, caller }) => {
      const done = await inAccounts(context, (tx) => revokeDevice(tx, context, caller.person, body.device))
      return done.ok ? { done: true } : refusalOf(done.reason)
    },
  }),
]

const orders = (context: AccountsContext): RouteDefinition =>
  route({
    method: 'POST',
    path: '/api/devices/order',
    access: { ...inviters, fresh: true },
    summary: 'Orders a phone locked, emptied once it has handed everything in, or released.',
    body: DeviceOrderSchema,
    handler: async ({ body, caller }) => {
      const done = await inAccounts(context, (tx) => orderDevice(tx, context, caller.person, body))
      return done.ok ? { done: true } : refusalOf(done.reason)
    },
  })

const leaving = (context: AccountsContext): RouteDefinition =>
  route({
    method: 'POST',
    path: '/api/people/leave',
    access: { ...inviters, fresh: true },
    summary: 'Ends the posts of somebody that the caller may give; with the last one the account is closed.',
    body: OnePersonSchema,
    handler: async ({ body, caller }) => {
      const done = await inAccounts(context, (tx) => endPosts(tx, context, caller.person, body.person))
      return done.ok ? done.value : refusalOf(done.reason)
    },
  })

const feedback = (context: AccountsContext): RouteDefinition[] => [
  route({
    method: 'POST',
    path: '/api/feedback',
    access: { actors: ['anyone'] },
    summary: 'A complaint or suggestion, from anybody.',
    body: FeedbackSchema,
    handler: async ({ body }) => {
      await inAccounts(context, (tx) => giveFeedback(tx, context, body))
      return { done: true }
    },
  }),
  route({
    method: 'GET',
    path: '/api/feedback',
    access: inviters,
    summary: 'Complaints and suggestions from the own regions.',
    handler: async ({ caller }) => ({
      feedback: await inAccounts(context, (tx) => listFeedback(tx, context, caller.person)),
    }),
  }),
]

/** Looking after people: invitations, cards, phones, feedback. */
export const peopleRoutes = (context: AccountsContext): RouteDefinition[] => [
  ...invitations(context),
  ...cards(context),
  ...devices(context),
  orders(context),
  leaving(context),
  ...feedback(context),
]
