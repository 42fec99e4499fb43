import { webcrypto } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { deriveOrderKey } from '#server/accounts/order-key.ts'
import { ordersIn, verifyDirective, type CheckSignature } from '#sync/protocol/directive.ts'

const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'base64url'))
/** As a browser does it. */
const check: CheckSignature = async (key, sig, text) => {
  const p256 = { name: 'ECDSA', namedCurve: 'P-256' }
  const point = await webcrypto.subtle.importKey('raw', bytes(key), p256, false, ['verify'])
  const said = new TextEncoder().encode(text)
  return webcrypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, point, bytes(sig), said)
}

const ours = deriveOrderKey('a secret of the installation, long enough')
const other = deriveOrderKey('a secret of another installation, as long')
const here = { device: 7, keys: [ours.shown], obeyed: 0 }
const lock = { v: 1, order: 'lock', device: 7, n: 3 } as const

describe('orders to a phone', () => {
  it('[TR-08] are obeyed when this server signed them for this phone', async () => {
    expect(await verifyDirective(ours.sign(lock), here, check)).toEqual({ ok: true, value: lock })
  })

  it('[TR-08] are not obeyed from another server, for another phone, or a second time', async () => {
    expect(await verifyDirective(other.sign(lock), here, check)).toEqual({ ok: false, reason: 'forged' })
    expect(await verifyDirective(ours.sign(lock), { ...here, keys: [] }, check)).toMatchObject({
      reason: 'forged',
    })
    expect(await verifyDirective(ours.sign({ ...lock, device: 8 }), here, check)).toMatchObject({
      reason: 'other-device',
    })
    expect(await verifyDirective(ours.sign(lock), { ...here, obeyed: 3 }, check)).toMatchObject({
      reason: 'used',
    })
  })

  it('[TR-08] are not obeyed when a single character of them was changed', async () => {
    const signed = ours.sign(lock)
    for (let at = 0; at < signed.text.length; at++) {
      const text = `${signed.text.slice(0, at)}${signed.text[at] === '1' ? '2' : '1'}${signed.text.slice(at + 1)}`
      expect(await verifyDirective({ ...signed, text }, here, check)).toMatchObject({ ok: false })
    }
  })

  it('[TR-08] of a kind this phone does not know are left alone, and the others are told oldest first', async () => {
    const strange = ours.sign({ ...lock, order: 'sing' } as never)
    const entries = [
      ours.sign({ ...lock, n: 5, order: 'release' }),
      { is: 'refused' },
      strange,
      null,
      ours.sign(lock),
    ]
    const found = await ordersIn(entries, here, check)
    expect(found.map((one) => [one.n, one.order])).toEqual([
      [3, 'lock'],
      [5, 'release'],
    ])
  })

  it('[TR-08] are signed by the same key after every start', () => {
    expect(deriveOrderKey('a secret of the installation, long enough').shown).toBe(ours.shown)
  })
})
