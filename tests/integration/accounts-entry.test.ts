import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { beforeAll, beforeEach, expect, it } from 'vitest'
import { CARD_MS, INVITATION_MS } from '#domain/account/code.ts'
import { matchingWords } from '#domain/account/words.ts'
import type { Database } from '#server/database/database.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import { withoutLog } from '#tests/support/without-log.ts'
import {
  accountsWorld,
  COUNTY,
  OTHER_TOWN,
  OTHER_VILLAGE,
  TOWN,
  VILLAGE,
  type AccountsWorld,
  type Browser,
} from '#tests/support/accounts-world.ts'

const codeOf = (link: string) => link.split('#')[1] ?? ''
const random = () => randomBytes(16).toString('base64url')

onBothDatabases('entering', (open) => {
  let database: Database
  let world: AccountsWorld
  let coordinator: Awaited<ReturnType<AccountsWorld['person']>>

  beforeAll(async () => {
    database = await open()
  })
  beforeEach(async () => {
    world = await accountsWorld(database)
    coordinator = await world.person('李守田', [['coordinator', TOWN]])
    return () => world.close()
  })

  const invite = async (more: object = {}) =>
    (
      await coordinator.browser.post('/api/invitations', {
        name: '赵春梅',
        role: 'mediator',
        region: VILLAGE,
        ...more,
      })
    ).body
  const waiting = async (id: string) =>
    (await coordinator.browser.get('/api/invitations')).body.invitations.find(
      (one: { id: string }) => one.id === id,
    )
  const claim = (phone: Browser, code: string, mine = random(), lose = false) =>
    phone.post('/api/entry/invitation', { code, random: mine }, lose)

  it('[TR-13] lets a phone in after both read the same words, and not before', async () => {
    const made = await invite()
    const phone = world.browser()
    const mine = random()
    const claimed = await claim(phone, codeOf(made.link), mine)
    expect(claimed.status).toBe(200)
    const words = matchingWords(Buffer.from(mine, 'base64url'), Buffer.from(claimed.body.random, 'base64url'))
    expect(await waiting(made.id)).toMatchObject({ state: 'pending', words, regionName: '石桥村（示例）' })
    expect((await phone.post('/api/entry/invitation/state', { poll: claimed.body.poll })).body).toEqual({
      state: 'pending',
    })
    expect((await phone.get('/api/me')).status).toBe(401)
    expect((await coordinator.browser.post('/api/invitations/confirm', { id: made.id, words })).status).toBe(
      200,
    )
    // The answer with the session is lost on the way; asking again gives the same one.
    const lost = await phone.ask('POST', '/api/entry/invitation/state', { poll: claimed.body.poll }, true)
    const stands = await phone.post('/api/entry/invitation/state', { poll: claimed.body.poll })
    expect(stands.set[0]?.value).toBe(lost.set[0]?.value)
    expect(stands.body.entered.me).toMatchObject({
      name: '赵春梅',
      provisional: false,
      mark: 'A',
      posts: [{ role: 'mediator', region: VILLAGE, regionName: '石桥村（示例）' }],
    })
    const me = await phone.get('/api/me')
    expect(me.body).toEqual(stands.body.entered)
    expect(me.body.device).toBe(lost.body.entered.device)
  })

  it('[TR-13] a code is taken by one phone only, and other words open nothing', async () => {
    const made = await invite()
    const mine = random()
    const first = await claim(world.browser(), codeOf(made.link), mine)
    expect((await claim(world.browser(), codeOf(made.link))).body.reason).toBe('code-gone')
    // The same phone, whose first answer was lost, is answered the same.
    expect((await claim(world.browser(), codeOf(made.link), mine)).body).toEqual(first.body)
    const { words } = await waiting(made.id)
    const other = [...words].reverse()
    const wrong = await coordinator.browser.post('/api/invitations/confirm', {
      id: made.id,
      words: other.join() === words.join() ? ['x', 'y', 'z'] : other,
    })
    expect(wrong.body.reason).toBe('other-words')
    expect(
      (await world.browser().post('/api/entry/invitation/state', { poll: first.body.poll })).body.state,
    ).toBe('pending')
  })

  it(
    '[TR-13] of two phones that race for one code one gets it, every time',
    { timeout: 300_000 },
    async () => {
      for (let i = 0; i < 40; i++) {
        const made = await invite()
        const code = codeOf(made.link)
        const both = await Promise.all([claim(world.browser(), code), claim(world.browser(), code)])
        expect(both.map((one) => one.status).toSorted()).toEqual([200, 410])
      }
    },
  )

  it('[TR-13] expired, taken back and used invitations are gone', async () => {
    const expired = await invite()
    world.clock.at += INVITATION_MS
    expect((await claim(world.browser(), codeOf(expired.link))).body.reason).toBe('code-gone')
    expect((await claim(world.browser(), expired.typed)).body.reason).toBe('code-gone')
    const voided = await invite()
    const stranger = await world.person('别人', [['coordinator', TOWN]])
    expect((await stranger.browser.post('/api/invitations/void', { id: voided.id })).status).toBe(410)
    expect((await coordinator.browser.post('/api/invitations/void', { id: voided.id })).status).toBe(200)
    expect((await claim(world.browser(), codeOf(voided.link))).body.reason).toBe('code-gone')
    const late = await invite()
    await claim(world.browser(), codeOf(late.link))
    const { words } = await waiting(late.id)
    world.clock.at += INVITATION_MS
    expect(
      (await coordinator.browser.post('/api/invitations/confirm', { id: late.id, words })).body.reason,
    ).toBe('gone')
  })

  it('[TR-13] a typed code is closed after five wrong endings', async () => {
    const made = await invite()
    const typed = made.typed.replaceAll('-', '')
    const wrong = (n: number) => `${typed.slice(0, 4)}${'000000'.slice(1)}${n}`
    for (let n = 1; n <= 5; n++)
      expect((await claim(world.browser(), wrong(n))).body.reason).toBe('code-gone')
    expect((await claim(world.browser(), made.typed)).body.reason).toBe('code-gone')
    expect((await claim(world.browser(), codeOf(made.link))).body.reason).toBe('code-gone')
    const spared = await invite()
    for (let n = 1; n <= 4; n++) await claim(world.browser(), `${spared.typed.slice(0, 4)}00000${n}`)
    expect((await claim(world.browser(), spared.typed.toLowerCase())).status).toBe(200)
  })

  it('[TR-13] nobody invites above or beside the own region; the county does for its towns', async () => {
    for (const [role, region] of [
      ['mediator', OTHER_VILLAGE],
      ['coordinator', TOWN],
      ['coordinator', COUNTY],
      ['administrator', TOWN],
      ['mediator', OTHER_TOWN],
    ])
      expect(await invite({ role, region })).toMatchObject({ reason: 'not-allowed' })
    expect(await invite({ region: '999901101999' })).toMatchObject({ reason: 'no-such-region' })
    const mediator = await world.person('段文华', [['mediator', VILLAGE]])
    expect(
      (await mediator.browser.post('/api/invitations', { name: '甲', role: 'mediator', region: VILLAGE }))
        .status,
    ).toBe(403)
    const county = await world.person('县里', [['administrator', COUNTY]])
    expect(
      (await county.browser.post('/api/invitations', { name: '乙', role: 'coordinator', region: TOWN }))
        .status,
    ).toBe(200)
    // A known person of another town does not come to a phone of this town's choosing.
    const away = await world.person('别镇的', [['mediator', OTHER_VILLAGE]])
    expect(await invite({ person: away.id })).toMatchObject({ reason: 'no-such-person' })
    expect(await invite({ person: '01912345-0000-7000-8000-000000000999' })).toMatchObject({
      reason: 'no-such-person',
    })
  })

  it('[TR-25] nobody who works on cases is made administrator or auditor, nor the other way round', async () => {
    const county = await world.person('县里的', [['administrator', COUNTY]])
    const post = (person: string, role: string, region: string) =>
      county.browser.post('/api/invitations', { name: '示例', role, region, person })
    const mediator = await world.person('办案的', [['mediator', VILLAGE]])
    const keeper = await world.person('管账号的', [['administrator', TOWN]])
    const auditor = await world.person('查记录的', [['auditor', TOWN]])
    for (const [person, role, region] of [
      [mediator.id, 'administrator', TOWN],
      [mediator.id, 'auditor', TOWN],
      [keeper.id, 'mediator', VILLAGE],
      [keeper.id, 'coordinator', TOWN],
      [keeper.id, 'auditor', TOWN],
      [auditor.id, 'clerk', TOWN],
    ] as const) {
      const answer = await post(person, role, region)
      expect([answer.status, answer.body.reason], role).toEqual([409, 'duties-apart'])
    }
    expect((await post(mediator.id, 'clerk', TOWN)).status).toBe(200)
    expect((await post(keeper.id, 'administrator', OTHER_TOWN)).status).toBe(200)
  })

  it('[TR-13] a known person keeps the device number that their phone already had', async () => {
    const old = await world.person('和秀英', [['understander', VILLAGE]])
    const made = await invite({ name: '和秀英', role: 'understander', person: old.id })
    const phone = world.browser()
    const claimed = await phone.post('/api/entry/invitation', {
      code: codeOf(made.link),
      random: random(),
      device: old.device,
    })
    const { words } = await waiting(made.id)
    await coordinator.browser.post('/api/invitations/confirm', { id: made.id, words })
    const stands = await phone.post('/api/entry/invitation/state', { poll: claimed.body.poll })
    expect(stands.body.entered).toMatchObject({ device: old.device, me: { person: old.id } })
    expect(stands.body.entered.me.posts).toHaveLength(1)
    expect((await old.browser.get('/api/me')).status).toBe(401)
  })

  it('[TR-13] a card tells whose it is without being used up, and only a browser that keeps things uses it', async () => {
    const { cards } = (
      await coordinator.browser.post('/api/cards', {
        people: [{ name: '李桂芬', role: 'understander', region: VILLAGE }],
      })
    ).body
    const code = codeOf(cards[0].link)
    for (let i = 0; i < 3; i++)
      expect((await world.browser().post('/api/entry/card', { code })).body).toMatchObject({
        name: '李桂芬',
        role: 'understander',
        regionName: '石桥村（示例）',
      })
    const preview = world.browser()
    expect(
      (await preview.post('/api/entry/card/confirm', { code, kept: 'nothing-was-kept-here' })).body.reason,
    ).toBe('not-kept')
    const phone = world.browser()
    const { keep } = (await phone.post('/api/entry/card', { code: cards[0].typed })).body
    const entered = await phone.post('/api/entry/card/confirm', { code, kept: keep })
    expect(entered.body.me).toMatchObject({ name: '李桂芬', provisional: true })
    expect(entered.body.me.grants).toEqual([expect.objectContaining({ role: 'understander', lanes: [] })])
    // The same phone asks again; another one finds it gone.
    expect((await phone.post('/api/entry/card/confirm', { code, kept: keep })).body.device).toBe(
      entered.body.device,
    )
    world.clock.at += 1000
    expect((await world.browser().post('/api/entry/card', { code })).body.reason).toBe('code-gone')
  })

  it('[TR-13] a card dies after fourteen days, or when it is taken back; it carries no office', async () => {
    const order = { people: [{ name: '甲', role: 'mediator', region: VILLAGE }] }
    const old = (await coordinator.browser.post('/api/cards', order)).body.cards[0]
    const back = (await coordinator.browser.post('/api/cards', order)).body.cards[0]
    expect((await coordinator.browser.post('/api/cards/void', { id: back.id })).status).toBe(200)
    expect((await world.browser().post('/api/entry/card', { code: codeOf(back.link) })).body.reason).toBe(
      'code-gone',
    )
    world.clock.at += CARD_MS
    expect((await world.browser().post('/api/entry/card', { code: codeOf(old.link) })).body.reason).toBe(
      'code-gone',
    )
    const office = {
      people: [
        { name: '乙', role: 'mediator', region: VILLAGE },
        { name: '丙', role: 'clerk', region: TOWN },
      ],
    }
    expect((await coordinator.browser.post('/api/cards', office)).status).toBe(403)
    expect(
      (await coordinator.browser.get('/api/people')).body.cards.filter(
        (one: { name: string }) => one.name === '乙',
      ),
    ).toEqual([])
  })

  it("[TR-26] a card's phone sees its own only, until the coordinator confirms it from the list", async () => {
    const { cards } = (
      await coordinator.browser.post('/api/cards', {
        people: [{ name: '杨树青', role: 'mediator', region: VILLAGE }],
      })
    ).body
    const phone = world.browser()
    const { keep } = (await phone.post('/api/entry/card', { code: codeOf(cards[0].link) })).body
    const entered = (await phone.post('/api/entry/card/confirm', { code: codeOf(cards[0].link), kept: keep }))
      .body
    const inList = async () =>
      (await coordinator.browser.get('/api/people')).body.people.find(
        (one: { id: string }) => one.id === entered.me.person,
      )
    expect((await inList()).devices).toEqual([
      {
        device: entered.device,
        mark: entered.me.mark,
        state: 'provisional',
        order: null,
        obeyed: false,
        isNew: true,
      },
    ])
    const beside = await world.person('柳河的', [['coordinator', OTHER_TOWN]])
    expect((await beside.browser.post('/api/devices/confirm', { device: entered.device })).status).toBe(404)
    const before = entered.scopeRev
    expect((await coordinator.browser.post('/api/devices/confirm', { device: entered.device })).status).toBe(
      200,
    )
    const me = (await phone.get('/api/me')).body
    expect(me.scopeRev).toBeGreaterThan(before)
    expect(me.me.provisional).toBe(false)
    expect(me.me.grants).toEqual([
      expect.objectContaining({ role: 'mediator', lanes: ['casework', 'outreach', 'register'] }),
    ])
    expect(JSON.stringify(await inList())).not.toMatch(/seen|login|count|_at/i)
  })

  it('[TR-16] a revoked phone is nobody at its next request, on every server', async () => {
    const lost = await world.person('丢手机的', [['mediator', VILLAGE]])
    expect((await lost.browser.get('/api/me')).status).toBe(200)
    const county = await world.person('县里', [['administrator', COUNTY]])
    expect((await coordinator.browser.post('/api/devices/revoke', { device: county.device })).status).toBe(
      404,
    )
    expect((await coordinator.browser.post('/api/devices/revoke', { device: lost.device })).status).toBe(200)
    expect((await lost.browser.get('/api/me')).status).toBe(401)
    const state = await world.rows(sql`SELECT state FROM device WHERE id = ${lost.device}`)
    expect(state).toEqual([{ state: 'revoked' }])
  })

  it('[TR-13] two phones of a village never carry the same letter', async () => {
    const people = await Promise.all(
      ['一', '二', '三'].map((name) => world.person(name, [['mediator', '999901101002']])),
    )
    const marks = await world.rows(sql`SELECT mark FROM device WHERE village = '999901101002' ORDER BY id`)
    expect(new Set(marks.map((one) => one['mark'])).size).toBe(marks.length)
    expect(people).toHaveLength(3)
  })

  it('[TR-51] a post begun, a phone let in and shut out, and who may not do that are in the log; without an entry nothing is done', async () => {
    const made = await invite()
    const phone = world.browser()
    const claimed = await claim(phone, codeOf(made.link))
    const { words } = await waiting(made.id)
    const asked = { id: made.id, words }
    const before = (await world.log()).length
    const people = () => world.rows(sql`SELECT id FROM person`)
    const known = (await people()).length
    await withoutLog(database, async () => {
      expect((await coordinator.browser.post('/api/invitations/confirm', asked)).status).toBe(500)
      expect((await coordinator.browser.post('/api/invitations/void', { id: made.id })).status).toBe(500)
    })
    expect((await people()).length).toBe(known)
    await coordinator.browser.post('/api/invitations/confirm', asked)
    const stands = await phone.post('/api/entry/invitation/state', { poll: claimed.body.poll })
    const { device, me } = stands.body.entered
    const revoke = { device }
    const stranger = await world.person('别人', [['mediator', OTHER_VILLAGE]])
    expect((await stranger.browser.post('/api/devices/revoke', revoke)).status).toBe(404)
    await withoutLog(database, async () => {
      expect((await coordinator.browser.post('/api/devices/revoke', revoke)).status).toBe(500)
    })
    expect((await phone.get('/api/me')).status).toBe(200)
    expect((await coordinator.browser.post('/api/devices/revoke', revoke)).status).toBe(200)
    const log = (await world.log())
      .slice(before)
      .map((one) => [one['action'], one['actor'], one['object_id'], one['region'], one['reason']])
    expect(log).toEqual([
      ['post.begin', coordinator.id, me.person, VILLAGE, 'mediator'],
      ['device.enrol', me.person, String(device), VILLAGE, 'confirmed'],
      ['invitation.confirm', coordinator.id, made.id, VILLAGE, ''],
      ['device.enrol', stranger.id, String(stranger.device), OTHER_VILLAGE, 'confirmed'],
      ['turned-away', stranger.id, 'POST /api/devices/revoke', OTHER_VILLAGE, 'not-there'],
      ['device.lock', coordinator.id, String(device), VILLAGE, ''],
      ['device.revoke', coordinator.id, String(device), expect.stringContaining(VILLAGE), ''],
    ])
  })

  it('[TR-14] no code, token or poll is kept in the clear', async () => {
    const made = await invite()
    const phone = world.browser()
    const claimed = await claim(phone, codeOf(made.link))
    const { words } = await waiting(made.id)
    await coordinator.browser.post('/api/invitations/confirm', { id: made.id, words })
    await phone.post('/api/entry/invitation/state', { poll: claimed.body.poll })
    const token = phone.cookies.get('__Host-mb') ?? ''
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    const kept = JSON.stringify(
      await world.rows(sql`SELECT to_jsonb(i) AS i, to_jsonb(s) AS s FROM invitation i, session s`),
    )
    for (const secret of [
      codeOf(made.link),
      made.typed,
      made.typed.replaceAll('-', ''),
      claimed.body.poll,
      token,
    ])
      expect(kept).not.toContain(secret)
    const audit = JSON.stringify(await world.log())
    expect(audit).not.toContain('赵春梅')
    expect(audit).toContain('invitation.confirm')
  })
})
