import { sql } from 'drizzle-orm'
import { cleanCode } from '#domain/account/code.ts'
import { codeHash } from '#server/accounts/keys.ts'
import { newSecondFactor } from '#server/accounts/second-factor.ts'
import { plant } from '../desk/desk-world.ts'
import { makeDispute } from '../make-dispute.ts'
import { NOW } from '../server-world.ts'
import { json, type Ask } from './ask.ts'
import { ALIKE, FAR, HOME, OTHER } from './cast.ts'
import { makeThing, type Thing } from './things.ts'
import type { AccessWorld } from './world.ts'

const DAY_MS = 24 * 60 * 60_000
const PLACES = [
  ['in the town', HOME, 'of another coordinator of the town'],
  ['in the next town', OTHER, 'of a mediator of the next town'],
  ['in a county of nearly that code', ALIKE, 'of a mediator of a county of nearly that code'],
  ['in another county', FAR, 'of a mediator of another county'],
] as const

/** A request to read a file out of turn, by somebody nobody asks as. */
const putRequest = (world: AccessWorld, one: Thing, record: string) =>
  world.own(sql`
    INSERT INTO emergency (id, county, kind, record, region, person, reason, asked_at, until_at)
    VALUES (${one.id}, ${one.region.slice(0, 6)}, 'dispute', ${record}, ${one.region}, ${one.owner}, ${one.canary}, ${NOW}, ${NOW + DAY_MS})`)

/** In each place a dispute that is marked as dangerous, and a request to read it. */
export async function openDuty(
  world: AccessWorld,
  phones: readonly Thing[],
): Promise<{ dangers: Thing[]; requests: Thing[] }> {
  const [dangers, requests]: [Thing[], Thing[]] = [[], []]
  for (const [name, region, asker] of PLACES) {
    const owner = phones.find((phone) => phone.name === asker)?.owner ?? ''
    const danger = makeThing(name, { region, lane: 'closed' })
    const body = { ...makeDispute({ facts: danger.canary }), flags: ['violence'] }
    await plant(world.database, [{ id: danger.id, kind: 'dispute', region, body }])
    const request = makeThing(name, { region, owner })
    await putRequest(world, request, danger.id)
    dangers.push(danger)
    requests.push(request)
  }
  return { dangers, requests }
}

const missing = makeThing('not there', { exists: false, device: 99_999_999 })

/** Files that are read because somebody is in danger, and one’s own devices. */
export async function asksOfDuty(
  world: AccessWorld,
  { dangers, requests }: { dangers: readonly Thing[]; requests: readonly Thing[] },
): Promise<Ask[]> {
  const own = await ownDevices(world)
  const told = await toldOnes(world)
  await giveCodes(world)
  const devices = (path: string): Ask => ({
    operation: `POST ${path}`,
    things: own,
    missing,
    send: (_actor, one) => json('POST', path, { device: one.device }),
    look: (one) => world.own(sql`SELECT greeted FROM device WHERE id = ${one.device}`),
    mend: (one) => world.own(sql`UPDATE device SET greeted = false WHERE id = ${one.device}`),
  })
  const requested = (path: string): Ask => ({
    operation: `POST ${path}`,
    things: requests,
    missing,
    send: (_actor, one) => json('POST', path, { id: one.id }),
    look: (one) => world.own(sql`SELECT opened_at, until_at FROM emergency WHERE id = ${one.id}`),
    mend: (one) =>
      world.own(
        sql`UPDATE emergency SET with_person = NULL, opened_at = NULL, until_at = ${NOW + DAY_MS} WHERE id = ${one.id}`,
      ),
  })
  return [
    {
      operation: 'POST /api/proof',
      send: () => json('POST', '/api/proof', { code: RECOVERY }),
      mend: () => giveCodes(world),
    },
    devices('/api/me/devices/greet'),
    devices('/api/me/devices/end'),
    {
      operation: 'POST /api/me/opened/seen',
      things: told,
      missing,
      send: (_actor, one) => json('POST', '/api/me/opened/seen', { id: one.id }),
      look: (one) => world.own(sql`SELECT seen_by FROM emergency WHERE id = ${one.id}`),
      mend: (one) => world.own(sql`UPDATE emergency SET seen_by = '{}' WHERE id = ${one.id}`),
    },
    {
      operation: 'POST /api/emergencies',
      things: dangers,
      missing,
      send: (_actor, one) =>
        json('POST', '/api/emergencies', {
          county: one.region.slice(0, 6),
          id: one.id,
          paperNo: '',
          reason: '示例的缘由',
        }),
      look: (one) => world.own(sql`SELECT count(*) FROM emergency WHERE record = ${one.id}`),
      mend: (one) => world.own(sql`DELETE FROM emergency WHERE record = ${one.id} AND reason = '示例的缘由'`),
    },
    requested('/api/emergencies/open'),
    requested('/api/emergencies/decline'),
  ]
}

const RECOVERY = '234567892345'

/** One recovery code for everybody, good once, beside an authenticator that nobody has. */
async function giveCodes(world: AccessWorld): Promise<void> {
  const { keys } = world.context
  const hash = codeHash(keys, `recovery ${cleanCode(RECOVERY)}`)
  const { sealed } = newSecondFactor(keys, '')
  await world.own(sql`UPDATE account SET seed = ${sealed}, recovery = ARRAY[${hash}::text]`)
}

/** A second device for two of those who ask. */
async function ownDevices(world: AccessWorld): Promise<Thing[]> {
  const all: Thing[] = []
  for (const name of ['mediator of the same village', 'coordinator of the town']) {
    const { person } = world.by(name)
    const [row] = await world.own(sql`
      INSERT INTO device (account, state, made_at, greeted) SELECT id, 'confirmed', 1, false FROM account WHERE person = ${person} RETURNING id`)
    all.push(makeThing(`another one of the ${name}`, { owner: person, device: Number(row?.['id']) }))
  }
  return all
}

/** What somebody was told: a file of theirs that is no more, opened by somebody whom everybody may know. */
async function toldOnes(world: AccessWorld): Promise<Thing[]> {
  const owner = world.by('mediator of the same village').person
  const one = makeThing('a file of the mediator of the same village', { owner })
  const asker = world.by('coordinator of the town').person
  const second = world.by('coordinator of the county').person
  await world.own(sql`
    INSERT INTO emergency (id, county, kind, record, region, person, reason, asked_at, until_at, with_person, opened_at, owners)
    VALUES (${one.id}, '999901', 'dispute', ${makeThing('').id}, ${HOME}, ${asker}, '示例', ${NOW}, ${NOW + DAY_MS}, ${second}, ${NOW},
            ARRAY[${owner}::uuid])`)
  return [one]
}
