import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import * as v from 'valibot'
import { DeskListSchema, DeskRecordSchema, LatestSchema, OverviewSchema } from '#domain/desk/overview.ts'
import type { Rights } from '#domain/access/grant.ts'
import { startOf } from '#domain/time/day.ts'
import type { Caller } from '#server/accounts/identity.ts'
import type { Database, Tx } from '#server/database/database.ts'
import { answerErrors } from '#server/http/errors.ts'
import { register } from '#server/http/register.ts'
import { noteDevices } from '#server/repositories/sync/devices.ts'
import { noteTurnedAway } from '#server/services/audit/turned-away.ts'
import { valibotCompiler } from '#server/http/validation.ts'
import { deskRoutes } from '#server/routes/desk.ts'
import { withoutLog } from '#tests/support/without-log.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import { REGIONS } from '#tests/support/desk/any-records.ts'
import { clear, plant, plantRegions } from '#tests/support/desk/desk-world.ts'
import { makeAgreement, makeDispute } from '#tests/support/make-dispute.ts'
import { makeOutreach } from '#tests/support/make-outreach.ts'
import { makeGrants, makeRights, ME, SOMEBODY, TODAY } from '#tests/support/make-rights.ts'

const NOW = startOf(TODAY) + 14 * 3_600_000
const STONE = '999901101201'
const EAST = '999901101202'
const OPEN = '01912345-0000-7000-8000-000000000101'
const ASKED = '01912345-0000-7000-8000-000000000102'
const CLOSED = '01912345-0000-7000-8000-000000000103'
const TALK = '01912345-0000-7000-8000-000000000104'
const LEAD = '01912345-0000-7000-8000-000000000105'
const ELSEWHERE = '01912345-0000-7000-8000-000000000106'

const lead = {
  about: '赡养',
  from: '李桂芬',
  phone: '',
  text: '想问问',
  channel: 'villager',
  on: '2026-11-20',
  stage: 'open',
  takenBy: null,
  outcome: null,
  dispute: null,
  recordedBy: null,
  enteredAt: 1,
  receivedAt: null,
}

/** Somebody who has phones; how each was last heard of is told by days before now. */
async function devicePlanter(tx: Tx) {
  const account = '01912345-0000-7000-8000-000000000200'
  await tx.execute(sql`INSERT INTO person (id, name) VALUES (${SOMEBODY}, '示例人')`)
  await tx.execute(sql`INSERT INTO account (id, person) VALUES (${account}, ${SOMEBODY})`)
  const seen = (days: number) => new Date(NOW - days * 86_400_000).toISOString()
  return async (village: string, out: number, days: number, state: string): Promise<number> => {
    const { rows } = await tx.execute<{ id: number }>(
      sql`INSERT INTO device (account, village, out, last_seen, state) VALUES (${account}, ${village}, ${out}, ${seen(days)}, ${state}) RETURNING id`,
    )
    return rows[0]?.id ?? 0
  }
}

const WORLD = [
  {
    id: OPEN,
    kind: 'dispute',
    region: STONE,
    body: makeDispute({ acceptedOn: '2026-11-02' }),
    receivedAt: NOW - 5000,
  },
  {
    id: ASKED,
    kind: 'dispute',
    region: EAST,
    receivedAt: NOW - 4000,
    body: makeDispute({
      acceptedOn: '2026-03-01',
      stage: 'escalated',
      type: 'D10',
      word: 'wages',
      facts: '欠了三个月工钱',
      events: [{ what: 'escalated', on: '2026-03-05', at: 1, by: null, note: '' }],
    }),
  },
  {
    id: CLOSED,
    kind: 'dispute',
    region: STONE,
    receivedAt: NOW - 3000,
    body: makeDispute({
      acceptedOn: '2026-05-01',
      stage: 'agreed',
      settledOn: '2026-05-03',
      agreement: makeAgreement(),
      flags: ['violence'],
    }),
  },
  {
    id: TALK,
    kind: 'outreach',
    region: EAST,
    receivedAt: NOW - 2000,
    body: makeOutreach({ on: '2026-11-05', attendances: 40, countedHow: 'estimated' }),
  },
  { id: LEAD, kind: 'lead', region: STONE, body: lead, receivedAt: NOW - 1000 },
  {
    id: ELSEWHERE,
    kind: 'dispute',
    region: '999902101201',
    body: makeDispute({ acceptedOn: '2026-06-01' }),
    receivedAt: NOW - 500,
  },
]

const caller = (rights: Rights): Caller => ({
  person: rights.person,
  device: null,
  rights,
  scopeRev: 1,
  provisional: false,
  me: () => Promise.reject(new Error('not asked for here')),
})
const PEOPLE: Readonly<Record<string, Caller>> = {
  coordinator: caller(makeRights({ grants: makeGrants('coordinator', '999901101') })),
  mediator: caller(makeRights({ grants: makeGrants('mediator', STONE) })),
  former: caller(makeRights({ grants: makeGrants('coordinator', '999901101', { to: '2026-10-31' }) })),
}

onBothDatabases('The desk over HTTP', (open) => {
  let database: Database
  let app: FastifyInstance
  beforeAll(async () => {
    database = await open()
    app = Fastify({ logger: false })
    app.setValidatorCompiler(valibotCompiler as never)
    answerErrors(app)
    const identify = async (request: FastifyRequest) => PEOPLE[String(request.headers['x-who'])] ?? null
    register(app, deskRoutes({ database, clock: () => NOW }), {
      identity: { identify, recent: identify },
      clock: () => NOW,
      metricsToken: '',
      noteTurnedAway: noteTurnedAway(database, () => NOW),
    })
    await app.ready()
  }, 60_000)
  afterAll(() => app.close())
  beforeEach(async () => {
    await clear(database)
    await plantRegions(database, REGIONS)
    await plant(database, WORLD)
  })

  const ask = (path: string, who = 'coordinator') =>
    app.inject({ method: 'GET', url: `/api/desk/${path}`, headers: { 'x-who': who } })
  const OVERVIEW = 'overview?region=999901101&from=2026-01-01&to=2026-11-21'
  const logged = async () =>
    database.as(
      'owner',
      {},
      async (tx) =>
        (await tx.execute(sql`SELECT action, object_id, actor FROM audit ORDER BY seq DESC LIMIT 1`)).rows[0],
    )

  it('[D-106] a list says how much of its number is left of records whose contents were erased', async () => {
    const path = 'list?metric=disputes&region=999901101&from=2026-01-01&to=2026-11-21'
    const before = (await ask(path)).json<{ total: number; listed: number; closed: number; erased: number }>()
    expect(before).toMatchObject({ erased: 0, total: before.listed + before.closed })
    for (const table of ['rollup', 'rollup_kept'])
      await database.as('owner', {}, (tx) =>
        tx.execute(sql`INSERT INTO ${sql.identifier(table)} (county, region, metric, day, n)
          VALUES ('999901', ${STONE}, 'disputes', '2026-02-03', 2)`),
      )
    const after = (await ask(path)).json<typeof before>()
    const { listed, closed } = before
    expect(after).toMatchObject({ total: before.total + 2, listed, closed, erased: 2 })
    await database.as('owner', {}, (tx) => tx.execute(sql`DELETE FROM rollup_kept`))
  })

  it('[TR-51] who is turned away at the desk is in the log, by route, code and number, and by nothing that was typed', async () => {
    const turnedAway = () =>
      database.as('owner', {}, async (tx) => {
        const { rows } = await tx.execute<Record<string, unknown>>(
          sql`SELECT actor, object_id, reason, region, outcome FROM audit WHERE action = 'turned-away' ORDER BY seq`,
        )
        return rows
      })
    const had = (await turnedAway()).length
    const fruitless = [
      [`record?kind=dispute&id=${ELSEWHERE}`, 'coordinator', 404],
      [`list?region=999902&wait=leads`, 'coordinator', 404],
      [`record?kind=dispute&id=${OPEN}`, 'mediator', 403],
      [`record?kind=dispute&id=${OPEN}`, 'former', 403],
      [`record?kind=dispute&id=${OPEN}`, 'nobody', 401],
      [`record?kind=dispute&id=王长顺`, 'coordinator', 400],
    ] as const
    for (const [path, who, status] of fruitless)
      expect((await ask(encodeURI(path), who)).statusCode, path).toBe(status)
    const event = { actor: ME, outcome: 'refused' }
    expect((await turnedAway()).slice(had)).toEqual([
      { ...event, object_id: `GET /api/desk/record ${ELSEWHERE}`, reason: 'not-found', region: '999901101' },
      { ...event, object_id: 'GET /api/desk/list', reason: 'not-found', region: '999901101' },
      { ...event, object_id: `GET /api/desk/record ${OPEN}`, reason: 'not-allowed', region: STONE },
      { ...event, object_id: `GET /api/desk/record ${OPEN}`, reason: 'not-allowed', region: '999901101' },
    ])
  })

  it('[TR-51] nothing is shown, and nobody is turned away, while the log cannot be written', async () => {
    await withoutLog(database, async () => {
      for (const path of [
        `record?kind=dispute&id=${OPEN}`,
        'latest?region=999901101',
        'list?region=999901101&wait=leads',
        `record?kind=dispute&id=${ELSEWHERE}`,
      ]) {
        const answer = await ask(path)
        expect(answer.statusCode, path).toBe(500)
        expect(answer.body).not.toMatch(/石桥|2026/)
      }
      // Counts show nobody, so they need no entry.
      expect((await ask(OVERVIEW)).statusCode).toBe(200)
    })
    expect((await ask(`record?kind=dispute&id=${OPEN}`)).statusCode).toBe(200)
  })

  it('[TR-58] phones that say they hold more than any phone can spoil nobody’s numbers', async () => {
    await database.as('owner', {}, async (tx) => {
      const plantDevice = await devicePlanter(tx)
      const devices = [
        await plantDevice(STONE, 0, 0, 'confirmed'),
        await plantDevice(EAST, 0, 0, 'confirmed'),
      ]
      const most = Number.MAX_SAFE_INTEGER
      const news = { app: 't', out: most, oldest: 0, dead: most, blobs: most, clockOff: 0, drained: false }
      await noteDevices(
        tx,
        devices.map((device) => ({ device, news, acked: 0 })),
        new Date(NOW),
      )
    })
    const answer = await ask(OVERVIEW)
    expect(answer.statusCode).toBe(200)
    expect(v.parse(OverviewSchema, answer.json()).phones).toEqual({ waiting: 2_000_000, silent: 0 })
  })

  it('[D-111] serves numbers with their moment, what phones still hold, and the silent ones', async () => {
    await database.as('owner', {}, async (tx) => {
      const plantDevice = await devicePlanter(tx)
      await plantDevice(STONE, 3, 0, 'confirmed')
      await plantDevice(EAST, 2, 20, 'confirmed')
      await plantDevice(EAST, 9, 30, 'revoked')
      await plantDevice('999901102201', 50, 40, 'confirmed')
    })
    const answer = await ask(OVERVIEW)
    expect(answer.statusCode).toBe(200)
    const overview = v.parse(OverviewSchema, answer.json())
    expect(overview.asOf).toEqual({ at: NOW, heads: { '999901': 5 } })
    expect(overview.phones).toEqual({ waiting: 5, silent: 1 })
    expect(overview.now).toEqual({ disputes: 3, settled: 1, outreach: 1, attendances: 40 })
    expect(overview.parts).toEqual({ estimated: 40, failed: 0, open: 2 })
    expect(overview.attention).toEqual([
      { sort: 'escalated', n: 1, answered: 0, oldestOn: '2026-03-05', place: '东山村（示例）', type: 'D10' },
      { sort: 'leads', n: 1, answered: 0, oldestOn: '2026-11-20', place: '石桥村（示例）', type: '' },
    ])
    // Nobody's name travels with the overview.
    expect(answer.body).not.toMatch(/王长顺|李二保|李桂芬|工钱/)
  })

  it('[D-107] answers a region of others, one that is not there, and one off a border alike', async () => {
    const bodies = new Set<string>()
    for (const region of ['999902', '999901102', '999901', '999988', '99990110', 'x', '%'])
      for (const path of [
        `overview?region=${encodeURIComponent(region)}&from=2026-01-01&to=2026-11-21`,
        `list?region=${encodeURIComponent(region)}&metric=disputes&from=2026-01-01&to=2026-11-21`,
        `latest?region=${encodeURIComponent(region)}`,
      ]) {
        const answer = await ask(path)
        expect(answer.statusCode, path).toBe(404)
        bodies.add(answer.body)
      }
    expect(bodies.size).toBe(1)
    expect((await ask(`record?kind=dispute&id=${ELSEWHERE}`)).body).toBe([...bodies][0])
  })

  it('[D-107] opens to coordinators only, and only while their post lasts', async () => {
    expect((await ask(OVERVIEW, 'mediator')).statusCode).toBe(403)
    expect((await ask(OVERVIEW, 'former')).statusCode).toBe(403)
    expect((await ask(OVERVIEW, 'nobody')).statusCode).toBe(401)
  })

  it('[D-112] lists disputes as skeletons even where the file opens, and counts the closed one without showing it', async () => {
    const answer = await ask('list?region=999901101&metric=disputes&from=2026-01-01&to=2026-11-21')
    const list = v.parse(DeskListSchema, answer.json())
    expect(list).toMatchObject({ total: 3, listed: 2, closed: 1, count: 2, pages: 1 })
    expect(list.rows.map((one) => one.id)).toEqual([OPEN, ASKED])
    expect(list.rows[1]).toMatchObject({ view: 'full', place: '东山村（示例）', on: '2026-03-01' })
    expect(answer.body).not.toMatch(/王长顺|李二保|工钱|赵春梅/)
  })

  it('[D-112] opens an escalated file whole, an open one as its skeleton, a closed one not at all', async () => {
    const asked = v.parse(DeskRecordSchema, (await ask(`record?kind=dispute&id=${ASKED}`)).json())
    expect(asked.row).toMatchObject({ view: 'full', body: { facts: '欠了三个月工钱' } })
    const skeleton = await ask(`record?kind=dispute&id=${OPEN}`)
    expect(v.parse(DeskRecordSchema, skeleton.json()).row).toMatchObject({
      view: 'skeleton',
      body: { type: 'D02', stage: 'open' },
    })
    expect(skeleton.body).not.toMatch(/王长顺|李二保|赵春梅/)
    expect((await ask(`record?kind=dispute&id=${CLOSED}`)).statusCode).toBe(404)
  })

  it('[D-108] a list, the newest and every opened record are in the log', async () => {
    await ask('list?region=999901101&metric=disputes&from=2026-01-01&to=2026-11-21')
    expect(await logged()).toMatchObject({ action: 'desk.list', object_id: 'disputes', actor: ME })
    await ask('latest?region=999901101')
    expect(await logged()).toMatchObject({ action: 'desk.latest' })
    await ask(`record?kind=dispute&id=${ASKED}`)
    expect(await logged()).toMatchObject({ action: 'read', object_id: ASKED, actor: ME })
    await ask(`record?kind=dispute&id=${OPEN}`)
    expect(await logged()).toMatchObject({ action: 'read.skeleton', object_id: OPEN })
  })

  it('[D-112] the newest come first, without names and without the closed one', async () => {
    const answer = await ask('latest?region=999901101')
    expect(v.parse(LatestSchema, answer.json()).rows.map((one) => one.id)).toEqual([LEAD, TALK, ASKED, OPEN])
    expect(answer.body).not.toMatch(/王长顺|李二保|李桂芬|想问问/)
  })

  it('lists what waits for the office', async () => {
    const list = v.parse(DeskListSchema, (await ask('list?region=999901101&wait=escalated')).json())
    expect(list.rows.map((one) => one.id)).toEqual([ASKED])
    expect(list.total).toBe(1)
  })

  it('[D-100] refuses a period that is none, and a metric or page that is none', async () => {
    const bad = async (path: string) => {
      const answer = await ask(path)
      return [answer.statusCode, answer.json<{ reason: string }>().reason]
    }
    expect(await bad('overview?region=999901101&from=2026-02-30&to=2026-11-21')).toEqual([
      400,
      'period-malformed',
    ])
    expect(await bad('overview?region=999901101&from=2026-11-22&to=2026-11-21')).toEqual([
      400,
      'period-backwards',
    ])
    expect(await bad('overview?region=999901101&from=1926-01-01&to=2026-11-21')).toEqual([
      400,
      'period-too-long',
    ])
    expect(await bad('overview?region=999901101')).toEqual([400, 'malformed'])
    expect(await bad('list?region=999901101&metric=clicks&from=2026-01-01&to=2026-11-21')).toEqual([
      404,
      'not-found',
    ])
    expect(await bad('list?region=999901101&metric=disputes&from=2026-01-01&to=2026-11-21&page=0')).toEqual([
      400,
      'malformed',
    ])
    expect(await bad('record?kind=dispute&id=1')).toEqual([400, 'malformed'])
  })

  it('[D-110] counts a flow in its period, and a cumulative number from the beginning', async () => {
    await plant(database, [
      {
        id: '01912345-0000-7000-8000-000000000301',
        kind: 'dispute',
        region: STONE,
        body: makeDispute({ acceptedOn: '2022-05-01', source: 'S3' }),
      },
      {
        id: '01912345-0000-7000-8000-000000000302',
        kind: 'dispute',
        region: STONE,
        body: makeDispute({
          acceptedOn: '2026-05-01',
          source: 'S3',
          confirmation: { status: 'valid', on: '2026-06-01' },
        }),
      },
    ])
    const overview = v.parse(OverviewSchema, (await ask(OVERVIEW)).json())
    const of = (metric: string) => overview.registers.find((one) => one.metric === metric)
    expect(overview.now.disputes).toBe(4)
    expect(of('delegated')).toEqual({ metric: 'delegated', kind: 'cumulative', n: 2 })
    expect(of('confirmed')).toEqual({ metric: 'confirmed', kind: 'unclear', n: 1 })
    const before = v.parse(
      OverviewSchema,
      (await ask('overview?region=999901101&from=2022-01-01&to=2022-12-31')).json(),
    )
    expect(before.registers.find((one) => one.metric === 'delegated')?.n).toBe(1)
    expect(before.registers.find((one) => one.metric === 'confirmed')?.n).toBe(0)
  })
})
