import { randomBytes } from 'node:crypto'
import { beforeAll, beforeEach, expect, it } from 'vitest'
import type { Database } from '#server/database/database.ts'
import { makeDeviceKey, type DeviceKey } from '#phone/vault/device-key.ts'
import { toBase64 } from '#phone/vault/base64.ts'
import { fetchAs, saidBy, type Asking, type WhoAsks } from '#phone/who-asks.ts'
import {
  PROOF_HEADER,
  PROOF_SIGNATURE,
  PROOF_WINDOW_MS,
  proofText,
  writeProof,
} from '#sync/protocol/device-proof.ts'
import { accountsWorld, TOWN, VILLAGE, type AccountsWorld } from '#tests/support/accounts-world.ts'
import { onBothDatabases } from '#tests/support/databases.ts'

const random = (bytes = 16) => randomBytes(bytes).toString('base64url')
const sha256 = async (text: string) =>
  toBase64(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))))

onBothDatabases('the key of a phone', (open) => {
  let database: Database
  let world: AccountsWorld
  let office: Awaited<ReturnType<AccountsWorld['person']>>
  let key: DeviceKey
  let cookie: string
  let device: number
  let person: string
  /** The phone that entered, as its own pages ask. */
  let own: WhoAsks

  beforeAll(async () => {
    database = await open()
  })
  beforeEach(async () => {
    world = await accountsWorld(database)
    office = await world.person('李守田', [['coordinator', TOWN]])
    key = await makeDeviceKey(crypto)
    await enters(key.publicKey)
    return () => world.close()
  })

  /** Lets a phone in by an invitation, and takes its cookie out of the browser: it is what a thief would have. */
  async function enters(deviceKey: string | null, again: { device: number; person: string } | null = null) {
    const invited = { name: '赵春梅', role: 'mediator', region: VILLAGE, person: again?.person ?? null }
    const made = (await office.browser.post('/api/invitations', invited)).body
    const phone = world.browser()
    const code = made.link.split('#')[1]
    const claimed = await phone.post('/api/entry/invitation', {
      code,
      random: random(),
      deviceKey,
      device: again?.device ?? null,
    })
    const list = (await office.browser.get('/api/invitations')).body.invitations
    const { words } = list.find((one: { id: string }) => one.id === made.id)
    await office.browser.post('/api/invitations/confirm', { id: made.id, words })
    const stands = await phone.post('/api/entry/invitation/state', { poll: claimed.body.poll })
    device = stands.body.entered.device
    person = stands.body.entered.me.person
    cookie = [...phone.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    own = { device, key: async () => key.privateKey }
  }

  async function ask(who: WhoAsks, target: string, asking: Asking = {}) {
    const headers = { host: 'localhost', cookie, ...asking.headers }
    const answer = await fetchAs(who, target, { ...asking, headers }, await world.origin())
    return { status: answer.status, body: (await answer.json()) as { reason?: string } }
  }
  const post = (body: string): Asking => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-mingbai': '1' },
    body,
  })
  const WRONG = { status: 401, body: { reason: 'not-its-phone' } }
  const STALE = { status: 401, body: { reason: 'sign-again' } }

  /** A proof made by hand, for one request that may then be another one's. */
  async function proof(method: string, target: string, body: string | null, at = world.clock.at) {
    const said = { at, nonce: random(), body: body === null ? '' : await sha256(body) }
    const text = new TextEncoder().encode(proofText({ method, target, device }, said))
    const sig = toBase64(new Uint8Array(await crypto.subtle.sign(PROOF_SIGNATURE, key.privateKey, text)))
    return { [PROOF_HEADER]: writeProof({ ...said, sig }), ...saidBy({ device }) }
  }
  const bare: WhoAsks = { device: null }

  it('[TR-13] the session of a phone that named a key is nothing without it, whatever is asked', async () => {
    expect((await ask(own, '/api/me')).status).toBe(200)
    for (const who of [bare, { device }]) {
      expect(await ask(who, '/api/me')).toMatchObject(WRONG)
      expect(await ask(who, '/api/me/devices')).toMatchObject(WRONG)
      expect(await ask(who, '/api/devices/revoke', post(JSON.stringify({ device })))).toMatchObject(WRONG)
    }
    const other = await makeDeviceKey(crypto)
    expect(await ask({ device, key: async () => other.privateKey }, '/api/me')).toMatchObject(WRONG)
  })

  it('[TR-51] who shows a session without its phone stands in the log; a wrong clock does not', async () => {
    await ask(own, '/api/me')
    await ask(bare, '/api/me', { headers: await proof('GET', '/api/me', null, 0) })
    const turned = async () =>
      (await world.log()).filter((one) => one['action'] === 'turned-away' && one['actor'] === person)
    expect(await turned()).toEqual([])
    await ask(bare, '/api/me')
    expect(await turned()).toMatchObject([
      { device, object_id: 'GET /api/me', reason: 'not-its-phone', outcome: 'refused' },
    ])
  })

  it('[TR-13] a phone whose clock is wrong by months is told the time and asks again', async () => {
    // Its clock is that of today, the server's is not.
    expect(Math.abs(Date.now() - world.clock.at)).toBeGreaterThan(PROOF_WINDOW_MS)
    expect((await ask(own, '/api/me/devices')).status).toBe(200)
    const late = await proof('GET', '/api/me', null, world.clock.at - PROOF_WINDOW_MS - 1)
    expect(await ask(bare, '/api/me', { headers: late })).toMatchObject(STALE)
    const early = await proof('GET', '/api/me', null, world.clock.at + PROOF_WINDOW_MS + 1)
    expect(await ask(bare, '/api/me', { headers: early })).toMatchObject(STALE)
  })

  it('[TR-13] a proof is good for one request, once', async () => {
    const headers = await proof('GET', '/api/me', null)
    expect((await ask(bare, '/api/me', { headers })).status).toBe(200)
    expect(await ask(bare, '/api/me', { headers })).toMatchObject(STALE)
    const elsewhere = await proof('GET', '/api/me', null)
    expect(await ask(bare, '/api/me/devices', { headers: elsewhere })).toMatchObject(WRONG)
    const query = await proof('GET', '/api/me', null)
    expect(await ask(bare, '/api/me?all=1', { headers: query })).toMatchObject(WRONG)
  })

  it('[TR-13] a proof is good for the body it names, and for no other', async () => {
    const [meant, put] = [JSON.stringify({ device: device + 1 }), JSON.stringify({ device })]
    const target = '/api/me/devices/end'
    const signed = { ...post(put).headers, ...(await proof('POST', target, meant)) }
    expect(await ask(bare, target, { ...post(put), headers: signed })).toMatchObject(WRONG)
    const none = { ...post(put).headers, ...(await proof('POST', target, null)) }
    expect(await ask(bare, target, { ...post(put), headers: none })).toMatchObject(WRONG)
    // Nothing was ended: the phone is still in.
    expect((await ask(own, '/api/me')).status).toBe(200)
  })

  it('[TR-13] who enters anew is asked for what they named last, or for nothing', async () => {
    const [before, number] = [key, device]
    key = await makeDeviceKey(crypto)
    await enters(key.publicKey, { device, person })
    expect(device).toBe(number)
    expect((await ask(own, '/api/me')).status).toBe(200)
    expect(await ask({ device, key: async () => before.privateKey }, '/api/me')).toMatchObject(WRONG)
    await enters(null, { device, person })
    expect((await ask(bare, '/api/me')).status).toBe(200)
  })

  it('[TR-13] a key that could never be asked for lets nobody in', async () => {
    const code = 'x'.repeat(20)
    for (const deviceKey of ['A'.repeat(122), random(91)]) {
      const claimed = await world
        .browser()
        .post('/api/entry/invitation', { code, random: random(), deviceKey })
      expect(claimed).toMatchObject({ status: 400, body: { reason: 'malformed' } })
    }
  })

  it('[TR-13] leaving needs no key: it only ends the session', async () => {
    expect((await ask(bare, '/api/logout', post('{}'))).status).toBe(200)
    expect(await ask(own, '/api/me')).toMatchObject({ status: 401, body: { reason: 'signed-out' } })
  })
})
