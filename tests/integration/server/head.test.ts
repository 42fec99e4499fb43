import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { beforeAll, expect, it } from 'vitest'
import { buildApp } from '#server/app.ts'
import { configFrom } from '#server/config.ts'
import type { Database } from '#server/database/database.ts'
import { accountsWorld, COUNTY, VILLAGE, type AccountsWorld } from '#tests/support/accounts-world.ts'
import { DEVICE_HEADER } from '#sync/protocol/device-header.ts'
import { onBothDatabases } from '#tests/support/databases.ts'

onBothDatabases('Asking whether anything is new', (open) => {
  let world: AccountsWorld
  let app: Awaited<ReturnType<typeof buildApp>>
  let transactions = 0

  beforeAll(async () => {
    const database = await open()
    const counted: Database = {
      ...database,
      as: (...args) => {
        transactions++
        return database.as(...args)
      },
    }
    world = await accountsWorld(counted)
    app = await buildApp({
      config: configFrom({ MINGBAI_DEMO: '1', MINGBAI_ORIGIN: 'https://mingbai.test' }),
      version: '0.0.0',
      database: counted,
      clock: () => world.clock.at,
      identity: world.accounts.identity,
      secret: randomUUID(),
      routes: [],
      attach: (one) => world.accounts.attach(one),
      appFolder: '/nowhere',
      isStopping: () => false,
      mainPort: () => 443,
      logStream: { write: () => {} },
    })
  })

  const ask = (cookie: string, counties = COUNTY, more: Record<string, string> = {}) =>
    app.inject({ url: `/api/sync/v1/head?c=${counties}`, headers: { host: 'mingbai.test', cookie, ...more } })
  const mediator = async () => {
    const one = await world.person('示例', [['mediator', VILLAGE]])
    return { ...one, cookie: `__Host-mb=${one.browser.cookies.get('__Host-mb')}` }
  }

  it('[L-24] costs no transaction while nothing changes, and few bytes', async () => {
    const phones = [await mediator(), await mediator(), await mediator()]
    for (const one of phones) await ask(one.cookie)
    const before = transactions
    for (let time = 0; time < 20; time++)
      for (const one of phones) expect((await ask(one.cookie)).statusCode).toBe(200)
    expect(transactions).toBe(before)
    // However many ask, two looks at the database in two seconds: where ledgers stand, and whether rights changed.
    world.clock.at += 2001
    for (const one of phones) await ask(one.cookie)
    expect(transactions).toBe(before + 2)
    const answer = await ask(phones[0]?.cookie ?? '')
    expect(answer.json()).toEqual({
      heads: { [COUNTY]: 0 },
      epoch: expect.any(String),
      scopeRev: expect.any(Number),
    })
    // Status line and headers as they are on the line, the length and date that the runtime adds included.
    const headers = Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}\r\n`)
    const bytes = answer.rawPayload.length + 'HTTP/1.1 200 OK\r\n\r\n'.length + headers.join('').length
    expect(bytes).toBeLessThan(500)
    console.log(`head: ${answer.rawPayload.length} B of JSON, ${bytes} B with headers`)
  })

  it('[TR-09] is not answered from memory to another installation than the one whose session it is', async () => {
    const [one, two] = [await mediator(), await mediator()]
    const as = async (device: number) =>
      (await ask(one.cookie, COUNTY, { [DEVICE_HEADER]: String(device) })).statusCode
    expect([await as(one.device), await as(two.device), await as(one.device)]).toEqual([200, 401, 200])
  })

  it('[D-27] the number of the own rights changes when a grant begins or ends by its days, and with every change of rights', async () => {
    const phone = await mediator()
    const revision = async () => (await ask(phone.cookie)).json<{ scopeRev: number }>().scopeRev
    const seen = [await revision()]
    const day = 86_400_000
    await world.database.as('accounts', {}, (tx) =>
      tx.execute(sql`INSERT INTO record_grant (person, record, from_day, to_day)
        VALUES (${phone.id}, ${randomUUID()}, '2026-05-09', '2026-05-10')`),
    )
    world.clock.at += 2001
    expect(await revision()).toBe(seen[0])
    for (const _ of ['it begins', 'it holds', 'it has ended']) {
      world.clock.at += day
      seen.push(await revision())
    }
    expect(seen[1]).not.toBe(seen[0])
    expect(seen[2]).toBe(seen[1])
    expect(seen[3]).not.toBe(seen[2])
    await world.database.as('accounts', {}, (tx) =>
      tx.execute(sql`UPDATE scope_rev SET rev = rev + 1 WHERE person = ${phone.id}`),
    )
    world.clock.at += 2001
    expect(seen).not.toContain(await revision())
  })

  it.each([
    [
      'a revoked device',
      (id: string) =>
        sql`UPDATE device SET state = 'revoked' WHERE account = (SELECT id FROM account WHERE person = ${id})`,
    ],
    ['a closed account', (id: string) => sql`UPDATE account SET state = 'disabled' WHERE person = ${id}`],
    [
      'an ended session',
      (id: string) => sql`UPDATE session SET ended_at = 1, ended_for = 'logout' WHERE person = ${id}`,
    ],
  ])('[TR-15] %s is nobody within two seconds, on every server', async (_, statement) => {
    const phone = await mediator()
    expect((await ask(phone.cookie)).statusCode).toBe(200)
    await world.database.as('accounts', {}, (tx) => tx.execute(statement(phone.id)))
    world.clock.at += 2001
    expect((await ask(phone.cookie)).statusCode).toBe(401)
  })
})
