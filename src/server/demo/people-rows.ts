import { sql } from 'drizzle-orm'
import { grantsOf } from '#domain/access/appointed.ts'
import type { Rights } from '#domain/access/grant.ts'
import type { Region } from '#domain/region/region.ts'
import type { Database, Tx } from '../database/database.ts'
import type { Writer } from './planned.ts'
import { idFor } from './random.ts'

/** Before anything in the world was written down, so that every edit of the past was within its writer's rights. */
const POSTS_FROM = '2005-01-01'

/** A writer with the device that hands in the past. */
export interface Seat {
  writer: Writer
  device: number
  rights: Rights
}

const appointments = (writer: Writer) =>
  writer.posts.map(({ role, region }) => ({ role, region, from: POSTS_FROM, to: null }))

export async function putRegions(tx: Tx, regions: readonly Region[]): Promise<void> {
  const rows = JSON.stringify(
    regions.map(({ code, name, short, order }) => ({ code, name, short, ord: order })),
  )
  await tx.execute(sql`
    INSERT INTO region (code, name, short, ord)
    SELECT r.code, r.name, r.short, r.ord FROM jsonb_to_recordset(${rows}::jsonb) AS r(code text, name text, short text, ord integer)
    ON CONFLICT (code) DO UPDATE SET name = excluded.name, short = excluded.short, ord = excluded.ord`)
}

async function putAccounts(tx: Tx, writers: readonly Writer[], at: number): Promise<void> {
  const people = JSON.stringify(
    writers.map((one) => ({ person: one.person, name: one.name, account: idFor(`account:${one.key}`, at) })),
  )
  await tx.execute(sql`
    INSERT INTO person (id, name) SELECT r.person, r.name FROM jsonb_to_recordset(${people}::jsonb) AS r(person uuid, name text)`)
  await tx.execute(sql`
    INSERT INTO account (id, person, demo)
    SELECT r.account, r.person, true FROM jsonb_to_recordset(${people}::jsonb) AS r(person uuid, account uuid)`)
  await tx.execute(sql`
    INSERT INTO scope_rev (person, rev) SELECT r.person, 1 FROM jsonb_to_recordset(${people}::jsonb) AS r(person uuid)`)
}

async function putGrants(tx: Tx, writers: readonly Writer[]): Promise<void> {
  const grants = writers.flatMap((one) =>
    one.posts.flatMap((post) =>
      grantsOf([{ role: post.role, region: post.region, from: POSTS_FROM, to: null }]).map((grant) => ({
        person: one.person,
        role: grant.role,
        region: grant.region,
        lanes: grant.lanes,
        view: grant.view,
        organisation: post.organisation,
      })),
    ),
  )
  await tx.execute(sql`
    INSERT INTO role_grant (person, role, region, lanes, view, from_day, organisation)
    SELECT r.person, r.role, r.region, ARRAY(SELECT jsonb_array_elements_text(r.lanes)), r.view, ${POSTS_FROM}, r.organisation
    FROM jsonb_to_recordset(${JSON.stringify(grants)}::jsonb)
      AS r(person uuid, role text, region text, lanes jsonb, view text, organisation text)`)
}

/** One old phone or desk for each writer, with its letter for paper numbers. */
async function putDevices(tx: Tx, writers: readonly Writer[]): Promise<Map<string, number>> {
  const rows = JSON.stringify(
    writers.map(({ person, mark, village, key }) => ({
      person,
      mark,
      village,
      sort: key.startsWith('clerk:') ? 'desk' : 'phone',
    })),
  )
  const made = await tx.execute<{ id: number; person: string }>(sql`
    INSERT INTO device (account, state, mark, village, sort)
    SELECT a.id, 'confirmed', r.mark, r.village, r.sort
    FROM jsonb_to_recordset(${rows}::jsonb) AS r(person uuid, mark text, village text, sort text) JOIN account a ON a.person = r.person
    RETURNING id, (SELECT person FROM account WHERE account.id = device.account) AS person`)
  return new Map(made.rows.map((one) => [one.person, one.id]))
}

/** Puts regions, people, posts and devices of the world down, in one transaction. */
export function putPeople(
  database: Database,
  regions: readonly Region[],
  writers: readonly Writer[],
  at: number,
): Promise<Map<string, Seat>> {
  return database.as('accounts', {}, async (tx) => {
    await putRegions(tx, regions)
    await putAccounts(tx, writers, at)
    await putGrants(tx, writers)
    const devices = await putDevices(tx, writers)
    return new Map(
      writers.map((writer) => {
        const device = devices.get(writer.person)
        if (device === undefined) throw new Error('a writer without a device')
        const rights: Rights = { person: writer.person, grants: grantsOf(appointments(writer)), records: [] }
        return [writer.key, { writer, device, rights }]
      }),
    )
  })
}
