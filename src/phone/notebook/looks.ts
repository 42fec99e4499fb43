import { dayOf } from '#domain/time/day.ts'
import { LookSchema, MOST_LOOKS, type Look } from '#sync/protocol/looks.ts'
import * as v from 'valibot'
import type { Opened } from '../api.ts'
import type { ReadTable } from '../database/tables.ts'
import type { MetaRow } from '../database/rows.ts'
import { checkFence } from '../engine/lease.ts'
import { boundTo, openJson } from '../seal/box.ts'
import { metaBox, newId, type Context } from './context.ts'

/** Names of the rows that hold them, each sealed: one look, one row, so that two pages never write over each other. */
const LOOKS = { from: 'look/', to: 'look/\uffff' } as const

/** Kinds in which people stand. */
const OF_PEOPLE: readonly string[] = ['dispute', 'meeting', 'lead', 'service']

/** More than this are not kept: who never comes near a network shall still be able to work. */
const MOST_KEPT = 2000

async function keep(ctx: Context, look: Look): Promise<void> {
  const row = await metaBox(ctx, `${LOOKS.from}${newId(ctx.ports)}`, look)
  await ctx.tables.write(['meta'], 'strict', async ({ meta }) => {
    const kept = await meta.keys(LOOKS)
    if (kept.length >= MOST_KEPT) await meta.deleteMany(kept.slice(0, kept.length - MOST_KEPT + 1))
    await meta.put(row)
  })
}

export interface Looks {
  /** A record was opened: noted once a day and page where somebody else wrote it. Never rejects. */
  opened(one: Pick<Opened, 'kind' | 'id' | 'region' | 'body'>): Promise<void>
  /** A whole telephone number is about to be shown: only once this resolves it may be. */
  revealed(one: Pick<Opened, 'kind' | 'id' | 'region'>): Promise<void>
}

/** What somebody looked at on this phone, kept until the server has taken note of it (TR-51). */
export function looksOf(ctx: Context): Looks {
  const seen = new Set<string>()
  const look = (one: Pick<Opened, 'kind' | 'id' | 'region'>, what: Look[3]) =>
    keep(ctx, [one.kind, one.id, one.region, what, Math.max(0, Math.round(ctx.ports.clock.now()))])
  return {
    async opened(one) {
      const me = ctx.me?.person
      const isOwn = one.body['recordedBy'] === me || one.body['mediator'] === me
      const key = `${one.id} ${dayOf(ctx.ports.clock.now())}`
      if (!me || isOwn || !OF_PEOPLE.includes(one.kind) || seen.has(key)) return
      seen.add(key)
      await look(one, 'read').catch(() => void seen.delete(key))
    },
    revealed: (one) => look(one, 'phone'),
  }
}

/** The oldest that wait, inside a transaction. */
export const waitingLooks = (meta: ReadTable<'meta'>): Promise<MetaRow[]> =>
  meta.all({ ...LOOKS, limit: MOST_LOOKS })

/** What these rows say; one that nobody can read says nothing and goes with the others. */
export async function looksIn(ctx: Pick<Context, 'sealer'>, rows: readonly MetaRow[]): Promise<Look[]> {
  const read = await Promise.all(
    rows.map(({ name, box }) =>
      box ? openJson(ctx.sealer, boundTo('meta', name), box).catch(() => null) : null,
    ),
  )
  return read.flatMap((one) => (v.is(LookSchema, one) ? [one] : []))
}

/** The server has taken note. */
export async function forgetLooks(
  ctx: Context,
  names: readonly string[],
  fence: number | null,
): Promise<void> {
  if (names.length === 0) return
  await ctx.tables.write(['meta'], 'relaxed', async (tables) => {
    await checkFence(tables, fence)
    await tables.meta.deleteMany(names)
  })
}
