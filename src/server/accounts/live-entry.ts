import { createHmac } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { Role } from '#domain/access/role.ts'
import { INVITATION_MS } from '#domain/account/code.ts'
import { matchingWords, WORD_RANDOM } from '#domain/account/words.ts'
import type { Id } from '#domain/id.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import type { Tx } from '../database/database.ts'
import { writeEvent } from './audit.ts'
import { beginPost } from './begin-post.ts'
import { rowOf, textArray, type AccountsContext } from './context.ts'
import { enterDevice } from './devices.ts'
import { checkInvite, type InviteRefusal } from './invitations.ts'
import { findByCode } from './kept-codes.ts'
import { tokenHash, type AccountKeys } from './keys.ts'
import { addPerson } from './people.ts'
import { openSessionByHash } from './sessions.ts'

/** The session token a waiting phone will get, made from the secret only it holds: asking again gives the same one. */
export const tokenOfPoll = (keys: AccountKeys, poll: string): string =>
  createHmac('sha256', keys.successors).update(`entry ${poll}`).digest('base64url')

export interface Claim {
  code: string
  random: string
  deviceKey: string | null
  device: number | null
}

/** Keyed and bound to one invitation and one phone's random value, so that the same phone asking again is answered the same. */
const drawFor = (keys: AccountKeys, what: string, invitation: Id, phone: string): Buffer =>
  createHmac('sha256', keys.successors).update(`${what} ${invitation} ${phone}`).digest()

/** A phone comes with a code: the invitation is taken at once, by this phone only, and waits for the inviter's yes. */
export async function claimInvitation(tx: Tx, context: AccountsContext, claim: Claim) {
  const found = await findByCode(tx, context.keys, 'invitation', claim.code, context.now())
  if (!found) return refuse('code-gone')
  const poll = drawFor(context.keys, 'poll', found.id, claim.random).toString('base64url')
  const random = drawFor(context.keys, 'words', found.id, claim.random).subarray(0, WORD_RANDOM)
  const words = matchingWords(Buffer.from(claim.random, 'base64url'), random)
  const taken = await rowOf<{ name: string; expires_at: number }>(
    tx,
    sql`UPDATE invitation SET state = 'pending', words = ${textArray(words)}, poll_hash = ${tokenHash(poll)},
               token_hash = ${tokenHash(tokenOfPoll(context.keys, poll))}, public_key = ${claim.deviceKey}, known_device = ${claim.device}
        WHERE id = ${found.id} AND (state = 'open' OR (state = 'pending' AND poll_hash = ${tokenHash(poll)}))
        RETURNING name, expires_at`,
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
  await beginPost(tx, context, by, { person, role: row.role, region: row.region })
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
