import { beforeAll, beforeEach, expect, it } from 'vitest'
import { sql } from 'drizzle-orm'
import type { Role } from '#domain/access/role.ts'
import type { Id } from '#domain/id.ts'
import { beginPost } from '#server/accounts/begin-post.ts'
import { enterDevice } from '#server/accounts/devices.ts'
import type { Database } from '#server/database/database.ts'
import {
  accountsWorld,
  COUNTY,
  OTHER_TOWN,
  OTHER_VILLAGE,
  TOWN,
  VILLAGE,
  type AccountsWorld,
} from '#tests/support/accounts-world.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import { withDesk } from '#tests/support/with-desk.ts'

const MINUTE = 60_000

onBothDatabases('people who leave office', (open) => {
  let database: Database
  let world: AccountsWorld

  beforeAll(async () => {
    database = await open()
  })
  beforeEach(async () => {
    world = await accountsWorld(database)
    return () => world.close()
  })

  const office = (region = TOWN) => withDesk(world, '李守田', [['coordinator', region]])
  const postsOf = (person: Id) =>
    world.rows(
      sql`SELECT DISTINCT role, to_day IS NOT NULL AS ended FROM role_grant WHERE person = ${person}`,
    )
  const stateOf = async (person: Id) =>
    (await world.rows(sql`SELECT state FROM account WHERE person = ${person}`))[0]?.['state']
  const ordersOf = async (device: number) =>
    (await world.rows(sql`SELECT sort FROM device_order WHERE device = ${device} ORDER BY n`)).map(
      (one) => one['sort'],
    )
  const good = async (device: number) => (await world.accounts.identity.dropperOf?.(device))?.good
  const listed = async (desk: Awaited<ReturnType<typeof office>>, person: Id) =>
    (await desk.browser.get('/api/people')).body.people.find((one: { id: Id }) => one.id === person)
  const leave = (desk: Awaited<ReturnType<typeof office>>, person: Id) =>
    desk.browser.post('/api/people/leave', { person })

  it('[TR-06] [TR-16] with the last post the account closes at once: no session holds, the phone is told to lock, and what it hands in is set apart', async () => {
    const [desk, mediator] = [await office(), await world.person('赵春梅', [['mediator', VILLAGE]])]
    expect(await good(mediator.device)).toBe(true)
    const done = await leave(desk, mediator.id)
    expect([done.status, done.body]).toEqual([200, { closed: true }])
    const answer = await mediator.browser.get('/api/me')
    expect(answer.status).toBe(401)
    expect(answer.body.directives).toHaveLength(1)
    expect(await ordersOf(mediator.device)).toEqual(['lock'])
    expect(await good(mediator.device)).toBe(false)
    expect(await stateOf(mediator.id)).toBe('disabled')
    expect(await postsOf(mediator.id)).toEqual([{ role: 'mediator', ended: true }])
    const log = (await world.log()).filter((one) => one['object_id'] === mediator.id)
    expect(log.map((one) => [one['action'], one['actor'], one['region'], one['reason']])).toEqual([
      ['post.end', desk.id, VILLAGE, 'mediator'],
      ['account.close', desk.id, VILLAGE, ''],
    ])
    // Asked again, there is nothing to end.
    expect((await leave(desk, mediator.id)).body.reason).toBe('no-such-person')
  })

  it('[TR-06] who has left is listed as long as a phone of theirs is out, and it can still be emptied', async () => {
    const [desk, mediator] = [await office(), await world.person('赵春梅', [['mediator', VILLAGE]])]
    expect(await listed(desk, mediator.id)).toMatchObject({ closed: false })
    await leave(desk, mediator.id)
    world.clock.at += 3 * 24 * 60 * MINUTE
    await desk.logIn(desk.browser)
    expect(await listed(desk, mediator.id)).toMatchObject({
      closed: true,
      devices: [{ device: mediator.device, order: 'lock' }],
    })
    const emptied = { device: mediator.device, order: 'wipe-after-drain' }
    const released = { device: mediator.device, order: 'release' }
    expect((await desk.browser.post('/api/devices/order', released)).body.reason).toBe('has-left')
    expect((await desk.browser.post('/api/devices/order', emptied)).status).toBe(200)
    expect(await listed(desk, mediator.id)).toBeDefined()
    await world.rows(
      sql`UPDATE device_order SET obeyed_at = ${world.clock.at} WHERE device = ${mediator.device} RETURNING n`,
    )
    expect(await listed(desk, mediator.id)).toBeUndefined()
  })

  it('[TR-06] [TR-16] a post in other hands goes on, and its person stays', async () => {
    const posts: [Role, string][] = [
      ['mediator', VILLAGE],
      ['understander', OTHER_VILLAGE],
    ]
    const [desk, next] = [await office(), await office(OTHER_TOWN)]
    const both = await world.person('赵春梅', posts)
    expect((await leave(desk, both.id)).body).toEqual({ closed: false })
    expect((await both.browser.get('/api/me')).status).toBe(200)
    expect(await listed(desk, both.id)).toBeUndefined()
    expect(await postsOf(both.id)).toEqual([
      { role: 'mediator', ended: true },
      { role: 'understander', ended: false },
    ])
    const me = (await both.browser.get('/api/me')).body.me
    expect(me.posts.map((one: { role: Role }) => one.role)).toEqual(['understander'])
    expect((await leave(next, both.id)).body).toEqual({ closed: true })
  })

  it('[TR-06] who is appointed again comes in on the old phone, which is free then; an invitation of before is taken back', async () => {
    const [desk, mediator] = [await office(), await world.person('赵春梅', [['mediator', VILLAGE]])]
    const again = { name: '赵春梅', role: 'mediator', region: VILLAGE, person: mediator.id }
    const invited = (await desk.browser.post('/api/invitations', again)).body
    await leave(desk, mediator.id)
    const stands = await world.rows(sql`SELECT state FROM invitation WHERE id = ${invited.id}`)
    expect(stands).toEqual([{ state: 'voided' }])
    expect((await desk.browser.post('/api/invitations', again)).status).toBe(200)
    await database.as('accounts', {}, async (tx) => {
      const { context } = world.accounts
      await beginPost(tx, context, desk.id, { person: mediator.id, role: 'mediator', region: VILLAGE })
      await enterDevice(tx, context, {
        person: mediator.id,
        sort: 'phone',
        state: 'confirmed',
        publicKey: null,
        known: mediator.device,
      })
    })
    expect(await stateOf(mediator.id)).toBe('active')
    expect(await ordersOf(mediator.device)).toEqual(['lock', 'release'])
    expect((await world.log()).map((one) => one['action'])).toContain('account.open')
  })

  it('[TR-13] [TR-20] nobody ends the own posts, those of a colleague or of another place, nor without a second factor just shown', async () => {
    const desk = await office()
    const [peer, far, near] = [
      await world.person('同事', [['coordinator', TOWN]]),
      await world.person('邻镇', [['mediator', OTHER_VILLAGE]]),
      await world.person('本镇', [['mediator', VILLAGE]]),
    ]
    expect((await leave(desk, desk.id)).body.reason).toBe('own-posts')
    for (const person of [peer.id, far.id, '0192aaaa-0000-7000-8000-000000000000'])
      expect((await leave(desk, person)).body.reason).toBe('no-such-person')
    world.clock.at += 6 * MINUTE
    expect((await leave(desk, near.id)).body.reason).toBe('prove-again')
    for (const one of [peer, far, near]) expect((await one.browser.get('/api/me')).status).toBe(200)
    const county = await office(COUNTY)
    expect((await leave(county, peer.id)).body).toEqual({ closed: true })
  })
})
