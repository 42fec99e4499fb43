import { timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isFresh } from '#domain/account/fresh.ts'
import { isValidOn } from '#domain/access/grant.ts'
import { dayOf } from '#domain/time/day.ts'
import type { Dropper } from '../accounts/dropper.ts'
import type { Caller, Identity } from '../accounts/identity.ts'
import { NOW_HEADER } from '#sync/protocol/device-proof.ts'
import type { NoteTurnedAway } from '../services/audit/turned-away.ts'
import { REFUSALS, Refusal } from '../routes/refusal.ts'
import type { Access, Actor, RouteDefinition } from '../routes/route.ts'
import { isWhole, makeDeviceProofs, type DeviceProofs } from './device-proofs.ts'
import { refuseBy } from './errors.ts'

export interface Doorkeeping {
  identity: Identity
  /** Epoch milliseconds. */
  clock(): number
  /** Lets an operator in from elsewhere; '' lets nobody. */
  metricsToken: string
  /** Writes down whom a route turned away; left out only where routes stand without a server. */
  noteTurnedAway?: NoteTurnedAway
}

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null
    /** Who hands in by a word, where only such a one may. */
    dropper: Dropper | null
  }
}

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1'])

/** This very machine (and no proxy on it speaking for somebody else), or the token. */
function isOperator(request: FastifyRequest, token: string): boolean {
  const forwarded =
    request.headers['x-forwarded-for'] !== undefined || request.headers.forwarded !== undefined
  if (!forwarded && LOOPBACK.has(request.socket.remoteAddress ?? '')) return true
  const shown = Buffer.from(/^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '')
  const wanted = Buffer.from(token)
  return wanted.length > 0 && shown.length === wanted.length && timingSafeEqual(shown, wanted)
}

/** What else a route asks of whom it lets in: a phone that is not held, and a fresh proof. */
function judgeFurther({ evenHeld, fresh }: Access, caller: Caller | null, now: number): Refusal | null {
  if (caller?.held === true && !evenHeld) return REFUSALS.held
  return fresh && !isFresh(caller?.provedAt ?? null, now) ? REFUSALS['prove-again'] : null
}

/** Whether a caller is one of these actors; the refusal that says so otherwise. */
function judge(actors: readonly Actor[], caller: Caller | null, today: string): Refusal | null {
  if (!caller) return REFUSALS['signed-out']
  if (actors.includes('signed-in')) return null
  const holds = caller.rights.grants.some((one) => actors.includes(one.role) && isValidOn(one, today))
  return holds ? null : REFUSALS['not-allowed']
}

/** What is wrong with a session that is shown without the key its phone named; null: nothing, or that phone named none. */
function judgeKey(request: FastifyRequest, { unsigned }: Access, proofs: DeviceProofs): Refusal | null {
  const { deviceKey = null, device = null } = request.caller ?? {}
  if (unsigned || deviceKey === null || device === null) return null
  const proved = proofs.judge(request, device, deviceKey)
  if (proved === 'good') return null
  return proved === 'stale' ? REFUSALS['sign-again'] : REFUSALS['not-its-phone']
}

async function admit(
  request: FastifyRequest,
  access: Access,
  door: Doorkeeping,
  proofs: DeviceProofs,
): Promise<Refusal | null> {
  const { actors, recent } = access
  if (actors.includes('operator') && isOperator(request, door.metricsToken)) return null
  if (actors.includes('drop-box')) {
    request.dropper = (await door.identity.dropper?.(request)) ?? null
    return request.dropper ? null : REFUSALS['signed-out']
  }
  request.caller = recent ? await door.identity.recent(request) : await door.identity.identify(request)
  if (actors.includes('anyone')) return null
  return (
    judgeKey(request, access, proofs) ??
    judge(actors, request.caller, dayOf(door.clock())) ??
    judgeFurther(access, request.caller, door.clock())
  )
}

/** A phone that the office shut out is told what it has to do, in the answer that says it is nobody (TR-08). */
async function withFarewell(refusal: Refusal, request: FastifyRequest, door: Doorkeeping): Promise<Refusal> {
  if (refusal.reason !== 'signed-out') return refusal
  const directives = (await door.identity.farewell?.(request)) ?? []
  return directives.length === 0 ? refusal : refusal.with({ directives })
}

/** Not theirs, or not there as far as they may know: where anybody may ask, and where uploads feel their way, that says nothing. */
const isTurnedAway = (one: RouteDefinition, { status, reason }: Refusal): boolean =>
  status === 403 ||
  reason === REFUSALS['not-its-phone'].reason ||
  (status === 404 && !one.access.actors.includes('anyone') && one.method !== 'HEAD' && one.method !== 'PATCH')

async function noteRefusal(
  one: RouteDefinition,
  request: FastifyRequest,
  refusal: Refusal,
  door: Doorkeeping,
): Promise<void> {
  const { caller, query, body, params } = request
  if (!caller || !isTurnedAway(one, refusal)) return
  const asked = { ...(query as object), ...(body as object), ...(params as object) } as { id?: unknown }
  await door.noteTurnedAway?.({
    caller,
    route: `${one.method} ${one.path}`,
    about: asked.id,
    reason: refusal.reason,
    requestId: request.id,
  })
}

async function answer(
  one: RouteDefinition,
  request: FastifyRequest,
  reply: FastifyReply,
  door: Doorkeeping,
): Promise<unknown> {
  const { body, query, params, caller } = request
  const value = await one.handler({ caller, body, query, params, request, reply } as never)
  if (!(value instanceof Refusal)) return value
  await noteRefusal(one, request, value, door)
  return refuseBy(reply, value)
}

/** Puts routes on the server: access before a byte of the body is read, then the schemas, then the handler. */
export function register(app: FastifyInstance, routes: readonly RouteDefinition[], door: Doorkeeping): void {
  app.decorateRequest('caller', null)
  app.decorateRequest('dropper', null)
  app.decorateRequest('provedBody', null)
  const proofs = makeDeviceProofs(door.clock)
  for (const one of routes) {
    // The compiler says so too; a server that does not know who may ask does not start.
    if (((one.access as Access | undefined)?.actors.length ?? 0) === 0)
      throw new Error(`${one.method} ${one.path} does not say who may ask`)
    app.route({
      method: one.method,
      url: one.path,
      bodyLimit: one.bodyBytes ?? 65_536,
      schema: {
        ...(one.body ? { body: one.body } : {}),
        ...(one.query ? { querystring: one.query } : {}),
        ...(one.params ? { params: one.params } : {}),
      },
      onRequest: async (request, reply) => {
        const refusal = await admit(request, one.access, door, proofs)
        if (!refusal) return
        if (refusal === REFUSALS['sign-again']) reply.header(NOW_HEADER, door.clock())
        await noteRefusal(one, request, refusal, door)
        return refuseBy(reply, await withFarewell(refusal, request, door))
      },
      preHandler: async (request, reply) =>
        isWhole(request) ? undefined : refuseBy(reply, REFUSALS['not-its-phone']),
      handler: (request, reply) => answer(one, request, reply, door),
    })
  }
}
