import { createHmac, randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { Role } from '#domain/access/role.ts'
import {
  CARD_MS,
  CARD_TYPED_LENGTH,
  entryLink,
  FINDER_LENGTH,
  groupCode,
  makeCode,
  SCANNED_LENGTH,
} from '#domain/account/code.ts'
import { CARD_ROLES, mayInvite } from '#domain/account/invite.ts'
import type { Id } from '#domain/id.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import type { CardMade } from '#sync/protocol/accounts.ts'
import type { Tx } from '../database/database.ts'
import { writeEvent } from './audit.ts'
import { beginPost } from './begin-post.ts'
import { newId, rowOf, today, type AccountsContext } from './context.ts'
import { enterDevice } from './devices.ts'
import { checkInvite, type InviteRefusal } from './invitations.ts'
import { findByCode, freeTypedCode } from './kept-codes.ts'
import { codeHash, tokenHash, type AccountKeys } from './keys.ts'
import { addPerson, appointmentsOf, regionName } from './people.ts'
import { openSessionByHash } from './sessions.ts'

export interface CardOrder {
  name: string
  role: Role
  region: string
}

async function makeCard(tx: Tx, context: AccountsContext, by: Id | null, one: CardOrder): Promise<CardMade> {
  const at = context.now()
  const id = newId(context)
  // K tells a card from an invitation before anything is asked of the server.
  const code = `K${makeCode(randomBytes(SCANNED_LENGTH), SCANNED_LENGTH)}`
  const typed = await freeTypedCode(tx, 'card', CARD_TYPED_LENGTH)
  const expiresAt = at + CARD_MS
  await tx.execute(sql`
    INSERT INTO card (id, code_hash, finder, typed_hash, name, role, region, by_person, made_at, expires_at)
    VALUES (${id}, ${codeHash(context.keys, code)}, ${typed.slice(0, FINDER_LENGTH)}, ${codeHash(context.keys, typed)}, ${one.name},
            ${one.role}, ${one.region}, ${by}, ${at}, ${expiresAt})`)
  await writeEvent(tx, at, {
    action: 'card.create',
    actor: by,
    objectId: id,
    region: one.region,
    outcome: 'ok',
    reason: one.role,
  })
  return {
    id,
    name: one.name,
    role: one.role,
    regionName: await regionName(tx, one.region),
    typed: groupCode(typed),
    link: entryLink(context.origin, code),
    expiresAt,
  }
}

/** Makes a batch of cards to print, all or none; each code is shown once. @param by null: the operator at the command line */
export async function makeCards(
  tx: Tx,
  context: AccountsContext,
  by: Id | null,
  orders: readonly CardOrder[],
): Promise<Result<CardMade[], InviteRefusal>> {
  for (const one of orders) {
    if (!CARD_ROLES.includes(one.role)) return refuse('not-allowed')
    const allowed = await checkInvite(tx, context, by, { ...one, person: null })
    if (!allowed.ok) return allowed
  }
  const cards: CardMade[] = []
  for (const one of orders) cards.push(await makeCard(tx, context, by, one))
  return accept(cards)
}

/** How long what a phone was given to keep stays good. */
const KEEP_MS = 30 * 60_000

/**
 * What the phone must write to its own database, read back and show: without it a card is never used up, so that a previewing
 * browser that keeps nothing cannot use it.
 */
function keepFor(keys: AccountKeys, card: Id, at: number): string {
  const stamp = at.toString(36)
  return `${stamp}.${createHmac('sha256', keys.codes).update(`keep ${card} ${stamp}`).digest('base64url')}`
}

function wasKept(keys: AccountKeys, card: Id, kept: string, at: number): boolean {
  const then = Number.parseInt(kept.split('.')[0] ?? '', 36)
  return Number.isFinite(then) && then <= at && at - then < KEEP_MS && kept === keepFor(keys, card, then)
}

/** Whose card it is. Changes nothing, however often it is asked. */
export async function lookAtCard(tx: Tx, context: AccountsContext, code: string) {
  const found = await findByCode(tx, context.keys, 'card', code, context.now())
  if (!found) return refuse('code-gone')
  const card = await rowOf<{ name: string; role: Role; region: string }>(
    tx,
    sql`SELECT name, role, region FROM card WHERE id = ${found.id} AND state = 'open'`,
  )
  if (!card) return refuse('code-gone')
  return accept({
    name: card.name,
    role: card.role,
    regionName: await regionName(tx, card.region),
    keep: keepFor(context.keys, found.id, context.now()),
  })
}

interface CardRow extends Record<string, unknown> {
  id: Id
  name: string
  role: Role
  region: string
  by_person: Id
  state: string
  token_hash: string | null
  device: number | null
}

export interface CardUse {
  code: string
  kept: string
  deviceKey: string | null
  device: number | null
}

export interface CardEntered {
  person: Id
  device: number
  token: string
}

/**
 * The person said yes on a phone that keeps things: the card is used up, and the phone may write at once, seeing only its own
 * work until somebody confirms it. The same phone may ask again when the answer was lost; another finds the card gone.
 */
export async function confirmCard(
  tx: Tx,
  context: AccountsContext,
  use: CardUse,
): Promise<Result<CardEntered, 'code-gone' | 'not-kept'>> {
  const at = context.now()
  const found = await findByCode(tx, context.keys, 'card', use.code, at)
  if (!found) return refuse('code-gone')
  if (!wasKept(context.keys, found.id, use.kept, at)) return refuse('not-kept')
  const token = createHmac('sha256', context.keys.successors)
    .update(`card ${found.id} ${use.kept}`)
    .digest('base64url')
  const card = await rowOf<CardRow>(
    tx,
    sql`SELECT id, name, role, region, by_person, state, token_hash, device FROM card WHERE id = ${found.id}`,
  )
  if (card?.state === 'used' && card.token_hash === tokenHash(token) && card.device !== null) {
    const owner = await rowOf<{ person: Id }>(
      tx,
      sql`SELECT a.person FROM device d JOIN account a ON a.id = d.account WHERE d.id = ${card.device}`,
    )
    return owner ? accept({ person: owner.person, device: card.device, token }) : refuse('code-gone')
  }
  if (card?.state !== 'open') return refuse('code-gone')
  return accept(await useUp(tx, context, card, use, token))
}

async function useUp(
  tx: Tx,
  context: AccountsContext,
  card: CardRow,
  use: CardUse,
  token: string,
): Promise<CardEntered> {
  const at = context.now()
  const person = await addPerson(tx, context, card.name)
  await beginPost(tx, context, card.by_person, { person, role: card.role, region: card.region })
  const device = await enterDevice(tx, context, {
    person,
    sort: 'phone',
    state: 'provisional',
    publicKey: use.deviceKey,
    known: null,
  })
  await openSessionByHash(tx, at, { person, device, sort: 'phone' }, tokenHash(token))
  await tx.execute(
    sql`UPDATE card SET state = 'used', token_hash = ${tokenHash(token)}, device = ${device} WHERE id = ${card.id}`,
  )
  await writeEvent(tx, at, {
    action: 'card.use',
    actor: person,
    device,
    objectId: card.id,
    region: card.region,
    outcome: 'ok',
  })
  return { person, device, token }
}

/** Takes a card back, by anybody who could have made it. */
export async function voidCard(
  tx: Tx,
  context: AccountsContext,
  by: Id,
  id: Id,
): Promise<Result<true, 'gone'>> {
  const card = await rowOf<{ role: Role; region: string }>(
    tx,
    sql`SELECT role, region FROM card WHERE id = ${id} AND state = 'open' FOR UPDATE`,
  )
  const held = await appointmentsOf(tx, by)
  if (!card || !mayInvite(held, card.role, card.region, today(context))) return refuse('gone')
  await tx.execute(sql`UPDATE card SET state = 'voided' WHERE id = ${id}`)
  await writeEvent(tx, context.now(), {
    action: 'card.void',
    actor: by,
    objectId: id,
    region: card.region,
    outcome: 'ok',
  })
  return accept(true)
}
