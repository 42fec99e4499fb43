import { sql } from 'drizzle-orm'
import { isValidOn, type Grant, type Rights } from '#domain/access/grant.ts'
import { provisionalRights } from '#domain/access/provisional.ts'
import type { Role } from '#domain/access/role.ts'
import type { Id } from '#domain/id.ts'
import { codeOf, parentOf, townshipOf, type RegionPrefix } from '#domain/region/code.ts'
import type { Day } from '#domain/time/day.ts'
import type { Me } from '#sync/protocol/wire.ts'
import type { Tx } from '../database/database.ts'
import { contactsAround } from './contacts.ts'
import { inAccounts, rowOf, rowsOf, today, type AccountsContext } from './context.ts'
import { openedOf } from './emergency-list.ts'
import { arrivalsOf } from './own-devices.ts'

interface GrantRow extends Record<string, unknown> {
  role: Role
  region: string
  lanes: Grant['lanes']
  view: Grant['view']
  from_day: string
  to_day: string | null
  organisation: string
}

const grantRows = (tx: Tx, person: Id): Promise<GrantRow[]> =>
  rowsOf<GrantRow>(
    tx,
    sql`SELECT role, region, to_json(lanes) AS lanes, view, from_day::text AS from_day, to_day::text AS to_day, organisation
        FROM role_grant WHERE person = ${person} ORDER BY length(region) DESC, region, role, from_day, view`,
  )

const grantOf = (row: GrantRow): Grant => ({
  role: row.role,
  region: row.region,
  lanes: row.lanes,
  view: row.view,
  from: row.from_day,
  to: row.to_day,
})

/** Every right a person ever had, ended ones with their last day; cut down while their device is provisional. */
export async function rightsOf(tx: Tx, person: Id, provisional: boolean): Promise<Rights> {
  const grants = (await grantRows(tx, person)).map(grantOf)
  const records = await rowsOf<{ record: Id; from_day: string; to_day: string | null }>(
    tx,
    sql`SELECT record, from_day::text AS from_day, to_day::text AS to_day FROM record_grant WHERE person = ${person}`,
  )
  const rights = {
    person,
    grants,
    records: records.map((one) => ({ id: one.record, from: one.from_day, to: one.to_day })),
  }
  return provisional ? provisionalRights(rights) : rights
}

/** Days of grants that can have begun or ended before two revisions are taken for one. */
const DAYS_APART = 1024

/**
 * The number that a phone compares to know whether its idea of itself is old. It differs too when a grant began or ended by its days,
 * although nobody did anything (D-27).
 */
export async function scopeRevOf(tx: Tx, person: Id, day: Day): Promise<number> {
  const row = await rowOf<{ rev: number; passed: number }>(
    tx,
    sql`SELECT coalesce((SELECT rev FROM scope_rev WHERE person = ${person}), 1) AS rev,
          (SELECT count(*) FILTER (WHERE from_day <= ${day}) + count(*) FILTER (WHERE to_day < ${day})
           FROM (SELECT from_day, to_day FROM role_grant WHERE person = ${person}
                 UNION ALL SELECT from_day, to_day FROM record_grant WHERE person = ${person}) AS held) AS passed`,
  )
  return (row?.rev ?? 1) * DAYS_APART + ((row?.passed ?? 0) % DAYS_APART)
}

/** A prefix and all units above it. */
function upwards(region: RegionPrefix): RegionPrefix[] {
  const above = parentOf(region)
  return above === null ? [region] : [region, ...upwards(above)]
}

type Names = { name: string; short: string }

/** The regions of posts with what lies above them, and all villages of their townships, so that a form can offer them offline. */
async function regionsAround(tx: Tx, posts: readonly RegionPrefix[]): Promise<Map<string, Names>> {
  const codes = [...new Set(posts.flatMap(upwards))].map(codeOf)
  const townships = [...new Set(posts.filter((one) => one.length >= 9).map(townshipOf))]
  const rows = await rowsOf<Names & { code: string }>(
    tx,
    sql`SELECT code, name, short FROM region
        WHERE valid_to IS NULL AND (code IN ${[...codes, '']} OR left(code, 9) IN ${[...townships, '']}) ORDER BY code`,
  )
  return new Map(rows.map((one) => [one.code, { name: one.name, short: one.short }]))
}

interface Head {
  name: string
  mark: string
  posts: GrantRow[]
  regions: Map<string, Names>
}

async function headOf(tx: Tx, context: AccountsContext, person: Id, device: number | null): Promise<Head> {
  const row = await rowOf<{ name: string; mark: string | null }>(
    tx,
    sql`SELECT p.name, d.mark FROM person p LEFT JOIN device d ON d.id = ${device} WHERE p.id = ${person}`,
  )
  const day = today(context)
  const valid = (await grantRows(tx, person)).filter((one) => isValidOn(grantOf(one), day))
  const posts = valid.filter(
    (one, i) => valid.findIndex((other) => other.role === one.role && other.region === one.region) === i,
  )
  return {
    name: row?.name ?? '',
    mark: row?.mark ?? '',
    posts,
    regions: await regionsAround(
      tx,
      posts.map((one) => one.region),
    ),
  }
}

export interface Asked {
  person: Id
  device: number | null
  provisional: boolean
}

/** Who somebody is and what a phone must know of the world around them to work for months without a network. */
export async function buildMe(context: AccountsContext, asked: Asked): Promise<Me> {
  const { head, rights, arrivals, opened } = await inAccounts(context, async (tx) => ({
    head: await headOf(tx, context, asked.person, asked.device),
    rights: await rightsOf(tx, asked.person, asked.provisional),
    // A phone that nobody has confirmed says nothing of what else its person has.
    arrivals: asked.provisional ? [] : await arrivalsOf(tx, asked),
    opened: asked.provisional ? [] : await openedOf(tx, asked.person, context.now()),
  }))
  const villages = head.posts.map((one) => codeOf(one.region))
  return {
    person: asked.person,
    name: head.name,
    mark: head.mark,
    provisional: asked.provisional,
    posts: head.posts.map((one) => ({
      role: one.role,
      region: one.region,
      regionName: head.regions.get(codeOf(one.region))?.name ?? '',
      organisation: one.organisation,
    })),
    grants: [...rights.grants],
    regions: [...head.regions].map(([code, names]) => ({ code, ...names })),
    contacts: await contactsAround(context.database, villages, today(context)),
    sponsor: context.sponsor,
    filingNo: context.filingNo,
    origin: context.origin,
    orderKeys: [context.orders.shown],
    ...(arrivals.length > 0 ? { arrivals } : {}),
    ...(opened.length > 0 ? { opened } : {}),
  }
}
