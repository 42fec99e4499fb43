import { sql } from 'drizzle-orm'
import type { Id } from '#domain/id.ts'
import { isLive, judgeToken, needsSuccessor, type SessionSort, type Shown } from '#domain/account/session.ts'
import type { Tx } from '../database/database.ts'
import { writeEvent } from './audit.ts'
import { rowOf, type AccountsContext } from './context.ts'
import { newToken, successorOf, tokenHash } from './keys.ts'
import type { Standing } from './orders.ts'

/** A session as it was found good. */
export interface SessionFound {
  id: Id
  person: Id
  device: number | null
  deviceState: 'provisional' | 'confirmed' | 'revoked' | null
  sort: SessionSort
  /** What the installation signs with (SPKI, base64url); null: it named no key. */
  deviceKey: string | null
  /** When a second factor was last shown in it, epoch ms; null: never. Somebody of the demo has none to show, and needs none. */
  provedAt: number | null
  /** The newest order to the device, read in the same question; null: none. */
  order: Standing | null
  /** The token to hand out with this answer, or null when the one that came stays. */
  successor: string | null
}

interface SessionRow extends Record<string, unknown> {
  id: Id
  person: Id
  device: number | null
  device_state: SessionFound['deviceState']
  public_key: string | null
  account_state: string
  demo: boolean
  sort: SessionSort
  made_at: number
  used_at: number
  token_at: number
  token_hash: string
  successor_hash: string | null
  replaced_hash: string | null
  replaced_at: number | null
  ended_at: number | null
  proved_at: number | null
  standing: Standing | null
}

/** How stale `used_at` may be before it is written again: the idle limits are far longer. */
const TOUCH_MS = 60_000

/**
 * Opens a session. @param token given when it must be the same on a repeated request; otherwise drawn
 * @returns the token, which is stored nowhere
 */
export async function openSession(
  tx: Tx,
  at: number,
  who: { person: Id; device: number | null; sort: SessionSort; provedAt?: number },
  token: string = newToken(),
): Promise<string> {
  await openSessionByHash(tx, at, who, tokenHash(token))
  return token
}

/** The same for a token that only its hash is known of: the phone that waits for a confirmation holds it. */
export async function openSessionByHash(
  tx: Tx,
  at: number,
  who: { person: Id; device: number | null; sort: SessionSort; provedAt?: number },
  hash: string,
): Promise<void> {
  await tx.execute(sql`
    INSERT INTO session (person, device, sort, made_at, used_at, token_at, token_hash, proved_at)
    VALUES (${who.person}, ${who.device}, ${who.sort}, ${at}, ${at}, ${at}, ${hash}, ${who.provedAt ?? null})`)
}

const selectByHash = (hash: string) => sql`
  SELECT s.id, s.person, s.device, d.state AS device_state, d.public_key, a.state AS account_state, a.demo, s.sort, s.made_at, s.used_at,
         s.token_at, s.token_hash, s.successor_hash, s.replaced_hash, s.replaced_at, s.ended_at, s.proved_at,
         (SELECT json_build_object('n', o.n, 'sort', o.sort, 'obeyed', o.obeyed_at IS NOT NULL)
          FROM device_order o WHERE o.device = s.device ORDER BY o.n DESC LIMIT 1) AS standing
  FROM session s JOIN account a ON a.person = s.person LEFT JOIN device d ON d.id = s.device
  WHERE s.token_hash = ${hash} OR s.successor_hash = ${hash} OR s.replaced_hash = ${hash}
  FOR UPDATE OF s`

function shownAs(row: SessionRow, hash: string): Shown {
  if (row.token_hash === hash) return 'current'
  if (row.successor_hash === hash) return 'successor'
  return row.replaced_hash === hash ? 'replaced' : 'unknown'
}

/** Ends a session; what was ended stays ended. */
export async function endSession(
  tx: Tx,
  id: Id,
  at: number,
  reason: 'logout' | 'theft' | 'revoked' | 'replaced',
): Promise<void> {
  await tx.execute(
    sql`UPDATE session SET ended_at = ${at}, ended_for = ${reason} WHERE id = ${id} AND ended_at IS NULL`,
  )
}

/** Ends every session of a device. */
export async function endSessionsOf(
  tx: Tx,
  device: number,
  at: number,
  reason: 'logout' | 'revoked' | 'replaced',
): Promise<void> {
  await tx.execute(
    sql`UPDATE session SET ended_at = ${at}, ended_for = ${reason} WHERE device = ${device} AND ended_at IS NULL`,
  )
}

/**
 * Who a shown token belongs to, looked up at every request, so that an ended session, a revoked device or a closed account
 * holds from the next request on. Moves the session on to its successor when that one is shown (TR-14, TR-15).
 * @param named the installation that asks, as it says; the session of another is not touched (TR-09). null: it does not say
 * @returns null: nobody
 */
export async function findSession(
  tx: Tx,
  context: AccountsContext,
  token: string,
  named: number | null = null,
): Promise<SessionFound | null> {
  const at = context.now()
  const hash = tokenHash(token)
  const row = await rowOf<SessionRow>(tx, selectByHash(hash))
  if (!row || row.ended_at !== null || row.account_state !== 'active' || row.device_state === 'revoked')
    return null
  if (named !== null && row.device !== named) return null
  if (row.demo && !context.demo) return null
  if (!isLive({ sort: row.sort, madeAt: row.made_at, usedAt: row.used_at, tokenAt: row.token_at }, at))
    return null
  const verdict = judgeToken(shownAs(row, hash), row.replaced_at, at)
  if (verdict === 'refuse') return null
  if (verdict === 'theft') {
    await endSession(tx, row.id, at, 'theft')
    await writeEvent(tx, at, {
      action: 'session.theft',
      actor: row.person,
      device: row.device,
      objectId: row.id,
      outcome: 'refused',
    })
    return null
  }
  const successor = await moveOn(tx, context, row, { verdict, hash, token, at })
  return {
    id: row.id,
    person: row.person,
    device: row.device,
    deviceState: row.device_state,
    sort: row.sort,
    deviceKey: row.public_key,
    provedAt: row.demo ? at : row.proved_at,
    order: row.standing,
    successor,
  }
}

/** Writes what changed: the step to the successor, a successor sent out, or only that the session was used. */
async function moveOn(
  tx: Tx,
  context: AccountsContext,
  row: SessionRow,
  shown: { verdict: 'serve' | 'advance'; hash: string; token: string; at: number },
): Promise<string | null> {
  const { verdict, hash, token, at } = shown
  if (verdict === 'advance') {
    await tx.execute(sql`
      UPDATE session SET replaced_hash = token_hash, replaced_at = ${at}, token_hash = ${hash}, token_at = ${at},
             successor_hash = NULL, used_at = ${at} WHERE id = ${row.id}`)
    return null
  }
  // A late request with the replaced token is answered, but brings nothing forward.
  if (row.token_hash !== hash) return null
  const due = needsSuccessor(
    { sort: row.sort, madeAt: row.made_at, usedAt: row.used_at, tokenAt: row.token_at },
    at,
  )
  if (!due && at - row.used_at < TOUCH_MS) return null
  const successor = due ? successorOf(context.keys, token) : null
  await tx.execute(sql`
    UPDATE session SET used_at = ${at}, successor_hash = ${successor === null ? row.successor_hash : tokenHash(successor)}
    WHERE id = ${row.id}`)
  return successor
}
