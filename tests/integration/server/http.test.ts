import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { InjectOptions } from 'fastify'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXCHANGE_PATH } from '#sync/protocol/wire.ts'
import type { Database } from '#server/database/database.ts'
import { route } from '#server/routes/route.ts'
import { openTestDatabase } from '#tests/support/databases.ts'
import { createDispute } from '#tests/support/server-ops.ts'
import { COUNTY, grantsOf, ServerWorld, VILLAGE, type Phone } from '#tests/support/server-world.ts'

const CANARY = '张三丰13800001111'

describe('The server’s door', () => {
  let database: Database
  let world: ServerWorld
  let phone: Phone

  const routes = [
    route({
      method: 'POST',
      path: '/api/echo',
      summary: 'x',
      access: { actors: ['clerk'] },
      body: v.object({ a: v.number() }),
      handler: ({ body }) => body,
    }),
    route({
      method: 'GET',
      path: '/api/bug',
      summary: 'x',
      access: { actors: ['anyone'] },
      handler: () => {
        throw new Error(`broken by ${CANARY}`)
      },
    }),
  ]

  beforeAll(async () => {
    database = await openTestDatabase('embedded')
    world = await ServerWorld.open(database, routes)
    phone = await world.phone(grantsOf('mediator', VILLAGE))
  })
  afterAll(() => database.close())

  const answer = async (options: InjectOptions) => {
    const { statusCode, headers, body } = await world.app.inject(options)
    return {
      status: statusCode,
      headers,
      body,
      reason: statusCode >= 400 ? (JSON.parse(body) as { reason?: string }).reason : undefined,
    }
  }
  const json = { 'content-type': 'application/json' }

  it.each([
    ['no JSON', '{', 400, 'malformed'],
    ['nothing', '', 400, 'malformed'],
    ['an empty object', '{}', 400, 'malformed'],
    ['an array', '[]', 400, 'malformed'],
    ['a prototype', '{"__proto__":{"a":1}}', 400, 'malformed'],
    ['a deep nest', `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`, 400, 'malformed'],
  ])('refuses a body that is %s and changes nothing', async (_what, body, status, reason) => {
    const given = await world.post(phone, body)
    expect(given.status).toBe(status)
    expect(JSON.parse(given.text)).toMatchObject({ reason, sentence: expect.stringMatching(/。$/) })
  })

  it('refuses a push of more than 200 ops, an op without a number, and a county that is none', async () => {
    const op = createDispute(phone)
    const many = { push: { c: COUNTY, ops: Array.from({ length: 201 }, () => op) } }
    for (const more of [
      many,
      { push: { c: COUNTY, ops: [{ ...op, n: -1 }] } },
      { push: { c: '9999', ops: [op] } },
      { pull: { sv: 1, max: 500, s: { x: 0 } } },
    ])
      expect((await world.exchange(phone, more as never)).status).toBe(400)
  })

  it('[TR-58] an op that stands behind what is no record harms nothing that is handed in with it', async () => {
    const good = createDispute(phone)
    const id = randomUUID()
    const a = { dispute: '　', on: '2026-11-20', place: '', notes: '', helpers: [] }
    const bad = { ...createDispute(phone), e: ['meeting', id] as [string, string], a }
    const given = await world.push(phone, [good, bad])
    expect(given.status).toBe(200)
    expect(given.acks.map((one) => one[1] === 'ok')).toEqual([true, false])
  })

  it('[TR-58] a sign that no database holds is refused before anybody looks for it; of what is handed in only its op is', async () => {
    const { pull, ...request } = { ...world.request(phone), pull: { sv: 1, max: 500, s: { [COUNTY]: 0 } } }
    const wants = ['\u0000', '\ud800'].map((sign) => ({
      pull: { ...pull, want: { [COUNTY]: [[`dispute${sign}`, randomUUID()]] } },
    }))
    for (const more of [{ app: 'a\u0000' }, { epoch: '\u0000' }, { app: '\ud800' }, ...wants])
      expect(await world.post(phone, JSON.stringify({ ...request, ...more }))).toMatchObject({ status: 400 })
    const [good, bad] = [createDispute(phone), createDispute(phone)]
    const a = { ...bad.a, facts: 'a\u0000' }
    const given = await world.push(phone, [good, { ...bad, a }])
    expect(given.status).toBe(200)
    expect(given.acks.map((one) => one[1])).toEqual(['ok', 'quarantined'])
    for (const reason of ['a\u0000', '\ud800']) {
      const said = { ...createDispute(phone), k: 'refusal.give-up', a: { n: 1, reason } }
      const after = await world.push(phone, [createDispute(phone), said])
      expect(after.acks.map((one) => one[1])).toEqual(['ok', 'ok'])
    }
  })

  it('refuses a body over one megabyte, packed or not, without unpacking all of it', async () => {
    const headers = { ...json, 'x-test-device': String(phone.device) }
    const large = JSON.stringify({ ...world.request(phone), filler: 'x'.repeat(1_100_000) })
    expect(await answer({ method: 'POST', url: EXCHANGE_PATH, headers, payload: large })).toMatchObject({
      status: 413,
      reason: 'too-large',
    })
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, 32))
    const before = process.memoryUsage().rss
    const given = await answer({
      method: 'POST',
      url: EXCHANGE_PATH,
      headers: { ...headers, 'content-encoding': 'gzip' },
      payload: bomb,
    })
    expect(given).toMatchObject({ status: 413, reason: 'too-large' })
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024)
  })

  it('refuses what is no gzip, an unknown packing, and another type', async () => {
    const headers = { ...json, 'x-test-device': String(phone.device) }
    const post = (more: Record<string, string>, payload = 'nonsense') =>
      answer({ method: 'POST', url: EXCHANGE_PATH, headers: { ...headers, ...more }, payload })
    expect(await post({ 'content-encoding': 'gzip' })).toMatchObject({ status: 400, reason: 'malformed' })
    expect(await post({ 'content-encoding': 'br' })).toMatchObject({ status: 415, reason: 'wrong-type' })
    expect(await post({ 'content-type': 'text/plain' })).toMatchObject({ status: 415, reason: 'wrong-type' })
  })

  it('packs long answers for those who can unpack them', async () => {
    const headers = { ...json, 'x-test-device': String(phone.device), 'accept-encoding': 'gzip' }
    const payload = JSON.stringify({ ...world.request(phone), pull: { sv: 1, max: 500, s: { [COUNTY]: 0 } } })
    await world.push(
      phone,
      Array.from({ length: 10 }, () => createDispute(phone)),
    )
    expect((await answer({ method: 'POST', url: EXCHANGE_PATH, headers, payload })).headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-type': 'application/x-ndjson; charset=utf-8',
    })
  })

  it('[TR-21] lets nobody in who is not named by the route', async () => {
    const clerk = await world.phone(grantsOf('clerk', VILLAGE))
    const former = await world.phone(grantsOf('clerk', VILLAGE, '2020-01-01', '2026-11-20'))
    const post = (one: Phone | null) =>
      answer({
        method: 'POST',
        url: '/api/echo',
        headers: { ...json, ...(one ? { 'x-test-device': String(one.device) } : {}) },
        payload: '{"a":1,"b":2}',
      })
    expect(await post(null)).toMatchObject({ status: 401, reason: 'signed-out' })
    expect(await post(phone)).toMatchObject({ status: 403, reason: 'not-allowed' })
    expect(await post(former)).toMatchObject({ status: 403, reason: 'not-allowed' })
    // What the schema does not name never reaches the handler.
    expect(await post(clerk)).toMatchObject({ status: 200, body: '{"a":1}' })
  })

  it('[TR-21] a server with a route that does not say who may ask does not start', async () => {
    const { access: _, ...nobody } = route({
      method: 'GET',
      path: '/api/for-whom',
      summary: 'x',
      access: { actors: ['anyone'] },
      handler: () => ({}),
    })
    for (const one of [nobody, { ...nobody, access: { actors: [] } }])
      await expect(ServerWorld.open(database, [one as never])).rejects.toThrow(
        'GET /api/for-whom does not say who may ask',
      )
  })

  it('[TR-54] changes nothing for another site’s page', async () => {
    const headers = { ...json, 'x-test-device': String(phone.device), host: 'localhost:8080' }
    const post = (more: Record<string, string>) =>
      answer({
        method: 'POST',
        url: EXCHANGE_PATH,
        headers: { ...headers, ...more },
        payload: JSON.stringify(world.request(phone)),
      })
    for (const more of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://example.org' },
      { origin: 'null' },
    ])
      expect(await post(more as never)).toMatchObject({ status: 403, reason: 'other-site' })
    for (const more of [{ 'sec-fetch-site': 'same-origin' }, { origin: 'http://localhost:8080' }, {}])
      expect((await post(more as never)).status).toBe(200)
    const asked = await answer({
      method: 'OPTIONS',
      url: EXCHANGE_PATH,
      headers: { origin: 'https://example.org', 'access-control-request-method': 'POST' },
    })
    expect(Object.keys(asked.headers).filter((one) => one.startsWith('access-control'))).toEqual([])
  })

  it('[TR-53] sends its policy with every answer, errors included', async () => {
    for (const url of ['/api/health', '/api/nowhere', '/api/bug', EXCHANGE_PATH]) {
      const { headers } = await answer({ url, headers: { host: 'localhost:8080' } })
      expect(headers, url).toMatchObject({
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      })
    }
    for (const url of ['/nowhere', '/app/']) {
      const { headers } = await answer({ url, headers: { host: 'localhost:8080' } })
      const policy = String(headers['content-security-policy'])
      expect(policy, url).toContain(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'",
      )
      expect(policy).toContain("require-trusted-types-for 'script'; trusted-types vue mb-url")
      expect(policy).toContain("frame-ancestors 'self' http://localhost:8080")
      expect(policy).not.toContain('unsafe-inline')
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
      })
    }
    const odd = await answer({ url: '/nowhere', headers: { host: "evil' *:80" } })
    expect(String(odd.headers['content-security-policy'])).not.toContain('evil')
  })

  it('[TR-46] neither an answer nor a log line carries a value of somebody', async () => {
    expect(await answer({ url: `/api/bug?name=${encodeURIComponent(CANARY)}` })).toMatchObject({
      status: 500,
      reason: 'internal',
    })
    const poison = createDispute(phone, {
      body: { facts: `${CANARY}\u0000`, parties: [{ id: 'x', name: CANARY, kind: 'person' }] },
    })
    await world.push(phone, [poison])
    await world.post(phone, { ...world.request(phone), app: CANARY.repeat(9) })
    const log = world.log.join('')
    expect(log).toContain('"route":"/api/bug"')
    expect(log).toContain('unexpected error')
    for (const one of [CANARY, '张三丰', '13800001111', encodeURIComponent('张三丰'), phone.person])
      expect(log).not.toContain(one)
  })

  it('answers health to everybody, and numbers about itself to this machine or the token only', async () => {
    const { epoch } = (await world.app.inject('/api/health')).json() as { epoch: string }
    expect((await world.app.inject('/api/health')).json()).toEqual({
      status: 'ok',
      version: '0.0.0',
      database: 'embedded',
      epoch,
    })
    expect(epoch).toMatch(/^[0-9a-f-]{36}$/)
    expect((await answer({ url: '/api/ready' })).status).toBe(200)
    const metrics = await answer({ url: '/api/metrics' })
    expect(metrics.body).toMatch(/^mingbai_requests_total\{.*route="\/api\/health",status="200"\} \d+$/m)
    expect(await answer({ url: '/api/metrics', headers: { 'x-forwarded-for': '10.0.0.9' } })).toMatchObject({
      status: 401,
    })
    expect(await answer({ url: '/api/metrics', remoteAddress: '10.0.0.9' } as never)).toMatchObject({
      status: 401,
    })
  })

  it('describes every route with its access and schemas', async () => {
    const described = (await world.app.inject('/api/openapi.json')).json() as {
      paths: Record<string, Record<string, Record<string, unknown>>>
    }
    expect(described.paths[EXCHANGE_PATH]?.['post']).toMatchObject({
      'x-mb-access': { actors: ['signed-in'] },
      requestBody: {
        content: {
          'application/json': {
            schema: { type: 'object', properties: { push: { properties: { ops: { maxItems: 200 } } } } },
          },
        },
      },
    })
    for (const operations of Object.values(described.paths))
      for (const one of Object.values(operations))
        expect((one['x-mb-access'] as { actors: string[] }).actors.length).toBeGreaterThan(0)
  })
})
