import { sql } from 'drizzle-orm'
import { isValidOn } from '#domain/access/grant.ts'
import type { Role } from '#domain/access/role.ts'
import type { Appointment } from '#domain/account/invite.ts'
import { readPaperNumber } from '#domain/dispute/paper-number.ts'
import type { Id } from '#domain/id.ts'
import type { County, RegionPrefix } from '#domain/region/code.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import type { Tx } from '../database/database.ts'
import { writeEvent } from './audit.ts'
import { newId, rowOf, textArray, today, type AccountsContext } from './context.ts'
import { countTry, forgive, guardKey } from './guard.ts'
import { appointmentsOf, namesOf, raiseScope } from './people.ts'

const HOUR_MS = 60 * 60_000
/** How long a second person may still say yes, and for how long the file is open then. */
const ASKED_MS = 24 * HOUR_MS
const OPEN_MS = 24 * HOUR_MS

export type EmergencyRefusal = 'not-there' | 'not-marked' | 'need-second'

/** Where somebody holds one of these posts today. */
export const placesOf = (
  held: readonly Appointment[],
  roles: readonly Role[],
  day: string,
): RegionPrefix[] => [
  ...new Set(held.filter((one) => roles.includes(one.role) && isValidOn(one, day)).map((one) => one.region)),
]

interface Found extends Record<string, unknown> {
  id: Id
  region: string
  owners: Id[]
  marked: boolean
}

async function find(
  tx: Tx,
  places: readonly RegionPrefix[],
  asked: { county: County; id: Id | null; paperNo: string },
): Promise<Found | null> {
  for (const place of places) {
    if (!place.startsWith(asked.county) && !asked.county.startsWith(place)) continue
    const found = await rowOf<Found>(
      tx,
      sql`SELECT id, region, to_json(owners) AS owners, marked FROM mb_in_danger(${asked.county}, ${place}, ${asked.id}, ${readPaperNumber(asked.paperNo)})`,
    )
    if (found) return found
  }
  return null
}

/**
 * Asks to read one file of the own region that is not one's duty, because somebody is in danger: only one that is marked so, and only
 * once a second person has agreed (TR-25). What is behind the closed door is found by its number in the paper book; too many numbers
 * that are not there make wait.
 * @returns the request's id; a request that still waits is the same one
 */
export async function askEmergency(
  tx: Tx,
  context: AccountsContext,
  caller: Id,
  asked: { county: County; id: Id | null; paperNo: string; reason: string },
): Promise<Result<Id, EmergencyRefusal> | { ok: false; reason: 'wait'; waitMs: number }> {
  const key = guardKey(context, `emergency ${caller}`, null)
  const byNumber = asked.id === null
  const { wait } = byNumber ? await countTry(tx, context, key) : { wait: 0 }
  if (wait > 0) return { ok: false, reason: 'wait', waitMs: wait }
  const places = placesOf(await appointmentsOf(tx, caller), ['coordinator'], today(context))
  const found = await find(tx, places, asked)
  if (!found || (!found.marked && byNumber)) return refuse('not-there')
  if (!found.marked) return refuse('not-marked')
  if (byNumber) await forgive(tx, key)
  const at = context.now()
  const waiting = await rowOf<{ id: Id }>(
    tx,
    sql`SELECT id FROM emergency WHERE person = ${caller} AND record = ${found.id} AND until_at > ${at}`,
  )
  if (waiting) return accept(waiting.id)
  const id = newId(context)
  // Who mediates may be a name in the register that no account belongs to.
  const owners = [...(await namesOf(tx, found.owners)).keys()]
  await tx.execute(sql`
    INSERT INTO emergency (id, county, kind, record, region, person, reason, asked_at, until_at, owners)
    VALUES (${id}, ${asked.county}, 'dispute', ${found.id}, ${found.region}, ${caller}, ${asked.reason}, ${at}, ${at + ASKED_MS},
            ${textArray(owners)}::uuid[])`)
  await note(tx, at, { action: 'emergency.ask', actor: caller, record: found.id, region: found.region })
  return accept(id)
}

/** Adds to the log what somebody did about such a file. */
export const note = (
  tx: Tx,
  at: number,
  one: { action: `emergency.${'ask' | 'open' | 'decline' | 'told'}`; actor: Id; record: Id; region: string },
): Promise<void> =>
  writeEvent(tx, at, {
    action: one.action,
    actor: one.actor,
    objectId: one.record,
    region: one.region,
    outcome: 'ok',
  })

/** A request as its table has it. */
export interface Row extends Record<string, unknown> {
  id: Id
  record: Id
  region: string
  person: Id
  reason: string
  asked_at: number
  until_at: number
  opened_at: number | null
  owners: Id[]
}

export const COLUMNS = sql`id, record, region, person, reason, asked_at, until_at, opened_at, to_json(owners) AS owners`

/** A request that still waits, as far as somebody may decide it: they look after the place, as coordinator or administrator. */
async function toDecide(tx: Tx, context: AccountsContext, caller: Id, id: Id): Promise<Row | null> {
  const row = await rowOf<Row>(
    tx,
    sql`SELECT ${COLUMNS} FROM emergency WHERE id = ${id} AND opened_at IS NULL AND until_at > ${context.now()} FOR UPDATE`,
  )
  if (!row) return null
  const places = placesOf(await appointmentsOf(tx, caller), ['coordinator', 'administrator'], today(context))
  return places.some((one) => row.region.startsWith(one)) ? row : null
}

/** The second person says yes: the file is open to who asked for a day from now, its people are told, and then it closes by itself. */
export async function openEmergency(
  tx: Tx,
  context: AccountsContext,
  caller: Id,
  id: Id,
): Promise<Result<true, EmergencyRefusal>> {
  const row = await toDecide(tx, context, caller, id)
  if (!row) return refuse('not-there')
  if (row.person === caller) return refuse('need-second')
  const at = context.now()
  await tx.execute(
    sql`UPDATE emergency SET with_person = ${caller}, opened_at = ${at}, until_at = ${at + OPEN_MS} WHERE id = ${id}`,
  )
  for (const owner of row.owners) await raiseScope(tx, owner)
  await note(tx, at, { action: 'emergency.open', actor: caller, record: row.record, region: row.region })
  return accept(true)
}

/** The second person says no, or who asked takes it back. */
export async function declineEmergency(
  tx: Tx,
  context: AccountsContext,
  caller: Id,
  id: Id,
): Promise<Result<true, EmergencyRefusal>> {
  const row = await toDecide(tx, context, caller, id)
  if (!row) return refuse('not-there')
  const at = context.now()
  await tx.execute(sql`UPDATE emergency SET until_at = ${at} WHERE id = ${id}`)
  await note(tx, at, { action: 'emergency.decline', actor: caller, record: row.record, region: row.region })
  return accept(true)
}
