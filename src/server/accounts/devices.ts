import { sql } from 'drizzle-orm'
import { isValidOn } from '#domain/access/grant.ts'
import { ROLES } from '#domain/access/role.ts'
import { mayInvite, type Appointment } from '#domain/account/invite.ts'
import type { SessionSort } from '#domain/account/session.ts'
import type { Id } from '#domain/id.ts'
import { codeOf, type RegionCode } from '#domain/region/code.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import type { Day } from '#domain/time/day.ts'
import type { Tx } from '../database/database.ts'
import type { DeviceOrder } from '#sync/protocol/directive.ts'
import { writeEvent } from './audit.ts'
import { rowOf, rowsOf, today, type AccountsContext } from './context.ts'
import { checkOrder, isHeld, putOrder, standingOrder, type OrderRefusal } from './orders.ts'
import { appointmentsOf, raiseScope } from './people.ts'
import { endSessionsOf } from './sessions.ts'

/** The unit whose paper books this installation writes into: the smallest of the posts. */
function villageOf(held: readonly Appointment[], day: Day): RegionCode | null {
  const valid = held.filter((one) => isValidOn(one, day)).sort((a, b) => b.region.length - a.region.length)
  return valid[0] ? codeOf(valid[0].region) : null
}

/** A, B … Z, AA, AB …: the mark with that place in the order, from 0. */
export function markAt(place: number): string {
  const letter = String.fromCharCode(65 + (place % 26))
  return place < 26 ? letter : markAt(Math.floor(place / 26) - 1) + letter
}

/** The next letter of a village. Letters of revoked phones stay taken: their papers are still in the drawer. */
export async function nextMark(tx: Tx, village: RegionCode | null): Promise<string> {
  if (village === null) return ''
  await tx.execute(sql`SELECT pg_advisory_xact_lock(771002, hashtext(${village}))`)
  const rows = await rowsOf<{ mark: string }>(
    tx,
    sql`SELECT mark FROM device WHERE village = ${village} AND mark <> ''`,
  )
  const taken = new Set(rows.map((one) => one.mark))
  let place = 0
  while (taken.has(markAt(place))) place++
  return markAt(place)
}

interface NewDevice {
  person: Id
  sort: SessionSort
  state: 'provisional' | 'confirmed'
  publicKey: string | null
  /** The number this browser already had; kept when it is this person's and not revoked, so that waiting ops keep their place. */
  known: number | null
}

const noteEntry = (tx: Tx, context: AccountsContext, one: NewDevice, device: number): Promise<void> =>
  writeEvent(tx, context.now(), {
    action: 'device.enrol',
    actor: one.person,
    device,
    objectId: String(device),
    outcome: 'ok',
    reason: device === one.known ? 'again' : one.state,
  })

/** Whoever comes in again with the office's help holds a phone that was found: what was ordered of it is over. */
async function letGo(tx: Tx, context: AccountsContext, one: NewDevice, device: number): Promise<void> {
  if (one.state !== 'confirmed' || !isHeld(await standingOrder(tx, device))) return
  await putOrder(tx, context, { device, sort: 'release', by: null, region: '' })
}

/** A device is news to its person when they have another one, on which they can say whether it is theirs. */
const isNews = (person: Id) => sql`EXISTS (
  SELECT 1 FROM device d JOIN account a ON a.id = d.account WHERE a.person = ${person} AND d.state <> 'revoked')`

/**
 * The device a person enters with: the one it already was, or a new one with the next letter of the village.
 * A known device is never made less than it was.
 */
export async function enterDevice(tx: Tx, context: AccountsContext, one: NewDevice): Promise<number> {
  if (one.known !== null) {
    const kept = await rowOf<{ id: number }>(
      tx,
      sql`UPDATE device SET state = CASE WHEN ${one.state} = 'confirmed' THEN 'confirmed' ELSE state END,
                 public_key = ${one.publicKey}
          WHERE id = ${one.known} AND state <> 'revoked' AND sort = ${one.sort}
            AND account = (SELECT id FROM account WHERE person = ${one.person}) RETURNING id`,
    )
    if (kept) {
      await endSessionsOf(tx, kept.id, context.now(), 'replaced')
      await letGo(tx, context, one, kept.id)
      await noteEntry(tx, context, one, kept.id)
      return kept.id
    }
  }
  const village = villageOf(await appointmentsOf(tx, one.person), today(context))
  const mark = await nextMark(tx, village)
  const made = await rowOf<{ id: number }>(
    tx,
    sql`INSERT INTO device (account, state, mark, village, sort, public_key, made_at, greeted)
        SELECT id, ${one.state}, ${mark}, ${village}, ${one.sort}, ${one.publicKey}, ${context.now()}, NOT ${isNews(one.person)}
        FROM account WHERE person = ${one.person}
        RETURNING id`,
  )
  if (!made) throw new Error('a device for a person without an account')
  await raiseScope(tx, one.person)
  await noteEntry(tx, context, one, made.id)
  return made.id
}

export type DeviceRefusal = 'not-there' | 'not-yours'

/**
 * Whether the caller may decide about somebody's phones: it is their own, or they may invite into one of that person's posts
 * and into every office that person holds, so that a town never shuts a county out. Of somebody who has left, the posts they held count.
 */
function mayDecide(
  caller: { person: Id; held: readonly Appointment[] },
  owner: Id,
  posts: readonly Appointment[],
  day: Day,
): boolean {
  const present = posts.filter((one) => isValidOn(one, day))
  const valid = present.length > 0 ? present : posts
  const may = (one: Appointment) => mayInvite(caller.held, one.role, one.region, day)
  return (
    caller.person === owner || (valid.some(may) && valid.filter((one) => ROLES[one.role].desk).every(may))
  )
}

async function ownerFor(
  tx: Tx,
  context: AccountsContext,
  caller: Id,
  device: number,
): Promise<Result<{ person: Id; region: string; state: string; hasLeft: boolean }, DeviceRefusal>> {
  const row = await rowOf<{ person: Id; village: string | null; state: string; left: boolean }>(
    tx,
    sql`SELECT a.person, d.village, d.state, a.state = 'disabled' AS left FROM device d JOIN account a ON a.id = d.account WHERE d.id = ${device}`,
  )
  if (!row) return refuse('not-there')
  const posts = await appointmentsOf(tx, row.person)
  const held = await appointmentsOf(tx, caller)
  const may = mayDecide({ person: caller, held }, row.person, posts, today(context))
  // Not yours and not there are one answer: device numbers are counted up and must not say who exists.
  return may
    ? accept({ person: row.person, region: row.village ?? '', state: row.state, hasLeft: row.left })
    : refuse('not-there')
}

/** Confirms a card's phone: from now on it sees what its person may see. Nobody confirms the own phone. */
export async function confirmDevice(
  tx: Tx,
  context: AccountsContext,
  caller: Id,
  device: number,
): Promise<Result<true, DeviceRefusal>> {
  const owner = await ownerFor(tx, context, caller, device)
  if (!owner.ok) return owner
  if (owner.value.person === caller) return refuse('not-yours')
  await tx.execute(sql`UPDATE device SET state = 'confirmed' WHERE id = ${device} AND state = 'provisional'`)
  await raiseScope(tx, owner.value.person)
  await writeEvent(tx, context.now(), {
    action: 'device.confirm',
    actor: caller,
    device,
    objectId: String(device),
    region: owner.value.region,
    outcome: 'ok',
  })
  return accept(true)
}

/**
 * Shuts a phone out for good, from its next request on, and orders it locked: what waits on it stays there, sealed, and may still be
 * handed in as such.
 */
export async function revokeDevice(
  tx: Tx,
  context: AccountsContext,
  caller: Id,
  device: number,
): Promise<Result<true, DeviceRefusal>> {
  const owner = await ownerFor(tx, context, caller, device)
  if (!owner.ok) return owner
  await tx.execute(sql`UPDATE device SET state = 'revoked' WHERE id = ${device}`)
  await endSessionsOf(tx, device, context.now(), 'revoked')
  const { region } = owner.value
  if (!isHeld(await standingOrder(tx, device)))
    await putOrder(tx, context, { device, sort: 'lock', by: caller, region })
  await raiseScope(tx, owner.value.person)
  await writeEvent(tx, context.now(), {
    action: 'device.revoke',
    actor: caller,
    device,
    objectId: String(device),
    region: owner.value.region,
    outcome: 'ok',
  })
  return accept(true)
}

/** Orders a phone locked, emptied once it has handed everything in, or released; it hears of it with its next answer. */
export async function orderDevice(
  tx: Tx,
  context: AccountsContext,
  caller: Id,
  asked: { device: number; order: DeviceOrder },
): Promise<Result<true, DeviceRefusal | OrderRefusal>> {
  const { device, order } = asked
  const owner = await ownerFor(tx, context, caller, device)
  if (!owner.ok) return owner
  const { state, region, hasLeft } = owner.value
  const checked = checkOrder(order, { state, hasLeft, standing: await standingOrder(tx, device) })
  if (!checked.ok) return checked
  await putOrder(tx, context, { device, sort: order, by: caller, region })
  return accept(true)
}
