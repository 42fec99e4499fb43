import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { inAccounts, today, type AccountsContext } from './context.ts'
import { carriedOn, namedDevice, readToken } from './cookies.ts'
import type { Caller, Identity } from './identity.ts'
import { openTo } from './emergency-list.ts'
import { directivesFor, directivesOfEnded, isHeld } from './orders.ts'
import { buildMe, rightsOf, scopeRevOf } from './me.ts'
import { dropperOf, findDropper } from './dropper.ts'
import { makeRecent, type Recent } from './recent.ts'
import { findSession, type SessionFound } from './sessions.ts'

interface Known {
  caller: Caller
  session: SessionFound
  token: string
}

/** What was found out about requests that are still being answered. */
const found = new WeakMap<FastifyRequest, Promise<Known | null>>()

async function lookUp(context: AccountsContext, request: FastifyRequest): Promise<Known | null> {
  const token = readToken(context, request)
  if (token === null || token === '') return null
  return inAccounts(context, async (tx) => {
    const session = await findSession(tx, context, token, namedDevice(request))
    if (!session) return null
    const { person, device } = session
    const provisional = session.deviceState === 'provisional'
    const rights = await rightsOf(tx, person, provisional)
    const { order } = session
    const mayRead = rights.grants.some((one) => one.role === 'coordinator')
    const caller: Caller = {
      person,
      device,
      rights,
      scopeRev: await scopeRevOf(tx, person, today(context)),
      provisional,
      held: isHeld(order),
      directives: device === null ? [] : directivesFor(context, device, order),
      deviceKey: session.deviceKey,
      provedAt: session.provedAt,
      opened: mayRead ? await openTo(tx, person, context.now()) : [],
      me: () => buildMe(context, { person, device, provisional }),
    }
    return { caller, session, token }
  })
}

function known(context: AccountsContext, request: FastifyRequest): Promise<Known | null> {
  const before = found.get(request)
  if (before) return before
  const looking = lookUp(context, request)
  found.set(request, looking)
  return looking
}

/** The session of a request that is being answered, or null. */
export const sessionOf = async (
  context: AccountsContext,
  request: FastifyRequest,
): Promise<SessionFound | null> => (await known(context, request))?.session ?? null

async function recently(
  context: AccountsContext,
  recent: Recent,
  request: FastifyRequest,
): Promise<Caller | null> {
  const token = readToken(context, request)
  if (token === null || token === '') return null
  const caller = await recent.caller(token, async () => {
    const one = await known(context, request)
    return one && { caller: one.caller, isSettled: one.session.successor === null }
  })
  const named = namedDevice(request)
  return named === null || caller?.device === named ? caller : null
}

/** Looks the caller up at every request, so that what was taken away is away at once; once per request. */
export function makeIdentity(context: AccountsContext): Identity {
  const recent = makeRecent(context)
  return {
    identify: async (request) => (await known(context, request))?.caller ?? null,
    recent: (request) => recently(context, recent, request),
    dropper: (request) => findDropper(context, request),
    dropperOf: (device) => dropperOf(context, device),
    async farewell(request) {
      const token = readToken(context, request)
      if (token === null || token === '') return []
      return inAccounts(context, (tx) => directivesOfEnded(tx, context, token))
    },
  }
}

/** Adds headers without taking away those of the same name. */
export function addCookies(reply: FastifyReply, cookies: readonly string[]): void {
  if (cookies.length === 0) return
  const before = reply.getHeader('set-cookie')
  const list = before === undefined ? [] : Array.isArray(before) ? before : [String(before)]
  reply.header('set-cookie', [...list, ...cookies])
}

/** Sends the successor of a session's token along with whatever is answered. */
export function carrySuccessors(app: FastifyInstance, context: AccountsContext): void {
  app.addHook('onSend', async (request, reply) => {
    const one = await found.get(request)
    // A handler that put a session on or took it off has the last word.
    if (!one || reply.hasHeader('set-cookie')) return
    const { successor: next, device, sort } = one.session
    addCookies(reply, carriedOn(context, request, { token: one.token, next, device, sort }))
  })
}
