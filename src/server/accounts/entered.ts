import { sql } from 'drizzle-orm'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Id } from '#domain/id.ts'
import type { SessionSort } from '#domain/account/session.ts'
import type { Entered } from '#sync/protocol/accounts.ts'
import { inAccounts, rowOf, today, type AccountsContext } from './context.ts'
import { tokenCookies } from './cookies.ts'
import { doorOf } from './dropper.ts'
import { addCookies } from './identify.ts'
import { buildMe, scopeRevOf } from './me.ts'

/** Who somebody is on this device, with the identity of the server's history. */
export async function enteredAs(
  context: AccountsContext,
  who: { person: Id; device: number; provisional: boolean },
): Promise<Entered> {
  const { epoch, scopeRev } = await inAccounts(context, async (tx) => ({
    epoch: (await rowOf<{ epoch: string }>(tx, sql`SELECT epoch FROM mb_open_history()`))?.epoch ?? '',
    scopeRev: await scopeRevOf(tx, who.person, today(context)),
  }))
  const door = doorOf(context.dropbox, who.device)
  return { me: await buildMe(context, who), device: who.device, epoch, scopeRev, door }
}

/** Puts a session on the browser and says who it is now. */
export async function letEnter(
  context: AccountsContext,
  call: { request: FastifyRequest; reply: FastifyReply },
  who: { person: Id; device: number; token: string; provisional: boolean; sort: SessionSort },
): Promise<Entered> {
  addCookies(call.reply, tokenCookies(context, call.request, who))
  return enteredAs(context, who)
}
