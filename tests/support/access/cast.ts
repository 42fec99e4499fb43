import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { Role } from '#domain/access/role.ts'
import type { Id } from '#domain/id.ts'
import type { AccountsContext } from '#server/accounts/context.ts'
import { enterDevice } from '#server/accounts/devices.ts'
import { addPerson, appoint } from '#server/accounts/people.ts'
import { endSession, openSession } from '#server/accounts/sessions.ts'
import type { Tx } from '#server/database/database.ts'

export const HOME = '999901101001'
export const SIBLING = '999901101002'
export const OTHER = '999901102001'
export const TOWN = '999901101'
export const OTHER_TOWN = '999901102'
export const COUNTY = '999901'
/** The same but for one digit: what a pattern with a wildcard takes for the county. */
export const ALIKE_COUNTY = '999911'
export const ALIKE = '999911101001'
export const FAR_COUNTY = '999902'
export const FAR = '999902101001'

/** Every unit, with its name. */
export const REGIONS: readonly (readonly [string, string])[] = [
  ['999900000000', '示例市'],
  ['999901000000', '示例县'],
  ['999901101000', '青石镇（示例）'],
  ['999901102000', '柳河镇（示例）'],
  [HOME, '石桥村（示例）'],
  [SIBLING, '北塘村（示例）'],
  [OTHER, '溪头村（示例）'],
  ['999902000000', '另一示例县'],
  ['999902101000', '白石镇（示例）'],
  [FAR, '前进村（示例）'],
  ['999911000000', '相似示例县'],
  ['999911101000', '红石镇（示例）'],
  [ALIKE, '后坝村（示例）'],
]

/** What nobody but those who may see it should ever meet again: words of its own in everything typed, and the ids of records. */
export const newCanary = (): string => `kn${randomBytes(6).toString('hex')}`
export const CANARIES = /kn[0-9a-f]{12}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

type Standing =
  | 'signed-in'
  | 'provisional'
  | 'former'
  | 'closed'
  | 'revoked'
  | 'ended'
  | 'forgotten'
  | 'nobody'

export interface Actor {
  name: string
  role: Role | null
  /** Where the post is; '' without one. */
  region: string
  standing: Standing
  person: Id
  device: number
  /** Revision of the rights, as the phone knows it. */
  rev: number
  /** What the browser shows; '' shows nothing. */
  token: string
  canary: string
}

const CAST: readonly (readonly [string, Role | null, string, Standing])[] = [
  ['nobody', null, '', 'nobody'],
  ['stranger with a made-up token', null, '', 'nobody'],
  ['mediator who recorded it', 'mediator', HOME, 'signed-in'],
  ['mediator of the same village', 'mediator', HOME, 'signed-in'],
  ['mediator it was shared with', 'mediator', SIBLING, 'signed-in'],
  ['mediator of the next village', 'mediator', SIBLING, 'signed-in'],
  ['understander of the same village', 'understander', HOME, 'signed-in'],
  ['clerk of the town', 'clerk', TOWN, 'signed-in'],
  ['clerk of the county', 'clerk', COUNTY, 'signed-in'],
  ['mediator of another county', 'mediator', FAR, 'signed-in'],
  ['mediator of a county of nearly that code', 'mediator', ALIKE, 'signed-in'],
  ['coordinator of the town', 'coordinator', TOWN, 'signed-in'],
  ['coordinator of the next town', 'coordinator', OTHER_TOWN, 'signed-in'],
  ['coordinator of the county', 'coordinator', COUNTY, 'signed-in'],
  ['coordinator of another county', 'coordinator', FAR_COUNTY, 'signed-in'],
  ['coordinator of a county of nearly that code', 'coordinator', ALIKE_COUNTY, 'signed-in'],
  ['administrator of the county', 'administrator', COUNTY, 'signed-in'],
  ['auditor of the county', 'auditor', COUNTY, 'signed-in'],
  ['mediator on a phone nobody has confirmed', 'mediator', HOME, 'provisional'],
  ['mediator whose post has ended', 'mediator', HOME, 'former'],
  ['mediator whose account is closed', 'mediator', HOME, 'closed'],
  ['mediator whose phone was shut out', 'mediator', HOME, 'revoked'],
  ['mediator whose session was ended', 'mediator', HOME, 'ended'],
  ['mediator not heard of for half a year', 'mediator', HOME, 'forgotten'],
]

const HALF_A_YEAR = 200 * 86_400_000

/** Takes away what the standing says is gone. */
async function spoil(tx: Tx, at: number, { standing, person, device }: Actor): Promise<void> {
  if (standing === 'former')
    await tx.execute(
      sql`UPDATE role_grant SET from_day = '2020-01-01', to_day = '2026-01-31' WHERE person = ${person}`,
    )
  if (standing === 'closed')
    await tx.execute(sql`UPDATE account SET state = 'disabled' WHERE person = ${person}`)
  if (standing === 'revoked') await tx.execute(sql`UPDATE device SET state = 'revoked' WHERE id = ${device}`)
  if (standing === 'forgotten')
    await tx.execute(sql`UPDATE session SET used_at = ${at - HALF_A_YEAR} WHERE person = ${person}`)
  const { rows } = await tx.execute<{ id: Id }>(sql`SELECT id FROM session WHERE person = ${person}`)
  if (standing === 'ended' && rows[0]) await endSession(tx, rows[0].id, at, 'logout')
}

/** Somebody with a post, a phone and a session. */
export async function enrol(
  tx: Tx,
  context: AccountsContext,
  [name, role, region, standing]: (typeof CAST)[number],
): Promise<Actor> {
  const canary = newCanary()
  const nobody: Actor = { name, role, region, standing, person: '', device: 1, rev: 0, token: '', canary }
  if (role === null) return name === 'nobody' ? nobody : { ...nobody, token: canary }
  const person = await addPerson(tx, context, `人${canary}`)
  await appoint(tx, context, person, role, region)
  const device = await enterDevice(tx, context, {
    person,
    sort: 'phone',
    state: standing === 'provisional' ? 'provisional' : 'confirmed',
    publicKey: null,
    known: null,
  })
  const token = await openSession(tx, context.now(), {
    person,
    device,
    sort: 'phone',
    provedAt: context.now(),
  })
  const actor: Actor = { ...nobody, person, device, token }
  await spoil(tx, context.now(), actor)
  return actor
}

/** Everybody who asks. */
export async function enrolAll(tx: Tx, context: AccountsContext): Promise<Actor[]> {
  const all: Actor[] = []
  for (const one of CAST) all.push(await enrol(tx, context, one))
  return all
}

/** Whether the session holds. */
export const isKnown = ({ standing }: Actor): boolean =>
  ['signed-in', 'provisional', 'former'].includes(standing)
/** Whether the post counts, and the phone it is used from. */
export const holdsPost = ({ standing }: Actor): boolean => standing === 'signed-in'
