import cookie from '@fastify/cookie'
import type { FastifyRequest } from 'fastify'
import { SESSION_LIFE, type SessionSort } from '#domain/account/session.ts'

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

const read = (names: CookieNames, request: FastifyRequest, base: string): string | null =>
  cookie.parse(request.headers.cookie ?? '')[nameOf(names, request, base)] ?? null

// Secure, host-only, unreadable to scripts, never sent from another site (TR-14).
const options = (maxAgeMs: number) => ({
  secure: true,
  httpOnly: true,
  sameSite: 'strict' as const,
  path: '/',
  maxAge: Math.floor(maxAgeMs / 1000),
})

/** The session token a request carries, or null. */
export const readToken = (names: CookieNames, request: FastifyRequest): string | null =>
  read(names, request, BASE)

/** The header that puts a token on the browser. */
export const tokenCookie = (
  names: CookieNames,
  request: FastifyRequest,
  token: string,
  sort: SessionSort,
): string => cookie.serialize(nameOf(names, request, BASE), token, options(SESSION_LIFE[sort].absolute))

/** The header that takes the token off again. */
export const noTokenCookie = (names: CookieNames, request: FastifyRequest): string =>
  cookie.serialize(nameOf(names, request, BASE), '', options(0))

/** What a desk's browser carries to be told from a stranger's: worth nothing without name, password and second factor. */
export const readKnown = (names: CookieNames, request: FastifyRequest): string | null =>
  read(names, request, `${BASE}-desk`)

export const knownCookie = (names: CookieNames, request: FastifyRequest, known: string): string =>
  cookie.serialize(nameOf(names, request, `${BASE}-desk`), known, options(DESK_DAYS * 24 * 60 * 60_000))
