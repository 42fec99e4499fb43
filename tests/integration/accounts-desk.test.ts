import { beforeAll, beforeEach, expect, it } from 'vitest'
import { sql } from 'drizzle-orm'
import { Secret, TOTP } from 'otpauth'
import type { Database } from '#server/database/database.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import {
  accountsWorld,
  anotherNode,
  TOWN,
  VILLAGE,
  type AccountsWorld,
  type Browser,
} from '#tests/support/accounts-world.ts'

const PASSWORD = '桥头那棵老槐树下面见到一只鹅'
const MINUTE = 60_000

onBothDatabases('desk login', (open) => {
  let database: Database
  let world: AccountsWorld
  let count = 0

  beforeAll(async () => {
    database = await open()
  })
  beforeEach(async () => {
    world = await accountsWorld(database)
    return () => world.close()
  })

  /** A coordinator with a desk login of their own, set up as people set it up. */
  async function withDesk() {
    const who = await world.person('李守田', [['coordinator', TOWN]])
    const username = `li.${++count}`
    const made = (await who.browser.post('/api/setups')).body
    const browser = world.browser()
    const seen = (await browser.post('/api/setup', { code: made.code })).body
    const totp = new TOTP({ secret: Secret.fromBase32(seen.secret) })
    const code = () => totp.generate({ timestamp: world.clock.at })
    const finish = { code: made.code, username, password: PASSWORD, totp: code() }
    const done = await browser.post('/api/setup/finish', finish)
    world.clock.at += 30_000
    const login = (desk: Browser, more: object = {}) =>
      desk.post('/api/login', { username, password: PASSWORD, code: code(), ...more })
    return { who, username, made, seen, finish, recovery: done.body.recovery as string[], code, login }
  }

  it('[TR-18] a server with another secret lets in who set themself up under the one of before, and then knows them without it', async () => {
    const desk = await withDesk()
    const changed = 'Zt7Wm2Qx9Lc4Vb8Kn1Jh6Gf3Ds5Pa0Ru'
    const later = await anotherNode(world, { secret: changed, secretsBefore: [world.secret] })
    const alone = await anotherNode(world, { secret: changed })
    const [code = ''] = desk.recovery
    expect((await desk.login(alone.browser())).body.reason).toBe('wrong')
    expect((await desk.login(later.browser(), { password: `${PASSWORD}吗` })).body.reason).toBe('wrong')
    expect((await desk.login(later.browser(), { code })).status).toBe(200)
    world.clock.at += MINUTE
    expect((await desk.login(alone.browser())).status).toBe(200)
    await Promise.all([later.close(), alone.close()])
  })

  it('[TR-18] a person sets up the own login once, with a working second factor', async () => {
    const desk = await withDesk()
    expect(desk.recovery).toHaveLength(10)
    expect(desk.seen.name).toBe('李守田')
    expect((await world.browser().post('/api/setup/finish', desk.finish)).body.reason).toBe('code-gone')
    const browser = world.browser()
    const entered = await desk.login(browser)
    expect(entered.body.me).toMatchObject({ person: desk.who.id, provisional: false })
    expect((await browser.get('/api/me')).body.device).toBe(entered.body.device)
    const kept = JSON.stringify(await world.rows(sql`SELECT to_jsonb(a) AS a FROM account a`))
    for (const secret of [
      PASSWORD,
      desk.seen.secret,
      ...desk.recovery,
      ...desk.recovery.map((one) => one.replaceAll('-', '')),
    ])
      expect(kept).not.toContain(secret)
    expect(kept).toContain('$argon2id$v=19$m=19456,t=2,p=1$')
  })

  it('[TR-18] refuses weak passwords, a wrong second factor and a taken name, and keeps the code good', async () => {
    const taken = await withDesk()
    const who = await world.person('赵', [['clerk', TOWN]])
    const made = (await who.browser.post('/api/setups')).body
    const seen = (await world.browser().post('/api/setup', { code: made.code })).body
    const totp = new TOTP({ secret: Secret.fromBase32(seen.secret) }).generate({ timestamp: world.clock.at })
    const attempt = async (more: object) =>
      (
        await world.browser().post('/api/setup/finish', {
          code: made.code,
          username: `zhao.${count}`,
          password: PASSWORD,
          totp,
          ...more,
        })
      ).body.reason
    expect(await attempt({ password: 'short' })).toBe('too-short')
    expect(await attempt({ password: 'butterfly2026!!' })).toBe('too-common')
    expect(await attempt({ password: '青石2026050811111' })).toBe('guessable')
    expect(await attempt({ totp: '000000' === totp ? '000001' : '000000' })).toBe('totp-wrong')
    expect(await attempt({ username: taken.username })).toBe('username-taken')
    expect(await attempt({ username: '赵' })).toBe('username-malformed')
    expect(await attempt({})).toBe(undefined)
    const mediator = await world.person('村里', [['mediator', VILLAGE]])
    expect((await mediator.browser.post('/api/setups')).body.reason).toBe('no-desk')
  })

  it('[TR-18] a second factor is good once', async () => {
    const desk = await withDesk()
    const code = desk.code()
    expect((await desk.login(world.browser(), { code })).status).toBe(200)
    expect((await desk.login(world.browser(), { code })).body.reason).toBe('wrong')
    world.clock.at += 30_000
    expect((await desk.login(world.browser(), { code })).body.reason).toBe('wrong')
    expect((await desk.login(world.browser())).status).toBe(200)
    const [recovery] = desk.recovery
    expect((await desk.login(world.browser(), { code: recovery })).status).toBe(200)
    expect((await desk.login(world.browser(), { code: recovery })).body.reason).toBe('wrong')
    world.clock.at += 5 * MINUTE
    const both = await Promise.all([desk.login(world.browser()), desk.login(world.browser())])
    expect(both.map((one) => one.status).sort()).toEqual([200, 403])
  })

  it('[TR-19] answers a name nobody has like a wrong password, in answer and in waiting', async () => {
    const desk = await withDesk()
    const wrong = await desk.login(world.browser(), { password: `${PASSWORD}x` })
    const unknown = await desk.login(world.browser(), { username: 'nobody.here' })
    expect([unknown.status, unknown.body]).toEqual([wrong.status, wrong.body])
    for (const username of [desk.username, 'nobody.there']) {
      const answers: string[] = []
      for (let i = 0; i < 7; i++)
        answers.push(
          (await desk.login(world.browser(), { username, password: `no ${i} no no no` })).body.reason,
        )
      expect(answers.filter((one) => one === 'wait').length).toBeGreaterThanOrEqual(2)
      expect(answers.slice(0, 4)).toEqual(['wrong', 'wrong', 'wrong', 'wrong'])
    }
  })

  it('[TR-19] strangers who guess shut out strangers, not the desk its owner uses', async () => {
    const desk = await withDesk()
    const own = world.browser()
    expect((await desk.login(own)).status).toBe(200)
    for (let i = 0; i < 6; i++) await desk.login(world.browser(), { password: `no ${i} no no no` })
    world.clock.at += 30_000
    const stranger = await desk.login(world.browser())
    expect([stranger.status, stranger.headers['retry-after']]).toEqual([429, '30'])
    expect((await desk.login(own)).status).toBe(200)
    world.clock.at += MINUTE
    expect((await desk.login(world.browser())).status).toBe(200)
  })

  it('[TR-19] the same work is done for a name nobody has, by the processor’s own account', async () => {
    const desk = await withDesk()
    const { hasher } = world.accounts.context
    const spent: Record<string, number[]> = { known: [], unknown: [] }
    const asked: (string | null)[] = []
    world.accounts.context.hasher = {
      ...hasher,
      async verify(stored, password) {
        asked.push(stored)
        const before = process.cpuUsage()
        const answer = await hasher.verify(stored, password)
        const { user, system } = process.cpuUsage(before)
        spent[stored === null ? 'unknown' : 'known']?.push(user + system)
        return answer
      },
    }
    for (let i = 0; i < 5; i++)
      for (const username of [desk.username, `nobody.${i}`])
        await desk.login(world.browser(), { username, password: `no ${i} no no no` })
    expect(asked.map((one) => one === null)).toEqual(Array.from({ length: 10 }, (_, i) => i % 2 === 1))
    const middle = (list: number[] | undefined) => (list ?? []).toSorted((a, b) => a - b)[2] ?? 0
    const ratio = middle(spent['known']) / middle(spent['unknown'])
    expect(ratio).toBeGreaterThan(1 / 3)
    expect(ratio).toBeLessThan(3)
  })

  it('[TR-19] a flood at one name reaches the hash five times, and a flood at many leaves two at work', async () => {
    const desk = await withDesk()
    const { hasher } = world.accounts.context
    let [hashed, busy] = [0, 0]
    world.accounts.context.hasher = {
      ...hasher,
      async verify(stored, password) {
        hashed++
        const answer = await hasher.verify(stored, password)
        if (!answer.ok) busy++
        return answer
      },
    }
    const flood = (name: (i: number) => string) =>
      Promise.all(
        Array.from({ length: 60 }, (_, i) =>
          desk.login(world.browser(), { username: name(i), password: `no ${i} no no no` }),
        ),
      )
    await flood(() => desk.username)
    expect(hashed).toBe(5)
    const answers = await flood((i) => `nobody.else.${i}`)
    expect(hashed).toBe(65)
    expect(answers.map((one) => one.status)).not.toContain(500)
    expect(answers.filter((one) => one.status === 503)).toHaveLength(busy)
    // Whoever the flood kept out is not counted as wrong, and gets in.
    world.clock.at += 2 * MINUTE
    expect((await desk.login(world.browser())).status).toBe(200)
  })

  it('[TR-19] many tries at once do not slip past the count', async () => {
    const desk = await withDesk()
    const tries = Array.from({ length: 12 }, (_, i) =>
      desk.login(world.browser(), { password: `no ${i} no no no` }),
    )
    const reasons = (await Promise.all(tries)).map((one) => one.body.reason)
    expect(reasons.filter((one) => one === 'wrong')).toHaveLength(5)
    expect(reasons.filter((one) => one === 'wait')).toHaveLength(7)
  })

  it('[TR-18] who holds no office any more does not get in, and a new setup ends old desks', async () => {
    const desk = await withDesk()
    const browser = world.browser()
    expect((await desk.login(browser)).status).toBe(200)
    const again = (await browser.post('/api/setups')).body
    const seen = (await world.browser().post('/api/setup', { code: again.code })).body
    const totp = new TOTP({ secret: Secret.fromBase32(seen.secret) }).generate({ timestamp: world.clock.at })
    await world.browser().post('/api/setup/finish', {
      code: again.code,
      username: desk.username,
      password: `${PASSWORD}二`,
      totp,
    })
    expect((await browser.get('/api/me')).status).toBe(401)
    await database.as('accounts', {}, (tx) =>
      tx.execute(sql`UPDATE role_grant SET to_day = '2026-05-07' WHERE person = ${desk.who.id}`),
    )
    world.clock.at += 5 * MINUTE
    const code = new TOTP({ secret: Secret.fromBase32(seen.secret) }).generate({ timestamp: world.clock.at })
    expect((await desk.login(world.browser(), { password: `${PASSWORD}二`, code })).body.reason).toBe('wrong')
  })

  it('[TR-51] the code that sets a desk up, a wrong second factor, the set-up, a login and a spent recovery code are in the log', async () => {
    const before = (await world.log()).length
    const who = await world.person('李守田', [['coordinator', TOWN]])
    const username = `li.${++count}`
    const made = (await who.browser.post('/api/setups')).body
    const { secret } = (await world.browser().post('/api/setup', { code: made.code })).body
    const totp = new TOTP({ secret: Secret.fromBase32(secret) })
    const finish = { code: made.code, username, password: PASSWORD }
    const at = (ms: number) => totp.generate({ timestamp: world.clock.at + ms })
    const wrong = at(86_400_000)
    expect((await world.browser().post('/api/setup/finish', { ...finish, totp: wrong })).status).toBe(400)
    const done = await world.browser().post('/api/setup/finish', { ...finish, totp: at(0) })
    const login = { username, password: PASSWORD, code: done.body.recovery[0] }
    expect((await world.browser().post('/api/login', login)).status).toBe(200)
    expect((await world.browser().post('/api/login', login)).status).toBe(403)
    const log = (await world.log()).slice(before)
    expect(log.map((one) => [one['action'], one['outcome'], one['reason']])).toEqual([
      ['device.enrol', 'ok', 'confirmed'],
      ['desk.reset', 'ok', ''],
      ['desk.setup', 'refused', 'totp-wrong'],
      ['desk.setup', 'ok', ''],
      ['recovery.use', 'ok', ''],
      ['device.enrol', 'ok', 'confirmed'],
      ['login', 'ok', ''],
      ['login', 'refused', ''],
    ])
    expect(new Set(log.map((one) => [one['actor'], one['region']].join()))).toEqual(
      new Set([`${who.id},${TOWN}`]),
    )
  })
})
