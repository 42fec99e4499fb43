import { webcrypto } from 'node:crypto'
import { beforeAll, beforeEach, expect, it } from 'vitest'
import { sql } from 'drizzle-orm'
import { enterDevice } from '#server/accounts/devices.ts'
import type { Database } from '#server/database/database.ts'
import { verifyDirective, type CheckSignature } from '#sync/protocol/directive.ts'
import {
  accountsWorld,
  anotherNode,
  COUNTY,
  OTHER_TOWN,
  TOWN,
  VILLAGE,
  type AccountsWorld,
} from '#tests/support/accounts-world.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import { withDesk } from '#tests/support/with-desk.ts'

const MINUTE = 60_000
const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'base64url'))
const check: CheckSignature = async (key, sig, text) => {
  const p256 = { name: 'ECDSA', namedCurve: 'P-256' }
  const point = await webcrypto.subtle.importKey('raw', bytes(key), p256, false, ['verify'])
  return webcrypto.subtle.verify(
    { name: 'ECDSA', hash: 'SHA-256' },
    point,
    bytes(sig),
    new TextEncoder().encode(text),
  )
}

onBothDatabases('orders to phones', (open) => {
  let database: Database
  let world: AccountsWorld

  beforeAll(async () => {
    database = await open()
  })
  beforeEach(async () => {
    world = await accountsWorld(database)
    return () => world.close()
  })

  const office = () => withDesk(world, '李守田', [['coordinator', TOWN]])
  const mediator = () => world.person('赵春梅', [['mediator', VILLAGE]])
  const orderOf = async (device: number) =>
    world.rows(sql`SELECT sort, n, obeyed_at FROM device_order WHERE device = ${device} ORDER BY n`)
  const eventsOf = async (device: number) =>
    (await world.log()).filter((one) => one['object_id'] === String(device)).map((one) => one['action'])
  const keysOf = async (browser: Awaited<ReturnType<typeof mediator>>['browser']): Promise<string[]> =>
    (await browser.get('/api/me')).body.me.orderKeys

  it('[TR-08] a locked phone is given nothing, and learns by a signed order of its own what it has to do', async () => {
    const [desk, phone, other] = [await office(), await mediator(), await mediator()]
    const keys = await keysOf(phone.browser)
    expect(
      (await desk.browser.post('/api/devices/order', { device: phone.device, order: 'lock' })).status,
    ).toBe(200)
    const refused = await phone.browser.get('/api/me')
    expect([refused.status, refused.body.reason]).toEqual([423, 'held'])
    const found = await world.accounts.identity.identify(request(phone.browser.cookies))
    const here = { device: phone.device, keys, obeyed: 0 }
    const read = await verifyDirective(found?.directives?.[0], here, check)
    expect(read).toMatchObject({ ok: true, value: { order: 'lock', device: phone.device } })
    expect(
      await verifyDirective(found?.directives?.[0], { ...here, device: other.device }, check),
    ).toMatchObject({
      reason: 'other-device',
    })
    expect((await other.browser.get('/api/me')).status).toBe(200)
  })

  it('[TR-08] what was carried out is said once and not ordered again; a found phone is released', async () => {
    const [desk, phone, other] = [await office(), await mediator(), await mediator()]
    await desk.browser.post('/api/devices/order', { device: phone.device, order: 'wipe-after-drain' })
    const n = Number((await orderOf(phone.device))[0]?.['n'])
    await other.browser.post('/api/devices/obeyed', { n })
    await world.browser().post('/api/devices/obeyed', { n })
    expect((await orderOf(phone.device))[0]?.['obeyed_at']).toBeNull()
    for (let again = 0; again < 2; again++)
      expect((await phone.browser.post('/api/devices/obeyed', { n })).status).toBe(200)
    expect((await world.accounts.identity.identify(request(phone.browser.cookies)))?.directives).toEqual([])
    expect(
      (await desk.browser.post('/api/devices/order', { device: phone.device, order: 'release' })).status,
    ).toBe(200)
    expect((await phone.browser.get('/api/me')).status).toBe(200)
    expect(
      (await desk.browser.post('/api/devices/order', { device: phone.device, order: 'release' })).body.reason,
    ).toBe('not-held')
    expect(await eventsOf(phone.device)).toEqual([
      'device.enrol',
      'device.wipe-after-drain',
      'device.obeyed',
      'device.release',
    ])
    const orders = await orderOf(phone.device)
    expect(Number(orders[1]?.['n'])).toBeGreaterThan(n)
  })

  it('[TR-08] a phone that was shut out is told to lock in the answer that says it is nobody, and nobody else is', async () => {
    const [desk, phone] = [await office(), await mediator()]
    const keys = await keysOf(phone.browser)
    await desk.browser.post('/api/devices/revoke', { device: phone.device })
    const node = await anotherNode(world)
    const answer = await phone.browser.get('/api/me')
    expect(answer.status).toBe(401)
    const here = { device: phone.device, keys, obeyed: 0 }
    expect(await verifyDirective(answer.body.directives?.[0], here, check)).toMatchObject({
      value: { order: 'lock' },
    })
    expect((await world.browser().get('/api/me')).body.directives).toBeUndefined()
    await phone.browser.post('/api/devices/obeyed', { n: Number((await orderOf(phone.device))[0]?.['n']) })
    expect((await phone.browser.get('/api/me')).body.directives).toBeUndefined()
    expect(
      (await desk.browser.post('/api/devices/order', { device: phone.device, order: 'release' })).body.reason,
    ).toBe('is-revoked')
    await desk.browser.post('/api/devices/order', { device: phone.device, order: 'wipe-after-drain' })
    const wiped = (await phone.browser.get('/api/me')).body.directives?.[0]
    expect(await verifyDirective(wiped, here, check)).toMatchObject({ value: { order: 'wipe-after-drain' } })
    await node.close()
  })

  it('[TR-08] who signed out themself is told nothing, and who comes in again with the office’s help is free', async () => {
    const [desk, phone] = [await office(), await mediator()]
    await desk.browser.post('/api/devices/order', { device: phone.device, order: 'lock' })
    await database.as('accounts', {}, (tx) =>
      enterDevice(tx, world.accounts.context, {
        person: phone.id,
        sort: 'phone',
        state: 'confirmed',
        publicKey: null,
        known: phone.device,
      }),
    )
    expect((await orderOf(phone.device)).map((one) => one['sort'])).toEqual(['lock', 'release'])
    const other = await mediator()
    const kept = other.browser.copy()
    await other.browser.post('/api/logout')
    await desk.browser.post('/api/devices/revoke', { device: other.device })
    expect((await kept.get('/api/me')).body.directives).toBeUndefined()
  })

  it('[TR-20] locking and emptying ask for a second factor shown within five minutes, and for the right office', async () => {
    const [desk, phone] = [await office(), await mediator()]
    const lock = () => desk.browser.post('/api/devices/order', { device: phone.device, order: 'lock' })
    world.clock.at += 6 * MINUTE
    expect((await lock()).body.reason).toBe('prove-again')
    expect(await orderOf(phone.device)).toEqual([])
    expect((await desk.browser.post('/api/proof', { code: '000000' })).body.reason).toBe('totp-wrong')
    const code = desk.code()
    expect((await desk.browser.post('/api/proof', { code })).status).toBe(200)
    expect((await desk.browser.post('/api/proof', { code })).body.reason).toBe('totp-wrong')
    expect((await lock()).status).toBe(200)
    // The same person's phone proves nothing by what the desk showed.
    expect(
      (await desk.phone.post('/api/devices/order', { device: phone.device, order: 'lock' })).body.reason,
    ).toBe('prove-again')
    const next = await withDesk(world, '邻镇', [['coordinator', OTHER_TOWN]])
    expect(
      (await next.browser.post('/api/devices/order', { device: phone.device, order: 'lock' })).status,
    ).toBe(404)
  })

  it('[TR-20] five wrong codes make wait, there and not at the login', async () => {
    const desk = await office()
    for (let i = 0; i < 5; i++) await desk.browser.post('/api/proof', { code: '000000' })
    expect((await desk.browser.post('/api/proof', { code: desk.code() })).status).toBe(429)
    expect((await desk.logIn(world.browser())).status).toBe(200)
  })

  it('[TR-20] an office is given away, and a login made anew, only with a fresh proof', async () => {
    const county = await withDesk(world, '县里', [['administrator', COUNTY]])
    const invite = (role: string) =>
      county.browser.post('/api/invitations', { name: '新来的', role, region: TOWN, person: null })
    world.clock.at += 6 * MINUTE
    expect((await invite('coordinator')).body.reason).toBe('prove-again')
    expect((await invite('mediator')).status).toBe(200)
    expect((await county.phone.post('/api/setups')).body.reason).toBe('prove-again')
    expect((await county.browser.post('/api/setups')).body.reason).toBe('prove-again')
    await county.browser.post('/api/proof', { code: county.code() })
    expect((await invite('coordinator')).status).toBe(200)
    expect((await county.browser.post('/api/setups')).status).toBe(200)
  })
})

/** A request that carries these cookies, as far as the accounts look at one. */
const request = (cookies: ReadonlyMap<string, string>): never =>
  ({
    headers: {
      cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      host: 'localhost:8080',
    },
    socket: {},
  }) as never

onBothDatabases('one’s own devices', (open) => {
  let database: Database
  let world: AccountsWorld

  beforeAll(async () => {
    database = await open()
  })
  beforeEach(async () => {
    world = await accountsWorld(database)
    return () => world.close()
  })

  it('[TR-20] are listed to their person alone, and one of them is signed out or shut out from another', async () => {
    const desk = await withDesk(world, '李守田', [['coordinator', TOWN]])
    const stranger = await world.person('别人', [['mediator', VILLAGE]])
    const list = async () => (await desk.browser.get('/api/me/devices')).body.devices
    expect(await list()).toMatchObject([
      { device: desk.desk, sort: 'desk', here: true, signedIn: true },
      { device: desk.device, sort: 'phone', here: false, signedIn: true },
    ])
    expect((await stranger.browser.get('/api/me/devices')).body.devices).toHaveLength(1)
    const end = (browser: typeof desk.browser) => browser.post('/api/me/devices/end', { device: desk.device })
    expect((await end(stranger.browser)).status).toBe(404)
    expect((await desk.phone.get('/api/me')).status).toBe(200)
    expect((await end(desk.browser)).status).toBe(200)
    expect((await desk.phone.get('/api/me')).status).toBe(401)
    expect((await list())[1]).toMatchObject({ device: desk.device, signedIn: false })
    expect((await desk.browser.post('/api/devices/revoke', { device: desk.device })).status).toBe(200)
    expect(await list()).toHaveLength(1)
    expect((await world.log()).filter((one) => one['action'] === 'session.end')).toMatchObject([
      { actor: desk.id, object_id: String(desk.device) },
    ])
  })

  it('[TR-20] a new one is told to the others until they say it is theirs, and to the office; never to itself', async () => {
    const desk = await withDesk(world, '李守田', [['coordinator', TOWN]])
    const arrivals = async (browser: typeof desk.browser) => (await browser.get('/api/me')).body.me.arrivals
    expect(await arrivals(desk.phone)).toMatchObject([{ device: desk.desk, sort: 'desk' }])
    expect(await arrivals(desk.browser)).toBeUndefined()
    const greet = (browser: typeof desk.browser) =>
      browser.post('/api/me/devices/greet', { device: desk.desk })
    expect((await greet(desk.browser)).status).toBe(404)
    // A number that no database holds is no device.
    expect((await desk.phone.post('/api/me/devices/greet', { device: 1e21 })).status).toBe(400)
    const before = (await desk.phone.get('/api/me')).body.scopeRev
    expect((await greet(desk.phone)).status).toBe(200)
    expect((await desk.phone.get('/api/me')).body.scopeRev).toBeGreaterThan(before)
    expect(await arrivals(desk.phone)).toBeUndefined()
    const first = await world.person('第一部', [['mediator', VILLAGE]])
    expect(await arrivals(first.browser)).toBeUndefined()
    const people = async () =>
      (await desk.browser.get('/api/people')).body.people.find((one: { id: string }) => one.id === first.id)
        .devices
    expect(await people()).toMatchObject([{ device: first.device, isNew: true, order: null }])
    world.clock.at += 8 * 24 * 60 * MINUTE
    await desk.logIn(desk.browser)
    expect(await people()).toMatchObject([{ isNew: false }])
  })
})
