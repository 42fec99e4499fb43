import { sql } from 'drizzle-orm'
import { ROLES, type Role } from '#domain/access/role.ts'
import { grantsOf } from '#domain/access/appointed.ts'
import type { Appointment } from '#domain/account/invite.ts'
import type { Id } from '#domain/id.ts'
import { codeOf, type RegionPrefix } from '#domain/region/code.ts'
import type { Tx } from '../database/database.ts'
import { newId, rowOf, rowsOf, textArray, today, type AccountsContext } from './context.ts'

/** A person's name and region lists, rights or devices changed: every phone of theirs asks anew. */
export async function raiseScope(tx: Tx, person: Id): Promise<void> {
  await tx.execute(sql`
    INSERT INTO scope_rev (person, rev) VALUES (${person}, 1) ON CONFLICT (person) DO UPDATE SET rev = scope_rev.rev + 1`)
}

/** Writes down a person with an account; the id is a new one. */
export async function addPerson(tx: Tx, context: AccountsContext, name: string): Promise<Id> {
  const person = newId(context)
  await tx.execute(sql`INSERT INTO person (id, name) VALUES (${person}, ${name})`)
  await addAccount(tx, context, person)
  return person
}

/** Gives somebody already known an account, if they have none. Whoever enters during a demo belongs to it. */
async function addAccount(tx: Tx, context: AccountsContext, person: Id): Promise<void> {
  await tx.execute(sql`
    INSERT INTO account (id, person, demo) VALUES (${newId(context)}, ${person}, ${context.demo}) ON CONFLICT (person) DO NOTHING`)
  await tx.execute(
    sql`INSERT INTO scope_rev (person, rev) VALUES (${person}, 1) ON CONFLICT (person) DO NOTHING`,
  )
}

/** The appointments that hold or held, once each; grants of one appointment share role, region and days. */
export async function appointmentsOf(tx: Tx, person: Id): Promise<Appointment[]> {
  const rows = await rowsOf<{ role: Role; region: string; from_day: string; to_day: string | null }>(
    tx,
    sql`SELECT DISTINCT role, region, from_day::text AS from_day, to_day::text AS to_day FROM role_grant WHERE person = ${person}
        ORDER BY 1, 2, 3`,
  )
  return rows.map((one) => ({ role: one.role, region: one.region, from: one.from_day, to: one.to_day }))
}

/**
 * Appoints somebody from today until further notice. Does nothing when they hold that post already.
 * A role that brings no grants gets one row without lanes, so that the post itself is known.
 */
export async function appoint(
  tx: Tx,
  context: AccountsContext,
  person: Id,
  role: Role,
  region: RegionPrefix,
): Promise<void> {
  const from = today(context)
  const held = await appointmentsOf(tx, person)
  if (held.some((one) => one.role === role && one.region === region && (one.to === null || one.to >= from)))
    return
  const grants = grantsOf([{ role, region, from, to: null }])
  const rows =
    grants.length > 0 ? grants : [{ role, region, lanes: [], view: 'full' as const, from, to: null }]
  for (const one of rows)
    await tx.execute(sql`
      INSERT INTO role_grant (person, role, region, lanes, view, from_day)
      VALUES (${person}, ${role}, ${region}, ${textArray(one.lanes)}, ${one.view}, ${from})`)
  await raiseScope(tx, person)
}

/** Names of regions by twelve-digit code; a code nobody knows is missing. */
export async function regionNames(
  tx: Tx,
  codes: readonly string[],
): Promise<Map<string, { name: string; short: string }>> {
  if (codes.length === 0) return new Map()
  const rows = await rowsOf<{ code: string; name: string; short: string }>(
    tx,
    sql`SELECT code, name, short FROM region WHERE code = ANY (${textArray([...new Set(codes)])})`,
  )
  return new Map(rows.map((one) => [one.code, { name: one.name, short: one.short }]))
}

/** The name of a prefix's unit, '' when the region table does not know it. */
export async function regionName(tx: Tx, region: RegionPrefix): Promise<string> {
  return (await regionNames(tx, [codeOf(region)])).get(codeOf(region))?.name ?? ''
}

/** Whether the unit is in the region table: nobody is appointed to a place that does not exist. */
export async function regionExists(tx: Tx, region: RegionPrefix): Promise<boolean> {
  return (await rowOf(tx, sql`SELECT 1 AS yes FROM region WHERE code = ${codeOf(region)}`)) !== null
}

/** Whether any of the posts is an office with a desk. */
export const holdsDesk = (held: readonly Appointment[], day: string): boolean =>
  held.some((one) => ROLES[one.role].desk && one.from <= day && (one.to === null || day <= one.to))

/** Names of people; somebody nobody knows is missing. */
export async function namesOf(tx: Tx, people: readonly Id[]): Promise<Map<Id, string>> {
  if (people.length === 0) return new Map()
  const rows = await rowsOf<{ id: Id; name: string }>(
    tx,
    sql`SELECT id, name FROM person WHERE id IN (SELECT value::uuid FROM jsonb_array_elements_text(${JSON.stringify(people)}::jsonb))`,
  )
  return new Map(rows.map((one) => [one.id, one.name]))
}

/** Names of the people whose devices these are, by the device's number; one nobody knows is missing. */
export async function namesOfDevices(tx: Tx, devices: readonly number[]): Promise<Map<number, string>> {
  if (devices.length === 0) return new Map()
  const rows = await rowsOf<{ id: number; name: string }>(
    tx,
    sql`SELECT d.id, p.name FROM device d JOIN account a ON a.id = d.account JOIN person p ON p.id = a.person
      WHERE d.id IN (SELECT value::bigint FROM jsonb_array_elements_text(${JSON.stringify([...new Set(devices)])}::jsonb))`,
  )
  return new Map(rows.map((one) => [one.id, one.name]))
}
