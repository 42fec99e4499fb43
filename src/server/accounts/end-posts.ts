import { sql } from 'drizzle-orm'
import { isValidOn } from '#domain/access/grant.ts'
import { mayInvite, type Appointment } from '#domain/account/invite.ts'
import type { Id } from '#domain/id.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import { addDays } from '#domain/time/day.ts'
import type { Tx } from '../database/database.ts'
import { writeEvent } from './audit.ts'
import { rowsOf, today, type AccountsContext } from './context.ts'
import { isHeld, putOrder, standingOrder } from './orders.ts'
import { appointmentsOf, raiseScope } from './people.ts'

/** no-such-person: nobody with a post that the caller may give. own-posts: nobody ends the own. */
export type EndRefusal = 'no-such-person' | 'own-posts'

/** Ends one post from this moment on; what was written on the days before is still judged by them (TR-16). */
async function endPost(tx: Tx, context: AccountsContext, by: Id | null, person: Id, post: Appointment) {
  const day = today(context)
  await tx.execute(sql`
    UPDATE role_grant SET to_day = ${addDays(day, -1)}::date
    WHERE person = ${person} AND role = ${post.role} AND region = ${post.region} AND from_day <= ${day}::date
      AND (to_day IS NULL OR to_day >= ${day}::date)`)
  await writeEvent(tx, context.now(), {
    action: 'post.end',
    actor: by,
    objectId: person,
    region: post.region,
    outcome: 'ok',
    reason: post.role,
  })
}

/** Every phone that still runs is told to lock: it may give what it has, and takes nothing (trust, 3.4). */
async function lockPhones(tx: Tx, context: AccountsContext, by: Id | null, person: Id, region: string) {
  const devices = await rowsOf<{ id: number }>(
    tx,
    sql`SELECT d.id FROM device d JOIN account a ON a.id = d.account
        WHERE a.person = ${person} AND d.sort = 'phone' AND d.state <> 'revoked' ORDER BY d.id FOR UPDATE OF d`,
  )
  for (const { id } of devices)
    if (!isHeld(await standingOrder(tx, id)))
      await putOrder(tx, context, { device: id, sort: 'lock', by, region })
}

/**
 * Closes an account: its sessions end, invitations to a new phone are taken back, files shared with them alone are theirs no more, and
 * their phones lock. What waits on those is still taken, and the office decides about it.
 */
async function closeAccount(tx: Tx, context: AccountsContext, by: Id | null, person: Id, region: string) {
  const [at, day] = [context.now(), today(context)]
  await tx.execute(sql`UPDATE account SET state = 'disabled' WHERE person = ${person}`)
  await tx.execute(sql`
    UPDATE session SET ended_at = ${at}, ended_for = 'revoked' WHERE person = ${person} AND ended_at IS NULL`)
  await tx.execute(sql`
    UPDATE invitation SET state = 'voided' WHERE person = ${person} AND state IN ('open', 'pending')`)
  await tx.execute(sql`
    UPDATE record_grant SET to_day = ${addDays(day, -1)}::date
    WHERE person = ${person} AND from_day <= ${day}::date AND (to_day IS NULL OR to_day >= ${day}::date)`)
  await lockPhones(tx, context, by, person, region)
  await writeEvent(tx, at, { action: 'account.close', actor: by, objectId: person, region, outcome: 'ok' })
}

/**
 * Somebody leaves office: every post of theirs that the caller may give ends. When none is left the account is closed at once;
 * a post in somebody else's hands keeps it open (TR-06, TR-16).
 * @param caller null: the operator at the command line, who may end all of them
 * @returns whether the account is closed
 */
export async function endPosts(
  tx: Tx,
  context: AccountsContext,
  caller: Id | null,
  person: Id,
): Promise<Result<{ closed: boolean }, EndRefusal>> {
  if (caller === person) return refuse('own-posts')
  const day = today(context)
  await tx.execute(sql`SELECT 1 FROM account WHERE person = ${person} FOR UPDATE`)
  const held = caller === null ? null : await appointmentsOf(tx, caller)
  const posts = (await appointmentsOf(tx, person)).filter((one) => isValidOn(one, day))
  const mine = posts.filter((one) => held === null || mayInvite(held, one.role, one.region, day))
  const [first] = mine
  if (!first) return refuse('no-such-person')
  for (const post of mine) await endPost(tx, context, caller, person, post)
  const closed = mine.length === posts.length
  if (closed) await closeAccount(tx, context, caller, person, first.region)
  await raiseScope(tx, person)
  return accept({ closed })
}

/** Somebody who had left is appointed again: their account opens. Their old phones stay locked until they come in anew. */
export async function reopenAccount(
  tx: Tx,
  context: AccountsContext,
  by: Id | null,
  person: Id,
): Promise<void> {
  const opened = await rowsOf(
    tx,
    sql`UPDATE account SET state = 'active' WHERE person = ${person} AND state = 'disabled' RETURNING id`,
  )
  if (opened.length > 0)
    await writeEvent(tx, context.now(), {
      action: 'account.open',
      actor: by,
      objectId: person,
      outcome: 'ok',
    })
}
