import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { Role } from '#domain/access/role.ts'
import {
  entryLink,
  FINDER_LENGTH,
  groupCode,
  INVITATION_MS,
  makeCode,
  SCANNED_LENGTH,
  TYPED_LENGTH,
} from '#domain/account/code.ts'
import { standTogether } from '#domain/account/duties.ts'
import { looksAfter, mayInvite } from '#domain/account/invite.ts'
import type { Id } from '#domain/id.ts'
import { codeOf, type RegionPrefix } from '#domain/region/code.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import type { Invited } from '#sync/protocol/accounts.ts'
import type { Tx } from '../database/database.ts'
import { writeEvent } from './audit.ts'
import { newId, rowOf, rowsOf, today, type AccountsContext } from './context.ts'
import { freeTypedCode } from './kept-codes.ts'
import { codeHash } from './keys.ts'
import { appointmentsOf, regionExists, regionNames } from './people.ts'

export interface Invite {
  name: string
  role: Role
  region: RegionPrefix
  person: Id | null
}

export type InviteRefusal = 'not-allowed' | 'no-such-region' | 'no-such-person' | 'duties-apart'

/** Whether somebody may give this post; `by` null is the operator at the command line. */
export async function checkInvite(
  tx: Tx,
  context: AccountsContext,
  by: Id | null,
  one: Invite,
): Promise<Result<true, InviteRefusal>> {
  const day = today(context)
  const posts = one.person === null ? [] : await appointmentsOf(tx, one.person)
  if (by !== null) {
    const held = await appointmentsOf(tx, by)
    if (!mayInvite(held, one.role, one.region, day)) return refuse('not-allowed')
    // Somebody else's people and nobody are one answer.
    if (one.person !== null && !looksAfter(held, posts, day)) return refuse('no-such-person')
  }
  if (!standTogether(posts, one.role, day)) return refuse('duties-apart')
  if (!(await regionExists(tx, one.region))) return refuse('no-such-region')
  const known =
    one.person === null ||
    (await rowOf(tx, sql`SELECT 1 AS yes FROM person WHERE id = ${one.person}`)) !== null
  return known ? accept(true) : refuse('no-such-person')
}

/** Invitations whose ten minutes are over let go of their place. */
async function sweep(tx: Tx, at: number): Promise<void> {
  await tx.execute(
    sql`UPDATE invitation SET state = 'dropped' WHERE state IN ('open', 'pending') AND expires_at <= ${at}`,
  )
}

/** Makes a live invitation; the code is shown once and kept only as a hash. */
export async function makeInvitation(
  tx: Tx,
  context: AccountsContext,
  by: Id | null,
  one: Invite,
): Promise<Result<Invited, InviteRefusal>> {
  const allowed = await checkInvite(tx, context, by, one)
  if (!allowed.ok) return allowed
  const at = context.now()
  await sweep(tx, at)
  const id = newId(context)
  const code = makeCode(randomBytes(SCANNED_LENGTH), SCANNED_LENGTH)
  const typed = await freeTypedCode(tx, 'invitation', TYPED_LENGTH)
  const expiresAt = at + INVITATION_MS
  await tx.execute(sql`
    INSERT INTO invitation (id, code_hash, finder, typed_hash, name, role, region, person, by_person, made_at, expires_at)
    VALUES (${id}, ${codeHash(context.keys, code)}, ${typed.slice(0, FINDER_LENGTH)}, ${codeHash(context.keys, typed)}, ${one.name},
            ${one.role}, ${one.region}, ${one.person}, ${by}, ${at}, ${expiresAt})`)
  await writeEvent(tx, at, {
    action: 'invitation.create',
    actor: by,
    objectId: id,
    region: one.region,
    outcome: 'ok',
    reason: one.role,
  })
  return accept({
    id,
    name: one.name,
    typed: groupCode(typed),
    link: entryLink(context.origin, code),
    expiresAt,
  })
}

/** Takes an invitation back. */
export async function voidInvitation(
  tx: Tx,
  context: AccountsContext,
  by: Id | null,
  id: Id,
): Promise<Result<true, 'gone'>> {
  const row = await rowOf<{ region: string }>(
    tx,
    sql`UPDATE invitation SET state = 'voided' WHERE id = ${id} AND by_person IS NOT DISTINCT FROM ${by}::uuid
          AND state IN ('open', 'pending') RETURNING region`,
  )
  if (!row) return refuse('gone')
  await writeEvent(tx, context.now(), {
    action: 'invitation.void',
    actor: by,
    objectId: id,
    region: row.region,
    outcome: 'ok',
  })
  return accept(true)
}

/** The inviter's invitations that still wait, oldest first. */
export async function listInvitations(tx: Tx, context: AccountsContext, by: Id) {
  const rows = await rowsOf<{
    id: Id
    name: string
    role: Role
    region: string
    state: 'open' | 'pending'
    words: string[]
    expires_at: number
  }>(
    tx,
    sql`SELECT id, name, role, region, state, words, expires_at FROM invitation
        WHERE by_person = ${by} AND state IN ('open', 'pending') AND expires_at > ${context.now()} ORDER BY made_at`,
  )
  const names = await regionNames(
    tx,
    rows.map((one) => codeOf(one.region)),
  )
  return rows.map((one) => ({
    id: one.id,
    name: one.name,
    role: one.role,
    regionName: names.get(codeOf(one.region))?.name ?? '',
    state: one.state,
    words: one.words,
    expiresAt: one.expires_at,
  }))
}
