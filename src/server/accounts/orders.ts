import { sql } from 'drizzle-orm'
import type { Id } from '#domain/id.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import type { DeviceOrder, SignedDirective } from '#sync/protocol/directive.ts'
import type { Tx } from '../database/database.ts'
import { writeEvent } from './audit.ts'
import { rowOf, type AccountsContext } from './context.ts'
import { tokenHash } from './keys.ts'
import { raiseScope } from './people.ts'

/** The newest order to a device. */
export interface Standing {
  n: number
  sort: DeviceOrder
  /** Whether the phone has said that it was carried out. */
  obeyed: boolean
}

/** The newest order to a device, or null when it never had one. */
export async function standingOrder(tx: Tx, device: number): Promise<Standing | null> {
  const row = await rowOf<{ n: number; sort: DeviceOrder; obeyed_at: number | null }>(
    tx,
    sql`SELECT n, sort, obeyed_at FROM device_order WHERE device = ${device} ORDER BY n DESC LIMIT 1`,
  )
  return row && { n: row.n, sort: row.sort, obeyed: row.obeyed_at !== null }
}

/** Whether a device is held: it may give, and takes nothing, until it is released. */
export const isHeld = (order: Standing | null): boolean => order !== null && order.sort !== 'release'

/** The order that a device still has to hear, signed for it alone; none when it has obeyed the newest. */
export const directivesFor = (
  context: Pick<AccountsContext, 'orders'>,
  device: number,
  order: Standing | null,
): SignedDirective[] =>
  order === null || order.obeyed ? [] : [context.orders.sign({ v: 1, order: order.sort, device, n: order.n })]

/** Writes an order down; an older one is overtaken. @param one `by` null: the server itself */
export async function putOrder(
  tx: Tx,
  context: AccountsContext,
  one: { device: number; sort: DeviceOrder; by: Id | null; region: string },
): Promise<void> {
  const at = context.now()
  const owner = await rowOf<{ person: Id }>(
    tx,
    sql`SELECT a.person FROM device d JOIN account a ON a.id = d.account WHERE d.id = ${one.device} FOR UPDATE OF d`,
  )
  if (!owner) return
  await tx.execute(sql`
    INSERT INTO device_order (device, n, sort, by_person)
    SELECT ${one.device}, greatest(${at}::bigint, coalesce(max(n), 0) + 1), ${one.sort}, ${one.by} FROM device_order WHERE device = ${one.device}`)
  await raiseScope(tx, owner.person)
  await writeEvent(tx, at, {
    action: `device.${one.sort}`,
    actor: one.by,
    device: one.device,
    objectId: String(one.device),
    region: one.region,
    outcome: 'ok',
  })
}

/** Why a phone got no order. */
export type OrderRefusal = 'is-revoked' | 'not-held' | 'has-left'

/**
 * What may be ordered: a phone that was shut out never comes back, one of somebody who has left only with them, and what is not held needs
 * no release.
 */
export function checkOrder(
  sort: DeviceOrder,
  device: { state: string; hasLeft: boolean; standing: Standing | null },
): Result<true, OrderRefusal> {
  if (sort !== 'release') return accept(true)
  if (device.state === 'revoked') return refuse('is-revoked')
  if (device.hasLeft) return refuse('has-left')
  return isHeld(device.standing) ? accept(true) : refuse('not-held')
}

/** The device a token was given to, whether its session holds or was ended; null: none, or gone with the person's own logout. */
async function deviceOfToken(tx: Tx, token: string): Promise<number | null> {
  const hash = tokenHash(token)
  const row = await rowOf<{ device: number | null }>(
    tx,
    sql`SELECT device FROM session
        WHERE (token_hash = ${hash} OR successor_hash = ${hash} OR replaced_hash = ${hash})
          AND (ended_for IS NULL OR ended_for = 'revoked')`,
  )
  return row?.device ?? null
}

/** What a browser whose session was ended by the office still has to hear. */
export async function directivesOfEnded(
  tx: Tx,
  context: AccountsContext,
  token: string,
): Promise<SignedDirective[]> {
  const device = await deviceOfToken(tx, token)
  return device === null ? [] : directivesFor(context, device, await standingOrder(tx, device))
}

/** What a phone shows: the token of its session, ended or not, or the word it hands in with while it is locked. */
interface Shown {
  token: string | null
  word: string
}

/** A phone says that it has carried an order out. What is not its own, or was said before, changes nothing and is answered alike. */
export async function noteObeyed(
  tx: Tx,
  context: AccountsContext,
  { token, word }: Shown,
  n: number,
): Promise<void> {
  const device = (token ? await deviceOfToken(tx, token) : null) ?? context.dropbox.deviceOf(word)
  if (device === null) return
  const done = await rowOf<{ sort: DeviceOrder }>(
    tx,
    sql`UPDATE device_order SET obeyed_at = ${context.now()} WHERE device = ${device} AND n = ${n} AND obeyed_at IS NULL RETURNING sort`,
  )
  if (!done) return
  const owner = await rowOf<{ village: string | null }>(
    tx,
    sql`SELECT village FROM device WHERE id = ${device}`,
  )
  await writeEvent(tx, context.now(), {
    action: 'device.obeyed',
    actor: null,
    device,
    objectId: String(device),
    region: owner?.village ?? '',
    outcome: 'ok',
    reason: done.sort,
  })
}
