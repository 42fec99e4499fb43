import { sql } from 'drizzle-orm'
import { beforeAll, beforeEach, expect, it } from 'vitest'
import { LATE_MS, SESSION_LIFE } from '#domain/account/session.ts'
import type { Database } from '#server/database/database.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import {
  accountsWorld,
  anotherNode,
  TOWN,
  VILLAGE,
  type AccountsWorld,
} from '#tests/support/accounts-world.ts'

const { rotate, idle, absolute } = SESSION_LIFE.phone

/** Dice with a seed, so that a failing walk can be walked again. */
const dice = (seed: number) => () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return seed / 2 ** 32
}

onBothDatabases('sessions', (open) => {
  let database: Database
  let world: AccountsWorld

  beforeAll(async () => {
    database = await open()
  })
  beforeEach(async () => {
    world = await accountsWorld(database)
    return () => world.close()
  })

  it('[TR-15] a token is followed by another, and both hold until the new one is used', async () => {
    const { browser } = await world.person('甲', [['mediator', VILLAGE]])
    const first = browser.cookies.get('__Host-mb')
    expect((await browser.get('/api/me')).set).toEqual([])
    world.clock.at += rotate
    const old = browser.copy()
    await browser.get('/api/me')
    expect(browser.cookies.get('__Host-mb')).not.toBe(first)
    expect((await old.get('/api/me', true)).status).toBe(200)
    expect((await browser.get('/api/me')).status).toBe(200)
    // The new one was used: what is late on the line is still answered, and brings nothing forward.
    const late = await old.get('/api/me', true)
    expect([late.status, late.set]).toEqual([200, []])
  })

  it('[TR-15] lost answers at any point log nobody out', async () => {
    const { browser } = await world.person('乙', [['mediator', VILLAGE]])
    const next = dice(20_260_508)
    let rotations = 0
    for (let day = 0; day < 120; day++) {
      world.clock.at += Math.floor(rotate * (0.4 + next()))
      const before = browser.cookies.get('__Host-mb')
      // Several requests go out with the same token; each answer arrives or is lost.
      const sent = await Promise.all([0, 1, 2].map(() => browser.copy().get('/api/me', true)))
      expect(sent.map((one) => one.status)).toEqual([200, 200, 200])
      const given = new Set(sent.flatMap((one) => one.set.map((cookie) => cookie.value)))
      expect(given.size).toBeLessThanOrEqual(1)
      const [token] = given
      if (token !== undefined && next() < 0.5) browser.cookies.set('__Host-mb', token)
      if (browser.cookies.get('__Host-mb') !== before) rotations++
    }
    expect(rotations).toBeGreaterThan(20)
  })

  it('[TR-15] a replaced token that comes back later ends the session and is written down', async () => {
    const { browser, id } = await world.person('丙', [['mediator', VILLAGE]])
    const stolen = browser.copy()
    world.clock.at += rotate
    await browser.get('/api/me')
    await browser.get('/api/me')
    world.clock.at += LATE_MS
    expect((await stolen.get('/api/me')).status).toBe(401)
    expect((await browser.get('/api/me')).status).toBe(401)
    const log = (await world.log()).filter((one) => one['action'] === 'session.theft' && one['actor'] === id)
    expect(log).toEqual([expect.objectContaining({ outcome: 'refused', region: VILLAGE })])
  })

  it('[TR-14] ends when unused and when old, however much it was used', async () => {
    const unused = await world.person('丁', [['mediator', VILLAGE]])
    const busy = await world.person('戊', [['mediator', VILLAGE]])
    const end = world.clock.at + absolute
    world.clock.at += idle - 1
    expect((await busy.browser.get('/api/me')).status).toBe(200)
    world.clock.at += 1
    expect((await busy.browser.get('/api/me')).status).toBe(200)
    expect((await unused.browser.get('/api/me')).status).toBe(401)
    while (world.clock.at + idle - 1 < end) {
      world.clock.at += idle - 1
      expect((await busy.browser.get('/api/me')).status).toBe(200)
    }
    world.clock.at = end
    expect((await busy.browser.get('/api/me')).status).toBe(401)
  })

  it('[TR-14] the cookie is host-only, secure, hidden from scripts and never sent across sites', async () => {
    const { browser } = await world.person('己', [['mediator', VILLAGE]])
    world.clock.at += rotate
    const answer = await browser.get('/api/me')
    const [cookie] = answer.set
    expect(cookie).toMatchObject({
      name: '__Host-mb',
      path: '/',
      secure: true,
      httpOnly: true,
      sameSite: 'Strict',
    })
    expect(cookie?.domain).toBeUndefined()
    expect(JSON.stringify(answer.body)).not.toContain(cookie?.value)
  })

  it('[TR-14] a locked phone whose address bar is open shows nothing of a session that holds', async () => {
    const { browser } = await world.person('丙辰', [['mediator', VILLAGE]])
    expect((await browser.get('/api/me')).status).toBe(200)
    browser.types = true
    expect((await browser.get('/api/me')).status).toBe(401)
    browser.types = false
    expect((await browser.get('/api/me')).status).toBe(200)
  })

  it('[TR-16] signing out, a closed account and an ended post hold at once on another server', async () => {
    const { browser, id } = await world.person('庚', [['coordinator', TOWN]])
    const other = await anotherNode(world)
    const there = other.browser()
    for (const [name, value] of browser.cookies) there.cookies.set(name, value)
    expect((await there.get('/api/people')).status).toBe(200)
    await database.as('accounts', {}, (tx) =>
      tx.execute(sql`UPDATE role_grant SET to_day = '2026-05-07' WHERE person = ${id}`),
    )
    expect((await there.get('/api/people')).status).toBe(403)
    expect((await there.get('/api/me')).status).toBe(200)
    await database.as('accounts', {}, (tx) =>
      tx.execute(sql`UPDATE account SET state = 'disabled' WHERE person = ${id}`),
    )
    expect((await there.get('/api/me')).status).toBe(401)
    await database.as('accounts', {}, (tx) =>
      tx.execute(sql`UPDATE account SET state = 'active' WHERE person = ${id}`),
    )
    const out = await browser.post('/api/logout')
    expect(out.status).toBe(200)
    expect(browser.cookies.has('__Host-mb')).toBe(false)
    expect((await there.get('/api/me')).status).toBe(401)
    await other.close()
  })

  it('[TR-09] of two people on one browser each has a session, and neither is taken for the other', async () => {
    const one = await world.person('癸', [['coordinator', TOWN]])
    const two = await world.person('甲子', [['mediator', VILLAGE]])
    const phone = one.browser
    const who = async (device: number | null) => {
      phone.speaksFor = device
      const { status, body } = await phone.get('/api/me')
      return status === 200 ? body.me.person : status
    }
    // A session from before its phone said who asks gets a place of its own with the first word.
    expect(await who(one.device)).toBe(one.id)
    // Somebody else comes in on the same browser.
    phone.cookies.set('__Host-mb', two.browser.cookies.get('__Host-mb') ?? '')
    expect(await who(two.device)).toBe(two.id)
    expect(await who(one.device)).toBe(one.id)
    expect((await phone.get('/api/people')).status).toBe(200)
    // Tokens go on for each alone, answers lost or not, and nobody is thrown out.
    for (let turn = 0; turn < 6; turn++) {
      world.clock.at += rotate
      phone.speaksFor = one.device
      await phone.get('/api/me', turn % 2 === 0)
      expect([await who(one.device), await who(two.device), await who(null)]).toEqual([
        one.id,
        two.id,
        two.id,
      ])
    }
    // Whoever has no session here, and whoever has not come in, is nobody, whoever else has.
    for (const device of [0, 999_999]) expect(await who(device)).toBe(401)
    const stranger = await world.person('乙丑', [['mediator', VILLAGE]])
    expect(await who(stranger.device)).toBe(401)
    // Signing out ends one's own and no other's.
    phone.speaksFor = two.device
    await phone.post('/api/logout')
    expect([await who(two.device), await who(null), await who(one.device)]).toEqual([401, 401, one.id])
    expect([...phone.cookies.keys()]).toEqual([`__Host-mb-d${one.device}`])
  })

  it('[TR-09] a session that another installation shows is not moved on by it', async () => {
    const { browser, device, id } = await world.person('丙寅', [['mediator', VILLAGE]])
    world.clock.at += rotate
    browser.speaksFor = device + 1
    const answer = await browser.get('/api/me')
    expect([answer.status, answer.set]).toEqual([401, []])
    browser.speaksFor = device
    expect((await browser.get('/api/me')).body.me.person).toBe(id)
  })

  it('[TR-26] me names posts, places above, and all villages of the town, for somebody of one village too', async () => {
    const { browser } = await world.person('辛', [
      ['coordinator', TOWN],
      ['mediator', VILLAGE],
    ])
    const { me } = (await browser.get('/api/me')).body
    expect(me.posts.map((one: { role: string }) => one.role)).toEqual(['mediator', 'coordinator'])
    const codes = me.regions.map((one: { code: string }) => one.code)
    expect(codes).toEqual(
      expect.arrayContaining(['999901000000', '999901101000', '999901101001', '999901101002']),
    )
    expect(codes).not.toContain('999901102000')
    expect(me).toMatchObject({ sponsor: '示例县司法局', filingNo: '示例备 0000 号' })
    expect(me.grants).toHaveLength(3)
    const neighbour = await world.person('壬', [['mediator', VILLAGE]])
    const around = (await neighbour.browser.get('/api/me')).body.me.regions as { code: string }[]
    expect(around.map((one) => one.code)).toEqual(
      expect.arrayContaining(['999901000000', '999901101000', '999901101001', '999901101002']),
    )
    expect(around.some((one) => one.code.startsWith('999901102'))).toBe(false)
  })
})
