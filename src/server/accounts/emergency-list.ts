import { sql } from 'drizzle-orm'
import type { Id } from '#domain/id.ts'
import { codeOf } from '#domain/region/code.ts'
import type { Emergency } from '#sync/protocol/accounts.ts'
import type { Me } from '#sync/protocol/wire.ts'
import type { Tx } from '../database/database.ts'
import { rowOf, rowsOf, today, type AccountsContext } from './context.ts'
import { COLUMNS, note, placesOf, type Row } from './emergency.ts'
import { appointmentsOf, namesOf, raiseScope, regionNames } from './people.ts'

/** How long a request stays on the list of those who have to know. */
const LISTED_MS = 30 * 24 * 60 * 60_000

const stateOf = (row: Row, at: number): Emergency['state'] => {
  if (row.until_at <= at) return 'over'
  return row.opened_at === null ? 'waiting' : 'open'
}

/** What was asked in the caller's places within a month, the newest first. Which file it is, only who asked is told, and while it is open. */
export async function listEmergencies(tx: Tx, context: AccountsContext, caller: Id): Promise<Emergency[]> {
  const at = context.now()
  const places = placesOf(await appointmentsOf(tx, caller), ['coordinator', 'administrator'], today(context))
  const inside = places.map((one) => sql`starts_with(region, ${one})`)
  const rows = await rowsOf<Row>(
    tx,
    sql`SELECT ${COLUMNS} FROM emergency
        WHERE asked_at > ${at - LISTED_MS} AND (${inside.length === 0 ? sql`false` : sql.join(inside, sql` OR `)})
        ORDER BY asked_at DESC, id LIMIT 200`,
  )
  const names = await namesOf(
    tx,
    rows.map((one) => one.person),
  )
  const regions = await regionNames(
    tx,
    rows.map((one) => codeOf(one.region)),
  )
  return rows.map((one) => {
    const state = stateOf(one, at)
    const mine = one.person === caller
    return {
      id: one.id,
      regionName: regions.get(codeOf(one.region))?.name ?? '',
      name: names.get(one.person) ?? '',
      reason: one.reason,
      askedAt: one.asked_at,
      until: one.until_at,
      state,
      mine,
      record: mine && state === 'open' ? one.record : null,
    }
  })
}

/** The files that are open to somebody at this moment. */
export async function openTo(tx: Tx, person: Id, at: number): Promise<Id[]> {
  const rows = await rowsOf<{ record: Id }>(
    tx,
    sql`SELECT record FROM emergency WHERE person = ${person} AND until_at > ${at} AND opened_at IS NOT NULL`,
  )
  return rows.map((one) => one.record)
}

/** Files of somebody that were opened so, and of which they have not yet said that they know. */
export async function openedOf(tx: Tx, person: Id, at: number): Promise<NonNullable<Me['opened']>> {
  const rows = await rowsOf<Row & { name: string }>(
    tx,
    sql`SELECT e.id, e.record, e.reason, e.opened_at, e.until_at, p.name FROM emergency e JOIN person p ON p.id = e.person
        WHERE ${person}::uuid = ANY (e.owners) AND NOT ${person}::uuid = ANY (e.seen_by) AND e.opened_at > ${at - LISTED_MS} ORDER BY e.opened_at`,
  )
  return rows.map(({ id, record, name, reason, opened_at, until_at }) => ({
    id,
    record,
    name,
    reason,
    at: opened_at ?? 0,
    until: until_at,
  }))
}

/** Its person knows. @returns whether there was such a thing to know */
export async function noteTold(tx: Tx, context: AccountsContext, person: Id, id: Id): Promise<boolean> {
  const row = await rowOf<{ record: Id; region: string }>(
    tx,
    sql`UPDATE emergency SET seen_by = array_append(array_remove(seen_by, ${person}::uuid), ${person}::uuid)
        WHERE id = ${id} AND ${person}::uuid = ANY (owners) AND opened_at IS NOT NULL RETURNING record, region`,
  )
  if (!row) return false
  await raiseScope(tx, person)
  await note(tx, context.now(), { action: 'emergency.told', actor: person, ...row })
  return true
}
