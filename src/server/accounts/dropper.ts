import { createHmac } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { FastifyRequest } from 'fastify'
import type { Rights } from '#domain/access/grant.ts'
import type { Id } from '#domain/id.ts'
import type { SignedDirective } from '#sync/protocol/directive.ts'
import { doorText, type Door } from '#sync/protocol/dropbox.ts'
import type { DropboxKeys } from '../services/dropbox/dropbox-keys.ts'
import { inAccounts, rowOf, type AccountsContext } from './context.ts'
import { rightsOf } from './me.ts'
import { directivesFor, standingOrder } from './orders.ts'

/** An installation that hands in without a session, as the word it was given says. */
export interface Dropper {
  person: Id
  device: number
  rights: Rights
  provisional: boolean
  /** Whether what it hands in is taken as always; else the phone was shut out or its person has left, and it is set aside. */
  good: boolean
  /** What the office ordered of it and it has not yet obeyed. */
  directives: readonly SignedDirective[]
}

/** The word of a request. */
const shown = (request: FastifyRequest): string =>
  /^Bearer ([A-Za-z0-9_.-]{1,200})$/.exec(request.headers.authorization ?? '')?.[1] ?? ''

/** Who hands in, looked up at every request. null: no such word. */
export async function findDropper(
  context: AccountsContext,
  request: FastifyRequest,
): Promise<Dropper | null> {
  const device = context.dropbox.deviceOf(shown(request))
  return device === null ? null : dropperOf(context, device)
}

/** What an installation may hand in without a session, as of now. null: there is no such one. */
export async function dropperOf(context: AccountsContext, device: number): Promise<Dropper | null> {
  return inAccounts(context, async (tx) => {
    const row = await rowOf<{ person: Id; state: string; account_state: string; demo: boolean }>(
      tx,
      sql`SELECT a.person, d.state, a.state AS account_state, a.demo
          FROM device d JOIN account a ON a.id = d.account WHERE d.id = ${device}`,
    )
    if (!row || (row.demo && !context.demo)) return null
    const provisional = row.state === 'provisional'
    return {
      person: row.person,
      device,
      provisional,
      rights: await rightsOf(tx, row.person, provisional),
      good: row.state !== 'revoked' && row.account_state === 'active',
      directives: directivesFor(context, device, await standingOrder(tx, device)),
    }
  })
}

/**
 * What an installation needs for handing in while it is locked.
 * @param held the word it has already: the key is vouched for under it, so that a phone takes another key only from who gave it the first
 */
export function doorOf(keys: DropboxKeys, device: number, held: string = ''): Door {
  const key = keys.current.point.toString('base64url')
  const word = keys.deviceOf(held) === device ? held : keys.tokenOf(device)
  return {
    key,
    token: keys.tokenOf(device),
    mac: createHmac('sha256', word).update(doorText(key)).digest('base64url'),
  }
}

/** The word that a signed-in phone shows when it asks for its door again. */
export const heldWord = shown
