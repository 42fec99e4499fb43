import type { Role } from '#domain/access/role.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type * as v from 'valibot'
import type { Caller } from '../accounts/identity.ts'
import type { Refusal } from './refusal.ts'

/**
 * Who may call. `anyone`: also without a session (caller may still be known). `signed-in`: any session. A role: a session whose person
 * holds a grant of that role today, wherever. `operator`: this machine itself, or the metrics token. `drop-box`: an installation by the
 * word it was given for handing in, without a session; it stands alone, and the request carries it as `dropper`.
 */
export type Actor = 'anyone' | 'signed-in' | 'operator' | 'drop-box' | Role
export interface Access {
  actors: readonly [Actor, ...Actor[]]
  /** Who calls may be known from memory, as of at most two seconds ago: for a route that is asked all the time and gives away nothing. */
  recent?: true
  /** Also a phone that the office ordered locked may ask: it hands in, or is told nothing of others. */
  evenHeld?: true
  /** Also without the signature of the phone's own key: it gives away nothing, or only ends the session. */
  unsigned?: true
  /** Only within five minutes of showing a second factor: what cannot be undone, or gives much away. */
  fresh?: true
}

type Schema = v.GenericSchema<unknown, unknown>
type Output<S> = S extends Schema ? v.InferOutput<S> : undefined
type CallerOf<A extends Access> =
  Extract<A['actors'][number], 'anyone' | 'operator' | 'drop-box'> extends never ? Caller : Caller | null

/** One request as a handler sees it: checked, and from somebody who may ask. */
export interface Call<A extends Access, B, Q, P> {
  caller: CallerOf<A>
  body: Output<B>
  query: Output<Q>
  params: Output<P>
  request: FastifyRequest
  reply: FastifyReply
}

/** HEAD and PATCH belong to the resumable uploads only. */
type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD' | 'PATCH'

interface Definition<A extends Access, B, Q, P> {
  method: Method
  path: `/${string}`
  access: A
  /** One sentence for the generated description. */
  summary: string
  body?: B
  query?: Q
  params?: P
  /** Largest body in bytes, before compression; 64 KiB when not said. */
  bodyBytes?: number
  /** Gives the JSON value of a 200, a `Refusal`, or whatever Fastify can send (set type and status on `reply`). */
  handler(call: Call<A, B, Q, P>): unknown
}

/** A route with its types forgotten, ready to be registered. */
export interface RouteDefinition {
  method: Method
  path: string
  access: Access
  summary: string
  body?: Schema
  query?: Schema
  params?: Schema
  bodyBytes?: number
  handler(call: Call<Access, Schema, Schema, Schema>): unknown
}

/** Declares a route. Without `access` it does not compile; what is not in a schema never reaches the handler. */
export const route = <
  const A extends Access,
  B extends Schema | undefined = undefined,
  Q extends Schema | undefined = undefined,
  P extends Schema | undefined = undefined,
>(
  definition: Definition<A, B, Q, P>,
): RouteDefinition => definition as unknown as RouteDefinition

export type { Refusal }
