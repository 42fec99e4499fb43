import { sql } from 'drizzle-orm'
import type { Id } from '#domain/id.ts'
import type { Tx } from '../database/database.ts'

/** Something that happened to an account: ids and codes only, never a name, a number or a word somebody typed. */
export interface AccountEvent {
  action:
    | 'login'
    | 'logout'
    | 'session.theft'
    | 'desk.setup'
    | 'desk.reset'
    | 'invitation.create'
    | 'invitation.confirm'
    | 'invitation.void'
    | 'card.create'
    | 'card.use'
    | 'card.void'
    | 'device.confirm'
    | 'device.revoke'
    | 'device.enrol'
    | 'device.lock'
    | 'device.release'
    | 'device.wipe-after-drain'
    | 'device.obeyed'
    | 'device.greet'
    | 'session.end'
    | 'emergency.ask'
    | 'emergency.open'
    | 'emergency.decline'
    | 'emergency.told'
    | 'session.prove'
    | 'post.begin'
    | 'post.end'
    | 'account.close'
    | 'account.open'
    | 'recovery.use'
    | 'feedback.read'
    | 'shares.read'
  actor: Id | null
  device?: number | null
  objectId?: string
  region?: string
  outcome: 'ok' | 'refused'
  reason?: string
}

/**
 * Adds one row to the log, in the transaction of what it tells of: when it cannot be written, that does not happen either.
 * What names no region stands under the actor's own, so that the auditor of the place reads it.
 */
export async function writeEvent(tx: Tx, at: number, event: AccountEvent): Promise<void> {
  const own = sql`(SELECT g.region FROM role_grant g WHERE g.person = ${event.actor} ORDER BY length(g.region) DESC, g.region LIMIT 1)`
  await tx.execute(sql`
    INSERT INTO audit (at, actor, device, role, action, object_kind, object_id, region, outcome, reason)
    VALUES (${new Date(at).toISOString()}, ${event.actor}, ${event.device ?? null}, 'accounts', ${event.action},
            ${event.action.split('.')[0]}, ${event.objectId ?? ''}, coalesce(${event.region ?? null}, ${own}, ''),
            ${event.outcome}, ${event.reason ?? ''})`)
}
