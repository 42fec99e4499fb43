import { createDecipheriv, createECDH, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Bytes } from '#phone/database/rows.ts'
import { boundTo } from '#phone/seal/box.ts'
import { hpkeExport, hpkeOpen, hpkeSeal, newPair } from '#phone/seal/hpke.ts'
import {
  isForServer,
  isShared,
  keyName,
  openSealed,
  sealFor,
  toPair,
  toServer,
  toVault,
  VAULT_ITSELF,
} from '#phone/seal/sealed-box.ts'
import { deriveDropboxKeys } from '#server/services/dropbox/dropbox-keys.ts'
import { openBox } from '#server/services/dropbox/open-box.ts'

const hex = (text: string): Bytes => new Uint8Array(Buffer.from(text, 'hex'))
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const CURVE = { name: 'ECDH', namedCurve: 'P-256' }

/** RFC 9180, appendix A.3.1: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode, first message. */
const RFC = {
  info: 'Ode on a Grecian Urn',
  pkEm: '04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4',
  skEm: '4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb',
  pkRm: '04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0',
  skRm: 'f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2',
  aad: 'Count-0',
  plain: 'Beauty is truth, truth beauty',
  cipher: '5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434',
}
const AES_128_GCM = { id: 1, keyBytes: 16 }

async function pairOf(secret: string, point: string): Promise<CryptoKeyPair> {
  const part = (from: number) => Buffer.from(point.slice(from, from + 64), 'hex').toString('base64url')
  const jwk = { kty: 'EC', crv: 'P-256', x: part(2), y: part(66) }
  const d = Buffer.from(secret, 'hex').toString('base64url')
  const [publicKey, privateKey] = await Promise.all([
    crypto.subtle.importKey('jwk', jwk, CURVE, true, []),
    crypto.subtle.importKey('jwk', { ...jwk, d }, CURVE, true, ['deriveBits']),
  ])
  return { publicKey, privateKey }
}

/** The same by Node's own primitives, written from the RFC a second time. */
function nodeOpens(secret: Buffer, point: Buffer, info: string, aad: string, sealed: Uint8Array): Buffer {
  const hmac = (key: Buffer, data: Buffer) => createHmac('sha256', key).update(data).digest()
  const kdf = (suite: Buffer) => ({
    extract: (salt: Buffer, label: string, ikm: Buffer) =>
      hmac(salt, Buffer.concat([Buffer.from('HPKE-v1'), suite, Buffer.from(label), ikm])),
    expand: (prk: Buffer, label: string, words: Buffer, length: number) =>
      hmac(
        prk,
        Buffer.concat([
          Buffer.from([0, length]),
          Buffer.from('HPKE-v1'),
          suite,
          Buffer.from(label),
          words,
          Buffer.from([1]),
        ]),
      ).subarray(0, length),
  })
  const enc = Buffer.from(sealed.slice(0, 65))
  const ecdh = createECDH('prime256v1')
  ecdh.setPrivateKey(secret)
  const kem = kdf(Buffer.from([...Buffer.from('KEM'), 0, 16]))
  const prk = kem.extract(Buffer.alloc(0), 'eae_prk', ecdh.computeSecret(enc))
  const shared = kem.expand(prk, 'shared_secret', Buffer.concat([enc, point]), 32)
  const all = kdf(Buffer.from([...Buffer.from('HPKE'), 0, 16, 0, 1, 0, 2]))
  const none = Buffer.alloc(0)
  const context = Buffer.concat([
    Buffer.from([0]),
    all.extract(none, 'psk_id_hash', none),
    all.extract(none, 'info_hash', Buffer.from(info)),
  ])
  const key = all.extract(shared, 'secret', none)
  const body = Buffer.from(sealed.slice(65))
  const open = createDecipheriv(
    'aes-256-gcm',
    all.expand(key, 'key', context, 32),
    all.expand(key, 'base_nonce', context, 12),
  )
  open.setAAD(Buffer.from(aad))
  open.setAuthTag(body.subarray(-16))
  return Buffer.concat([open.update(body.subarray(0, -16)), open.final()])
}

describe('sealing to a public key', () => {
  it('[TR-03] gives the numbers of RFC 9180 and opens them', async () => {
    const [ephemeral, receiver] = await Promise.all([pairOf(RFC.skEm, RFC.pkEm), pairOf(RFC.skRm, RFC.pkRm)])
    const plain = new TextEncoder().encode(RFC.plain) as Bytes
    const words = { info: RFC.info, aad: RFC.aad }
    const sealed = await hpkeSeal(crypto, hex(RFC.pkRm), words, plain, AES_128_GCM, ephemeral)
    expect(toHex(sealed.slice(0, 65))).toBe(RFC.pkEm)
    expect(toHex(sealed.slice(65))).toBe(RFC.cipher)
    const own = { privateKey: receiver.privateKey, publicKey: hex(RFC.pkRm) }
    expect(await hpkeOpen(crypto, own, words, sealed, AES_128_GCM)).toEqual(plain)
  })

  it('[TR-03] is opened by another implementation, under its own words only', async () => {
    const ecdh = createECDH('prime256v1')
    ecdh.generateKeys()
    const point = new Uint8Array(ecdh.getPublicKey())
    const plain = crypto.getRandomValues(new Uint8Array(32))
    const sealed = await hpkeSeal(crypto, point, { info: 'i', aad: 'row' }, plain)
    const open = (aad: string) => nodeOpens(ecdh.getPrivateKey(), Buffer.from(point), 'i', aad, sealed)
    expect(new Uint8Array(open('row'))).toEqual(plain)
    expect(() => open('other row')).toThrow('unable to authenticate')
  })

  it('[TR-02] exports the numbers of RFC 9180', async () => {
    const ephemeral = await pairOf(RFC.skEm, RFC.pkEm)
    const words = { info: RFC.info, words: 'TestContext' }
    const { enc, exported } = await hpkeExport(crypto, hex(RFC.pkRm), words, AES_128_GCM, ephemeral)
    expect(toHex(enc)).toBe(RFC.pkEm)
    // Appendix A.3.1.2, the exported value for "TestContext".
    expect(toHex(exported)).toBe('d8f1ea7942adbba7412c6d431c62d01371ea476b823eb697e1f6e6cae1dab85a')
  })

  it('[TR-12] a box for two opens for each of them, in its own row, unchanged', async () => {
    const pair = await newPair(crypto)
    const first = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, [
      'encrypt',
      'decrypt',
    ])
    const keys = deriveDropboxKeys(['a secret of the server, long enough'])
    const point = new Uint8Array(keys.current.point)
    const aad = boundTo('op', 'i')
    const plain = new TextEncoder().encode('水沟堵了') as Bytes
    const own = { key, privateKey: pair.privateKey, publicKey: first }
    const server = await toServer(crypto, point)
    const serverOpens = (box: Bytes, row = 'i') => openBox(keys, 'op', row, Buffer.from(box))
    for (const [vault, wrong] of [
      [toVault(crypto, key), toPair(crypto, VAULT_ITSELF, point)],
      [
        toPair(crypto, VAULT_ITSELF, first),
        toVault(
          crypto,
          await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']),
        ),
      ],
    ] as const) {
      const box = await sealFor(crypto, [vault, server], aad, plain)
      expect([box[0], box[1], box[2]]).toEqual([0, 2, 2])
      expect([isShared(box), isForServer(box, await keyName(crypto, point))]).toEqual([true, true])
      expect(isForServer(box, await keyName(crypto, first))).toBe(false)
      expect(await openSealed(crypto, own, aad, box)).toEqual(plain)
      expect(new Uint8Array(serverOpens(box) as Buffer)).toEqual(plain)
      expect(serverOpens(box, 'j')).toBe('damaged')
      await expect(openSealed(crypto, own, boundTo('op', 'j'), box)).rejects.toMatchObject({
        name: 'OperationError',
      })
      await expect(openSealed(crypto, own, aad, await sealFor(crypto, [wrong], aad, plain))).rejects.toThrow(
        Error,
      )
      for (let at = 2; at < box.length; at += 7) {
        const bent = box.slice()
        bent[at] = (bent[at] ?? 0) ^ 1
        // What is bent in the other's wrap is not this one's to notice.
        expect(await openSealed(crypto, own, aad, bent).catch(() => plain)).toEqual(plain)
        const opened = serverOpens(bent)
        expect(typeof opened === 'string' ? plain : new Uint8Array(opened)).toEqual(plain)
      }
    }
  })

  it('[TR-02] the server opens what was sealed for a key it had before, and says of one it never had that it is not its own', async () => {
    const keys = deriveDropboxKeys(['the secret of today, which is long', 'the secret of before, as long'])
    const before = deriveDropboxKeys(['the secret of before, as long']).current
    const stranger = deriveDropboxKeys(['a secret of somebody else, as long']).current
    const plain = new TextEncoder().encode('墙') as Bytes
    const boxFor = async (point: Uint8Array) =>
      Buffer.from(
        await sealFor(crypto, [await toServer(crypto, new Uint8Array(point))], boundTo('op', 'i'), plain),
      )
    expect(openBox(keys, 'op', 'i', await boxFor(before.point))).toEqual(Buffer.from(plain))
    expect(openBox(keys, 'op', 'i', await boxFor(stranger.point))).toBe('other-key')
    expect(openBox(keys, 'op', 'i', Buffer.from([0, 2, 9, 1, 2]))).toBe('damaged')
    expect(openBox(keys, 'op', 'i', Buffer.from([0, 3]))).toBe('damaged')
  })
})
