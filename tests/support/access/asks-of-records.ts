import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { EXCHANGE_PATH } from '#sync/protocol/wire.ts'
import { NOW } from '../server-world.ts'
import { get, json, type Ask, type Came } from './ask.ts'
import { ALIKE, ALIKE_COUNTY, COUNTY, FAR, FAR_COUNTY, HOME, OTHER, SIBLING, type Actor } from './cast.ts'
import { makeThing, REGIONS_ASKED, COUNTIES_ASKED, uploadOf, type Thing } from './things.ts'
import { TODAY, type AccessWorld } from './world.ts'

const countyOf = (one: Thing) => one.region.slice(0, 6)

const exchange = (actor: Actor, more: object) =>
  json('POST', EXCHANGE_PATH, {
    p: 1,
    app: '0.1.0',
    dev: actor.device,
    epoch: null,
    scopeRev: actor.rev,
    t: NOW,
    mono: 1,
    stat: { out: 0, oldest: 0, dead: 0, blobs: 0 },
    ...more,
  })

/** The line of an NDJSON answer that has this key. */
const lineWith = (text: string, key: string): Record<string, unknown> | undefined =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .find((line) => key in line)

/** A single record asked for again: whether it came whole. */
function fetched({ status, text }: Came, one: Thing) {
  if (status !== 200) return { got: false, rest: text }
  const rows = (lineWith(text, 'rows')?.['v'] ?? []) as unknown[][]
  const got = rows.some((row) => row[1] === one.id && typeof row[6] === 'object')
  return { got, rest: got ? '' : JSON.stringify(rows) }
}

/** A change handed in: whether it was taken; its number is its own. */
function taken({ status, text }: Came) {
  if (status !== 200) return { got: false, rest: text }
  const ack = ((lineWith(text, 'acks')?.['acks'] ?? []) as unknown[][])[0] ?? []
  return { got: ack[1] === 'ok' || ack[1] === 'merged', rest: JSON.stringify(ack.slice(1)) }
}

const numbers = new Map<number, number>()
function nextOf(device: number): number {
  const next = (numbers.get(device) ?? 0) + 1
  numbers.set(device, next)
  return next
}

const change = (actor: Actor, one: Thing) =>
  exchange(actor, {
    push: {
      c: countyOf(one),
      ops: [
        {
          i: randomUUID(),
          n: nextOf(actor.device),
          k: 'patch',
          v: 1,
          e: [one.kind, one.id],
          r: one.region,
          b: 1,
          a: { place: '村东' },
          t: [NOW - 60_000, 1, 0],
        },
      ],
    },
  })

const metadata = (one: Thing): string =>
  Object.entries({ county: countyOf(one), attachment: one.file.id, sha256: one.file.sha256 })
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',')

const body = (world: AccessWorld) => (one: Thing) =>
  world.own(sql`SELECT body::text, rv FROM record WHERE id = ${one.id}`)

const EVERY_COUNTY = { [COUNTY]: 0, [ALIKE_COUNTY]: 0, [FAR_COUNTY]: 0 }
const EVERY_VILLAGE = { [COUNTY]: [HOME, SIBLING, OTHER], [ALIKE_COUNTY]: [ALIKE], [FAR_COUNTY]: [FAR] }

/** What phones do with records. */
export const asksOfPhones = (world: AccessWorld): Ask[] => {
  const things = world.records
  const missing = makeThing('not there', { exists: false })
  return [
    {
      operation: `POST ${EXCHANGE_PATH}`,
      part: 'fetch',
      things,
      missing,
      send: (actor, one) =>
        exchange(actor, { pull: { sv: 1, max: 1, s: {}, want: { [countyOf(one)]: [[one.kind, one.id]] } } }),
      read: fetched,
    },
    {
      operation: `POST ${EXCHANGE_PATH}`,
      part: 'change',
      things,
      missing,
      send: change,
      read: taken,
      look: body(world),
    },
    {
      operation: `POST ${EXCHANGE_PATH}`,
      part: 'everything',
      send: (actor) =>
        exchange(actor, { pull: { sv: 1, max: 500, pages: 8, s: EVERY_COUNTY, fix: EVERY_VILLAGE } }),
    },
    {
      operation: 'GET /api/attachments/{county}/{id}',
      things,
      missing,
      send: (_actor, one) => get(`/api/attachments/${countyOf(one)}/${one.file.id}`),
    },
    {
      operation: 'POST /api/reveal',
      things,
      missing,
      send: (_actor, one) =>
        json('POST', '/api/reveal', {
          field: 'idNumber',
          kind: 'dispute',
          county: countyOf(one),
          id: one.id,
          party: one.id,
        }),
    },
    {
      operation: 'POST /api/files',
      things,
      missing,
      send: (_actor, one) => ({
        method: 'POST',
        url: '/api/files',
        headers: {
          'tus-resumable': '1.0.0',
          'upload-length': String(one.file.bytes.length),
          'upload-metadata': metadata(one),
        },
      }),
    },
  ]
}

const share = (world: AccessWorld, one: Thing) => {
  const guest = world.guests.find(({ region }) => region.startsWith(countyOf(one))) ?? world.guests[0]
  return { county: countyOf(one), kind: one.kind, id: one.id, person: guest?.person }
}
const DAYS = { from: TODAY, to: TODAY, reason: '代为回访' }
const PERIOD = 'from=2026-01-01&to=2026-11-21'

/** What desks do with records and regions. */
export const asksOfDesks = (world: AccessWorld): Ask[] => {
  const things = world.records
  const missing = makeThing('not there', { exists: false })
  const guests = world.guests.map(({ person }) => person)
  const given = (one: Thing) =>
    world.own(
      sql`SELECT person, to_day FROM record_grant WHERE record = ${one.id} AND person IN ${guests} ORDER BY 1`,
    )
  const end = (one: Thing) =>
    world.own(sql`DELETE FROM record_grant WHERE record = ${one.id} AND person IN ${guests}`)
  const begin = async (one: Thing) => {
    const { person, county, kind } = share(world, one)
    await end(one)
    await world.own(
      sql`INSERT INTO record_grant (person, record, from_day, county, kind) VALUES (${person}, ${one.id}, '2026-01-01', ${county}, ${kind})`,
    )
  }
  const region = (path: string, more = ''): Ask => ({
    operation: `GET /api/desk/${path}`,
    things: REGIONS_ASKED,
    missing: makeThing('no such place', { region: '999903', exists: false }),
    send: (_actor, one) => get(`/api/desk/${path}?region=${one.region}${more}`),
  })
  return [
    {
      operation: 'GET /api/desk/record',
      things,
      missing,
      send: (_actor, one) => get(`/api/desk/record?kind=${one.kind}&id=${one.id}`),
    },
    {
      operation: 'POST /api/desk/shares',
      things,
      missing,
      send: (_actor, one) => json('POST', '/api/desk/shares', { ...share(world, one), ...DAYS }),
      look: given,
      mend: end,
    },
    {
      operation: 'POST /api/desk/shares/end',
      things: things.filter((one) => one.exists),
      missing,
      send: (_actor, one) => json('POST', '/api/desk/shares/end', share(world, one)),
      ready: begin,
      look: given,
      mend: begin,
    },
    {
      operation: 'GET /api/desk/shares',
      things: COUNTIES_ASKED,
      missing: makeThing('no such place', { region: '999903', exists: false }),
      send: (_actor, one) => get(`/api/desk/shares?county=${one.region}`),
    },
    region('overview', `&${PERIOD}`),
    region('latest'),
    region('refused'),
    region('lost'),
    { ...region('list', `&metric=disputes&${PERIOD}`), part: 'counted' },
    { ...region('list', '&wait=escalated'), part: 'waiting', things: REGIONS_ASKED.slice(0, 4) },
  ]
}

/** What a phone does with bytes under way. @param uploads begun by their phones */
export const asksOfUploads = (world: AccessWorld, uploads: readonly Thing[]): Ask[] => {
  const missing = makeThing('not there', { exists: false, device: 1 })
  const url = (one: Thing) => `/api/files/${uploadOf(one)}`
  return [
    {
      operation: 'HEAD /api/files/{upload}',
      things: uploads,
      missing,
      send: (_actor, one) => ({ method: 'HEAD', url: url(one), headers: { 'tus-resumable': '1.0.0' } }),
    },
    {
      operation: 'PATCH /api/files/{upload}',
      things: uploads,
      missing,
      send: (_actor, one) => ({
        method: 'PATCH',
        url: url(one),
        headers: {
          'tus-resumable': '1.0.0',
          'upload-offset': '0',
          'content-type': 'application/offset+octet-stream',
        },
        payload: one.file.bytes,
      }),
      look: (one) => world.own(sql`SELECT at FROM upload WHERE id = ${uploadOf(one)}`),
      mend: (one) => world.own(sql`UPDATE upload SET at = 0, pieces = '[]' WHERE id = ${uploadOf(one)}`),
    },
  ]
}
