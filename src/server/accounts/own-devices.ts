import { sql } from 'drizzle-orm'
import { SESSION_LIFE, type SessionSort } from '#domain/account/session.ts'
import type { Id } from '#domain/id.ts'
import type { OwnDevice } from '#sync/protocol/accounts.ts'
import type { Me } from '#sync/protocol/wire.ts'
import type { Tx } from '../database/database.ts'
import { writeEvent } from './audit.ts'
import { rowOf, rowsOf, type AccountsContext } from './context.ts'
import { raiseScope } from './people.ts'
import { endSessionsOf } from './sessions.ts'

/** Whose devices, and which of them is asking. */
export interface Own {
  person: Id
  device: number | null
}

interface Row extends Record<string, unknown> {
  device: number
  mark: string
  sort: SessionSort
  state: OwnDevice['state']
  made_at: number | null
  seen_at: number | null
  live_at: number | null
  began_at: number | null
  greeted: boolean
  order: string | null
}

/** The devices of a person that still can do something, or did within a month: this one first, then the newest. */
export async function listOwnDevices(tx: Tx, context: AccountsContext, own: Own): Promise<OwnDevice[]> {
  const rows = await rowsOf<Row>(
    tx,
    sql`SELECT d.id AS device, d.mark, d.sort, d.state, d.made_at, d.greeted, max(s.used_at) AS seen_at,
          max(s.used_at) FILTER (WHERE s.ended_at IS NULL) AS live_at, max(s.made_at) FILTER (WHERE s.ended_at IS NULL) AS began_at,
          (SELECT o.sort FROM device_order o WHERE o.device = d.id ORDER BY o.n DESC LIMIT 1) AS order
        FROM device d JOIN account a ON a.id = d.account LEFT JOIN session s ON s.device = d.id
        WHERE a.person = ${own.person} GROUP BY d.id ORDER BY d.id = ${own.device ?? 0} DESC, d.id DESC LIMIT 50`,
  )
  const at = context.now()
  return rows
    .map((one) => ({
      device: one.device,
      mark: one.mark,
      sort: one.sort,
      state: one.state,
      madeAt: one.made_at,
      seenAt: one.seen_at,
      signedIn:
        one.state !== 'revoked' &&
        one.live_at !== null &&
        at - one.live_at < SESSION_LIFE[one.sort].idle &&
        at - (one.began_at ?? 0) < SESSION_LIFE[one.sort].absolute,
      here: one.device === own.device,
      greeted: one.greeted,
      held: one.order !== null && one.order !== 'release',
    }))
    .filter((one) => one.state !== 'revoked')
}

/** Devices of a person that they have not yet said to be theirs, for the others to show. */
export const arrivalsOf = (tx: Tx, own: Own): Promise<NonNullable<Me['arrivals']>> =>
  rowsOf<NonNullable<Me['arrivals']>[number]>(
    tx,
    sql`SELECT d.id AS device, d.mark, d.sort, d.made_at AS at FROM device d JOIN account a ON a.id = d.account
        WHERE a.person = ${own.person} AND NOT d.greeted AND d.state <> 'revoked' AND d.id <> ${own.device ?? 0} ORDER BY d.id`,
  )

const isOwn = (person: Id, device: number) =>
  sql`id = ${device} AND account = (SELECT id FROM account WHERE person = ${person})`

/** The person says that a new device is theirs; never on that device itself. @returns whether it is one of theirs */
export async function greetDevice(
  tx: Tx,
  context: AccountsContext,
  own: Own,
  device: number,
): Promise<boolean> {
  if (device === own.device) return false
  const done = await rowOf(
    tx,
    sql`UPDATE device SET greeted = true WHERE ${isOwn(own.person, device)} AND state <> 'revoked' RETURNING id`,
  )
  if (!done) return false
  await raiseScope(tx, own.person)
  await writeEvent(tx, context.now(), {
    action: 'device.greet',
    actor: own.person,
    device: own.device,
    objectId: String(device),
    outcome: 'ok',
  })
  return true
}

/** Ends whatever session a device of one's own has; what it keeps stays there. @returns whether it is one of theirs */
export async function endOwnSessions(
  tx: Tx,
  context: AccountsContext,
  own: Own,
  device: number,
): Promise<boolean> {
  if (!(await rowOf(tx, sql`SELECT id FROM device WHERE ${isOwn(own.person, device)}`))) return false
  await endSessionsOf(tx, device, context.now(), 'logout')
  await writeEvent(tx, context.now(), {
    action: 'session.end',
    actor: own.person,
    device: own.device,
    objectId: String(device),
    outcome: 'ok',
  })
  return true
}
