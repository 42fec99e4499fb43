import { createHmac, randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { Role } from '#domain/access/role.ts'
import {
  cleanCode,
  entryLink,
  FINDER_LENGTH,
  groupCode,
  INVITATION_MS,
  makeCode,
  readCode,
  SCANNED_LENGTH,
  TYPED_LENGTH,
  TYPED_TRIES,
} from '#domain/account/code.ts'
import { mayInvite } from '#domain/account/invite.ts'
import { matchingWords, WORD_RANDOM } from '#domain/account/words.ts'
import type { Id } from '#domain/id.ts'
import type { RegionPrefix } from '#domain/region/code.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import type { Invited } from '#sync/protocol/accounts.ts'
import type { Tx } from '../database/database.ts'
import { writeEvent } from './audit.ts'
import { newId, rowOf, rowsOf, textArray, today, type AccountsContext } from './context.ts'
import { enterDevice } from './devices.ts'
import { codeHash, newToken, tokenHash, type AccountKeys } from './keys.ts'
import { addPerson, appoint, appointmentsOf, regionExists, regionNames } from './people.ts'
import { openSessionByHash } from './sessions.ts'
import { codeOf } from '#domain/region/code.ts'

export interface Invite {
  name: string
  role: Role
  region: RegionPrefix
  person: Id | null
}

export type InviteRefusal = 'not-allowed' | 'no-such-region' | 'no-such-person'

/** Whether somebody may give this post; `by` null is the operator at the command line. */
export async function checkInvite(
  tx: Tx,
  context: AccountsContext,
  by: Id | null,
  one: Invite,
): Promise<Result<true, InviteRefusal>> {
  if (by !== null) {
    const held = await appointmentsOf(tx, by)
    if (!mayInvite(held, one.role, one.region, today(context))) return refuse('not-allowed')
    // A known person must be one whose present posts lie within reach too, or an invitation would hand their files to a new phone.
    const posts = one.person === null ? [] : await appointmentsOf(tx, one.person)
    if (posts.some((post) => !mayInvite(held, post.role, post.region, today(context))))
      return refuse('not-allowed')
  }
  if (!(await regionExists(tx, one.region))) return refuse('no-such-region')
  const known =
    one.person === null ||
    (await rowOf(tx, sql`SELECT 1 AS yes FROM person WHERE id = ${one.person}`)) !== null
  return known ? accept(true) : refuse('no-such-person')
}

/** A typed code whose finder no open row of the table uses yet. */
export async function freeTypedCode(tx: Tx, table: 'invitation' | 'card', length: number): Promise<string> {
  for (;;) {
    const typed = makeCode(randomBytes(length), length)
    const finder = typed.slice(0, FINDER_LENGTH)
    const taken = await rowOf(
      tx,
      sql`SELECT 1 AS yes FROM ${sql.identifier(table)} WHERE finder = ${finder} AND state = 'open'`,
    )
    if (!taken) return typed
  }
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

/** Finds an open row by a scanned or typed code. A wrong ending of a typed code is counted; the fifth closes the row. */
export async function findByCode(
  tx: Tx,
  keys: AccountKeys,
  table: 'invitation' | 'card',
  code: string,
  at: number,
): Promise<{ id: Id } | null> {
  const read = readCode(code)
  if (!read.ok || read.value.sort !== table) return null
  const name = sql.identifier(table)
  const hash = codeHash(keys, read.value.code)
  if (!read.value.typed) {
    return rowOf<{ id: Id }>(
      tx,
      sql`SELECT id FROM ${name} WHERE code_hash = ${hash} AND expires_at > ${at} FOR UPDATE`,
    )
  }
  const finder = cleanCode(code).slice(0, FINDER_LENGTH)
  const row = await rowOf<{ id: Id; typed_hash: string }>(
    tx,
    sql`SELECT id, typed_hash FROM ${name} WHERE finder = ${finder} AND expires_at > ${at}
        ORDER BY (typed_hash = ${hash}) DESC, state = 'open' DESC LIMIT 1 FOR UPDATE`,
  )
  if (!row) return null
  if (row.typed_hash === hash) return { id: row.id }
  await tx.execute(sql`
    UPDATE ${name} SET tries = tries + 1, state = CASE WHEN tries + 1 >= ${TYPED_TRIES} THEN 'voided' ELSE state END
    WHERE id = ${row.id} AND state = 'open'`)
  return null
}

/** The session token a waiting phone will get, made from the secret only it holds: asking again gives the same one. */
export const tokenOfPoll = (keys: AccountKeys, poll: string): string =>
  createHmac('sha256', keys.successors).update(`entry ${poll}`).digest('base64url')

export interface Claim {
  code: string
  random: string
  deviceKey: string | null
  device: number | null
}

/** A phone comes with a code: the invitation is taken at once, by this phone only, and waits for the inviter's yes. */
export async function claimInvitation(tx: Tx, context: AccountsContext, claim: Claim) {
  const at = context.now()
  const found = await findByCode(tx, context.keys, 'invitation', claim.code, at)
  if (!found) return refuse('code-gone')
  const poll = newToken()
  const random = randomBytes(WORD_RANDOM)
  const words = matchingWords(Buffer.from(claim.random, 'base64url'), random)
  const taken = await rowOf<{ name: string; expires_at: number }>(
    tx,
    sql`UPDATE invitation SET state = 'pending', words = ${textArray(words)}, poll_hash = ${tokenHash(poll)},
               token_hash = ${tokenHash(tokenOfPoll(context.keys, poll))}, public_key = ${claim.deviceKey}, known_device = ${claim.device}
        WHERE id = ${found.id} AND state = 'open' RETURNING name, expires_at`,
  )
  if (!taken) return refuse('code-gone')
  return accept({ poll, random: random.toString('base64url'), name: taken.name, expiresAt: taken.expires_at })
}

interface Pending extends Record<string, unknown> {
  id: Id
  name: string
  role: Role
  region: string
  person: Id | null
  words: string[]
  token_hash: string
  public_key: string | null
  known_device: number | null
}

/**
 * The inviter saw the same words on the phone: person, post, device and session come to be together or not at all.
 * @param by null: the operator at the command line
 */
export async function confirmInvitation(
  tx: Tx,
  context: AccountsContext,
  by: Id | null,
  asked: { id: Id; words: readonly string[] },
): Promise<Result<{ person: Id; device: number }, 'gone' | 'other-words' | InviteRefusal>> {
  const at = context.now()
  const row = await rowOf<Pending>(
    tx,
    sql`SELECT id, name, role, region, person, words, token_hash, public_key, known_device FROM invitation
        WHERE id = ${asked.id} AND by_person IS NOT DISTINCT FROM ${by}::uuid AND state = 'pending' AND expires_at > ${at} FOR UPDATE`,
  )
  if (!row) return refuse('gone')
  if (row.words.join() !== asked.words.join()) return refuse('other-words')
  // Asked again: the inviter's own post may have ended meanwhile.
  const allowed = await checkInvite(tx, context, by, row)
  if (!allowed.ok) return allowed
  const person = row.person ?? (await addPerson(tx, context, row.name))
  await appoint(tx, context, person, row.role, row.region)
  const device = await enterDevice(tx, context, {
    person,
    sort: 'phone',
    state: 'confirmed',
    publicKey: row.public_key,
    known: row.known_device,
  })
  await openSessionByHash(tx, at, { person, device, sort: 'phone' }, row.token_hash)
  await tx.execute(
    sql`UPDATE invitation SET state = 'confirmed', person = ${person}, device = ${device} WHERE id = ${row.id}`,
  )
  await writeEvent(tx, at, {
    action: 'invitation.confirm',
    actor: by,
    device,
    objectId: row.id,
    region: row.region,
    outcome: 'ok',
  })
  return accept({ person, device })
}

/** How an invitation stands, for the phone that took it. Confirmed stays readable for the ten minutes, so that a lost answer is no loss. */
export async function pollInvitation(tx: Tx, context: AccountsContext, poll: string) {
  const at = context.now()
  const row = await rowOf<{ id: Id; state: string; person: Id; device: number; expires_at: number }>(
    tx,
    sql`SELECT id, state, person, device, expires_at FROM invitation WHERE poll_hash = ${tokenHash(poll)}`,
  )
  if (!row || row.expires_at + INVITATION_MS <= at) return { state: 'gone' as const }
  if (row.state === 'confirmed') {
    return {
      state: 'confirmed' as const,
      person: row.person,
      device: row.device,
      token: tokenOfPoll(context.keys, poll),
    }
  }
  return row.state === 'pending' && row.expires_at > at
    ? { state: 'pending' as const }
    : { state: 'gone' as const }
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
