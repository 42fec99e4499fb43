import * as v from 'valibot'
import { IdSchema } from '#domain/id.ts'
import type { Caller } from '../../accounts/identity.ts'
import type { Database } from '../../database/database.ts'
import { record } from '../../repositories/audit.ts'

/** What somebody who is known asked for and did not get. */
export interface TurnedAway {
  caller: Caller
  /** Method and path as declared, never as typed. */
  route: string
  /** The id that was asked about; anything that is no record's number is left out. */
  about: unknown
  /** The refusal's code. */
  reason: string
  requestId: string
}

export type NoteTurnedAway = (one: TurnedAway) => Promise<void>

/** The largest region of a caller's posts: whose auditor reads of it. */
const regionOf = ({ rights }: Caller): string =>
  rights.grants.map((one) => one.region).sort((a, b) => a.length - b.length || (a < b ? -1 : 1))[0] ?? ''

/** Writes into the log who was turned away where (TR-51); rejects when it cannot, and then nobody is answered. */
export const noteTurnedAway =
  (database: Database, clock: () => number): NoteTurnedAway =>
  ({ caller, route, about, reason, requestId }) =>
    database.as('app', {}, (tx) =>
      record(tx, clock(), {
        actor: caller.person,
        device: caller.device,
        role: 'caller',
        action: 'turned-away',
        object: { kind: 'route', id: v.is(IdSchema, about) ? `${route} ${about}` : route },
        region: regionOf(caller),
        outcome: 'refused',
        reason,
        requestId,
      }),
    )
