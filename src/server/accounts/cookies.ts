import cookie from '@fastify/cookie'
import type { FastifyRequest } from 'fastify'
import { SESSION_LIFE, type SessionSort } from '#domain/account/session.ts'
import { DEVICE_HEADER } from '#sync/protocol/device-header.ts'

/** Cookies are shared by all ports of a host, so in the demo, where each port is another person, the port is part of the name. */
export interface CookieNames {
  demo: boolean
}

const BASE = '__Host-mb'
const DESK_DAYS = 400

/** The port a request came in by; a request without a socket (a test's) names it in its host. */
export function portOf(request: FastifyRequest): number {
  const socket = request.socket as { localPort?: number } | undefined
  return socket?.localPort ?? Number(/:(\d+)$/.exec(request.headers.host ?? '')?.[1] ?? 0)
}

const nameOf = (names: CookieNames, request: FastifyRequest, base: string): string =>
  names.demo ? `${base}-${portOf(request)}` : base

/** Each installation of a browser has a cookie of its own beside the one of whoever came last. */
const ownBase = (device: number): string => `${BASE}-d${device}`

const carried = (request: FastifyRequest): Record<string, string | undefined> =>
  cookie.parse(request.headers.cookie ?? '')

const read = (names: CookieNames, request: FastifyRequest, base: string): string | null =>
  carried(request)[nameOf(names, request, base)] ?? null

/** The installation a request says it speaks for; 0, which nobody is, when what it says is no number; null: it says nothing. */
export function namedDevice(request: FastifyRequest): number | null {
  const said = request.headers[DEVICE_HEADER]
  if (said === undefined) return null
  return typeof said === 'string' && /^\d{1,15}$/.test(said) ? Number(said) : 0
}

// Secure, host-only, unreadable to scripts, never sent from another site (TR-14).
const options = (maxAgeMs: number) => ({
  secure: true,
  httpOnly: true,
  sameSite: 'strict' as const,
  path: '/',
  maxAge: Math.floor(maxAgeMs / 1000),
})

/**
 * The session token a request carries: that of the installation it names, else of whoever came last. null: none, and none for whoever
 * typed an address into the browser: whoever holds a locked phone is not to read there what its app does not show.
 */
export function readToken(names: CookieNames, request: FastifyRequest): string | null {
  if (request.headers['sec-fetch-mode'] === 'navigate') return null
  const device = namedDevice(request)
  const own = device === null ? null : read(names, request, ownBase(device))
  return own ?? read(names, request, BASE)
}

const withToken = (name: string, token: string, sort: SessionSort): string =>
  cookie.serialize(name, token, options(SESSION_LIFE[sort].absolute))

/** So many people's sessions are kept on one browser beside the newest; cookies that are never taken away would fill a request's head. */
const MOST_KEPT = 12

/** Headers that put a session on the browser: as the newest, and as that of its installation; those of the oldest beyond a dozen go. */
export function tokenCookies(
  names: CookieNames,
  request: FastifyRequest,
  { token, device, sort }: { token: string; device: number; sort: SessionSort },
): string[] {
  const own = nameOf(names, request, ownBase(device))
  const isOther = (name: string) =>
    name !== own && name.startsWith(`${BASE}-d`) && name === nameOf(names, request, ownBase(numberIn(name)))
  const others = Object.keys(carried(request)).filter(isOther)
  const old = others.toSorted((a, b) => numberIn(b) - numberIn(a)).slice(MOST_KEPT)
  return [
    withToken(nameOf(names, request, BASE), token, sort),
    withToken(own, token, sort),
    ...old.map((name) => cookie.serialize(name, '', options(0))),
  ]
}

const numberIn = (name: string): number => Number(/-d(\d{1,15})/.exec(name)?.[1] ?? 0)

/**
 * Headers that go with an answer to a session: its successor in the place of the token wherever that was, and a cookie of its own for an
 * installation that had none yet.
 * @param next the successor; null: the token stays
 */
export function carriedOn(
  names: CookieNames,
  request: FastifyRequest,
  {
    token,
    next,
    device,
    sort,
  }: { token: string; next: string | null; device: number | null; sort: SessionSort },
): string[] {
  const all = carried(request)
  const missing =
    namedDevice(request) === device && device !== null ? nameOf(names, request, ownBase(device)) : null
  const held = Object.keys(all).filter((name) => all[name] === token)
  const isNew = missing !== null && all[missing] === undefined
  if (next === null) return isNew ? [withToken(missing, token, sort)] : []
  return [...held, ...(isNew ? [missing] : [])].map((name) => withToken(name, next, sort))
}

/** Headers that take a token off again, wherever it is. @param token null: whatever came last */
export function noTokenCookies(names: CookieNames, request: FastifyRequest, token: string | null): string[] {
  const all = carried(request)
  const held = Object.keys(all).filter((name) => all[name] === token)
  const gone = held.length > 0 ? held : [nameOf(names, request, BASE)]
  return gone.map((name) => cookie.serialize(name, '', options(0)))
}

/** What a desk's browser carries to be told from a stranger's: worth nothing without name, password and second factor. */
export const readKnown = (names: CookieNames, request: FastifyRequest): string | null =>
  read(names, request, `${BASE}-desk`)

export const knownCookie = (names: CookieNames, request: FastifyRequest, known: string): string =>
  cookie.serialize(nameOf(names, request, `${BASE}-desk`), known, options(DESK_DAYS * 24 * 60 * 60_000))
