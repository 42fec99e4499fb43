import { sql, type SQL } from 'drizzle-orm'
import { isValidOn } from '#domain/access/grant.ts'
import type { Role } from '#domain/access/role.ts'
import { regionsInvited, rolesToOffer } from '#domain/account/invite.ts'
import type { Id } from '#domain/id.ts'
import { codeOf, prefixOf, type RegionPrefix } from '#domain/region/code.ts'
import type { People } from '#sync/protocol/accounts.ts'
import type { Tx } from '../database/database.ts'
import { rowsOf, today, type AccountsContext } from './context.ts'
import { appointmentsOf, regionNames } from './people.ts'

const MOST_PEOPLE = 2000

const inside = (column: SQL, prefixes: readonly RegionPrefix[]): SQL =>
  prefixes.length === 0
    ? sql`false`
    : sql.join(
        prefixes.map((one) => sql`starts_with(${column}, ${one})`),
        sql` OR `,
      )

interface PostRow extends Record<string, unknown> {
  person: Id
  name: string
  role: Role
  region: string
  closed: boolean
}

/** Somebody who has left, with a phone that is neither shut out nor emptied: the office may still have to do something about it. */
const hasPhoneOut = sql`EXISTS (
  SELECT 1 FROM device d
    LEFT JOIN LATERAL (SELECT sort, obeyed_at FROM device_order WHERE device = d.id ORDER BY n DESC LIMIT 1) o ON true
  WHERE d.account = a.id AND d.sort = 'phone' AND d.state <> 'revoked'
    AND NOT coalesce(o.sort = 'wipe-after-drain' AND o.obeyed_at IS NOT NULL, false))`

/**
 * Everybody with a post in these regions today, and who has left with a phone that is still out: one row per post.
 * Names and posts only, never when or how often somebody came.
 */
const postRows = (tx: Tx, prefixes: readonly RegionPrefix[], day: string): Promise<PostRow[]> =>
  rowsOf<PostRow>(
    tx,
    sql`SELECT DISTINCT g.person, p.name, g.role, g.region, coalesce(a.state = 'disabled', false) AS closed
        FROM role_grant g JOIN person p ON p.id = g.person LEFT JOIN account a ON a.person = g.person
        WHERE (${inside(sql`g.region`, prefixes)}) AND g.from_day <= ${day}
          AND CASE WHEN a.state = 'disabled' THEN ${hasPhoneOut} ELSE g.to_day IS NULL OR g.to_day >= ${day} END
        ORDER BY g.region, p.name, g.person, g.role LIMIT ${MOST_PEOPLE}`,
  )

type DeviceRow = { person: Id } & People['people'][number]['devices'][number]

/** How long a phone that came counts as new to the office. */
const NEW_MS = 7 * 24 * 60 * 60_000

const deviceRows = (tx: Tx, prefixes: readonly RegionPrefix[], at: number): Promise<DeviceRow[]> =>
  rowsOf<DeviceRow>(
    tx,
    sql`SELECT a.person, d.id AS device, d.mark, d.state, o.sort AS order, o.obeyed_at IS NOT NULL AS obeyed,
          coalesce(d.made_at, 0) > ${at - NEW_MS} AS "isNew"
        FROM device d JOIN account a ON a.id = d.account
          LEFT JOIN LATERAL (SELECT sort, obeyed_at FROM device_order WHERE device = d.id ORDER BY n DESC LIMIT 1) o ON true
        WHERE d.sort = 'phone' AND a.person IN (SELECT g.person FROM role_grant g WHERE ${inside(sql`g.region`, prefixes)})
        ORDER BY d.id`,
  )

/** The own units and those below, with the roles that may be given there. */
async function offers(tx: Tx, context: AccountsContext, caller: Id): Promise<People['regions']> {
  const held = await appointmentsOf(tx, caller)
  const own = regionsInvited(held, today(context))
  const rows = await rowsOf<{ code: string; name: string }>(
    tx,
    sql`SELECT code, name FROM region WHERE (${inside(sql`code`, own)}) AND valid_to IS NULL ORDER BY code LIMIT 5000`,
  )
  return rows
    .map((one) => ({
      region: prefixOf(one.code),
      name: one.name,
      roles: rolesToOffer(held, prefixOf(one.code), today(context)),
    }))
    .filter((one) => one.roles.length > 0)
}

/** The people of the caller's regions with the state of their phones, cards not yet used, and what may be offered where. */
export async function listPeople(tx: Tx, context: AccountsContext, caller: Id): Promise<People> {
  const held = await appointmentsOf(tx, caller)
  const own = regionsInvited(
    held.filter((one) => isValidOn(one, today(context))),
    today(context),
  )
  const posts = await postRows(tx, own, today(context))
  const devices = await deviceRows(tx, own, context.now())
  const cards = await rowsOf<{ id: Id; name: string; role: Role; region: string; expires_at: number }>(
    tx,
    sql`SELECT id, name, role, region, expires_at FROM card
        WHERE state = 'open' AND expires_at > ${context.now()} AND (${inside(sql`region`, own)}) ORDER BY made_at`,
  )
  const names = await regionNames(
    tx,
    [...posts, ...cards].map((one) => codeOf(one.region)),
  )
  const nameOf = (region: RegionPrefix) => names.get(codeOf(region))?.name ?? ''
  const people = new Map<Id, People['people'][number]>()
  for (const one of posts) {
    const { person: id, name, closed } = one
    const entry = people.get(id) ?? { id, name, closed, posts: [], devices: [] }
    entry.posts.push({ role: one.role, region: one.region, regionName: nameOf(one.region) })
    people.set(one.person, entry)
  }
  for (const { person, ...device } of devices) people.get(person)?.devices.push(device)
  return {
    people: [...people.values()],
    cards: cards.map((one) => ({
      id: one.id,
      name: one.name,
      role: one.role,
      regionName: nameOf(one.region),
      expiresAt: one.expires_at,
    })),
    regions: await offers(tx, context, caller),
  }
}
