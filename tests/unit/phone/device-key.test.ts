import { afterEach, describe, expect, it } from 'vitest'
import { enterVault } from '#phone/enrolment.ts'
import { handInWaiting } from '#phone/hand-in.ts'
import { currentDeviceKey, deviceKeyIn, makeDeviceKey } from '#phone/vault/device-key.ts'
import { setCurrent } from '#phone/vaults.ts'
import type { WhoAsks } from '#phone/who-asks.ts'
import { PROOF_SIGNATURE } from '#sync/protocol/device-proof.ts'
import { SOMEBODY } from '#tests/support/make-rights.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, makeMe, START_AT, type Browser } from '#tests/support/phone-world.ts'

let browser: Browser
afterEach(() => browser?.closeAll())

const entry = (device: number, me = makeMe()) => ({ me, device, epoch: 'e1', scopeRev: 1 })
const world = () => makeBrowser(new TinyServer(() => START_AT), { device: 1 })
const keyHere = () => currentDeviceKey({ ...browser.ports, after: browser.clock.after.bind(browser.clock) })
const TEXT = new TextEncoder().encode('示例')

/** Whether a key kept here signs what the public half of `spki` believes. */
async function signsAs(key: CryptoKey | null, spki: string): Promise<boolean> {
  if (!key) return false
  const sig = await crypto.subtle.sign(PROOF_SIGNATURE, key, TEXT)
  const bytes = Buffer.from(spki, 'base64url')
  const how = { name: 'ECDSA', namedCurve: 'P-256' }
  const known = await crypto.subtle.importKey('spki', bytes, how, false, ['verify'])
  return crypto.subtle.verify(PROOF_SIGNATURE, known, sig, TEXT)
}

describe('what a phone signs with', () => {
  it('[TR-13] the key that was named is kept with the vault, signs, and cannot be read out', async () => {
    browser = await world()
    const made = await makeDeviceKey(crypto)
    await enterVault(entry(1), browser.ports, { key: made.privateKey })
    const kept = await keyHere()()
    expect(await signsAs(kept, made.publicKey)).toBe(true)
    await expect(crypto.subtle.exportKey('pkcs8', kept as CryptoKey)).rejects.toThrow('not extractable')
  })

  it('[TR-13] [TR-09] everybody on a phone signs with the own key', async () => {
    browser = await world()
    const [one, other] = [await makeDeviceKey(crypto), await makeDeviceKey(crypto)]
    await enterVault(entry(1), browser.ports, { key: one.privateKey })
    const key = keyHere()
    expect(await signsAs(await key(), one.publicKey)).toBe(true)
    const second = entry(2, makeMe({ person: SOMEBODY, name: '和秀英' }))
    await enterVault(second, browser.ports, { key: other.privateKey })
    expect(await signsAs(await key(), other.publicKey)).toBe(true)
    setCurrent(browser.ports.marks, browser.vault)
    expect(await signsAs(await key(), one.publicKey)).toBe(true)
    setCurrent(browser.ports.marks, null)
    expect(await key()).toBeNull()
  })

  it('[TR-13] who enters without naming a key signs nothing any more', async () => {
    browser = await world()
    await enterVault(entry(1), browser.ports, { key: (await makeDeviceKey(crypto)).privateKey })
    await enterVault(entry(1), browser.ports)
    expect(await keyHere()()).toBeNull()
  })

  it('[TR-13] a vault that cannot be read just now asks nothing, and is looked into again', async () => {
    browser = await world()
    const made = await makeDeviceKey(crypto)
    await enterVault(entry(1), browser.ports, { key: made.privateKey })
    let isStuck = true
    const peekTables: typeof browser.ports.peekTables = (vault) =>
      isStuck ? Promise.reject(new DOMException('示例', 'UnknownError')) : browser.ports.peekTables(vault)
    const key = currentDeviceKey({ marks: browser.ports.marks, peekTables, after: () => () => undefined })
    await expect(key()).rejects.toThrow('示例')
    isStuck = false
    expect(await signsAs(await key(), made.publicKey)).toBe(true)
  })

  it('[TR-13] the worker signs with the same key', async () => {
    browser = await world()
    const made = await makeDeviceKey(crypto)
    await enterVault(entry(1), browser.ports, { key: made.privateKey })
    const who: WhoAsks = { device: null }
    await handInWaiting(browser.vault, { ...browser.ports, openTables: browser.ports.peekTables, who })
    expect(who.device).toBe(1)
    expect(await signsAs((await who.key?.()) ?? null, made.publicKey)).toBe(true)
    const tables = await browser.ports.peekTables(browser.vault)
    expect(await tables?.read(['key'], deviceKeyIn)).not.toBeNull()
    tables?.close()
  })
})
