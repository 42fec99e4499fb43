import { argon2Sync, createDecipheriv, createPrivateKey, createPublicKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { KEY_FLOOR } from '#phone/backup/passphrase-key.ts'
import type { Bytes, Envelope } from '#phone/database/rows.ts'
import { boundTo, openJson, sealJson, sealerOf, SUITES } from '#phone/seal/box.ts'
import { makeEnvelope, openEnvelope, wrappedAnew } from '#phone/seal/envelope.ts'

const PIN = { by: 'pin', words: '739264' } as const
const cheap = { m: 8, t: 1 }

/** AES-256-GCM as Node has it: twelve bytes of IV, cipher, sixteen of tag. */
function nodeOpens(key: Uint8Array, words: string, box: Uint8Array): Buffer {
  const open = createDecipheriv('aes-256-gcm', key, box.slice(0, 12))
  open.setAAD(Buffer.from(words))
  open.setAuthTag(box.slice(-16))
  return Buffer.concat([open.update(box.slice(12, -16)), open.final()])
}

describe('the envelope of a vault', () => {
  it('[TR-03] opens by its PIN alone, is never cheaper than the floor, and none of its keys can be taken out', async () => {
    const envelope = await makeEnvelope(PIN, cheap, crypto)
    expect(envelope.wraps[0]?.kdf).toMatchObject({ name: 'argon2id', ...KEY_FLOOR, p: 1 })
    expect(await openEnvelope(envelope, { ...PIN, words: '739265' }, crypto)).toBeNull()
    expect(await openEnvelope(envelope, { by: 'passphrase', words: PIN.words }, crypto)).toBeNull()
    const keys = await openEnvelope(envelope, PIN, crypto)
    expect([keys?.key.extractable, keys?.privateKey.extractable]).toEqual([false, false])
    const cheaper = {
      ...envelope,
      wraps: envelope.wraps.map((one) => ({ ...one, kdf: { ...one.kdf, ...cheap } })),
    }
    await expect(openEnvelope(cheaper, PIN, crypto)).rejects.toThrow('cost')
    // What it costs is bound to it: it cannot be made to say something else.
    const dearer = {
      ...envelope,
      wraps: envelope.wraps.map((one) => ({ ...one, kdf: { ...one.kdf, t: one.kdf.t + 1 } })),
    }
    expect(await openEnvelope(dearer, PIN, crypto)).toBeNull()
  })

  it('[TR-03] another PIN, or a passphrase beside it, opens the same key; the old PIN does not', async () => {
    const envelope = await makeEnvelope(PIN, KEY_FLOOR, crypto)
    const phrase = { by: 'passphrase', words: '后山的柿子熟了三回' } as const
    const next = { by: 'pin', words: '480957' } as const
    expect(await wrappedAnew(envelope, next, phrase, KEY_FLOOR, crypto)).toBeNull()
    const both = (await wrappedAnew(envelope, PIN, phrase, KEY_FLOOR, crypto)) as Envelope
    const changed = (await wrappedAnew(both, PIN, next, KEY_FLOOR, crypto)) as Envelope
    expect(changed.wraps.map((one) => one.by).sort()).toEqual(['passphrase', 'pin'])
    expect(await openEnvelope(changed, PIN, crypto)).toBeNull()
    const [before, after, other] = await Promise.all([
      openEnvelope(envelope, PIN, crypto),
      openEnvelope(changed, next, crypto),
      openEnvelope(changed, phrase, crypto),
    ])
    const under = (key?: CryptoKey) => sealerOf(key as CryptoKey, crypto, SUITES.vault)
    const words = boundTo('rec', 'dispute/1')
    const box = await sealJson(under(before?.key), words, { facts: '水沟' })
    expect(await openJson(under(after?.key), words, box)).toEqual({ facts: '水沟' })
    expect(await openJson(under(other?.key), words, box)).toEqual({ facts: '水沟' })
  })

  it('[TR-03] opens with another implementation: Node’s own Argon2id, AES-GCM and keys', async () => {
    const envelope = await makeEnvelope(PIN, KEY_FLOOR, crypto)
    const keys = await openEnvelope(envelope, PIN, crypto)
    const words = boundTo('rec', 'dispute/1')
    const box = await sealJson(sealerOf(keys?.key as CryptoKey, crypto, SUITES.vault), words, {
      facts: '水沟',
    })
    const { kdf, box: wrap } = envelope.wraps[0] as Envelope['wraps'][number]
    const under = argon2Sync('argon2id', {
      message: PIN.words,
      nonce: kdf.salt,
      parallelism: kdf.p,
      tagLength: 32,
      memory: kdf.m,
      passes: kdf.t,
    })
    const key = nodeOpens(under, `envelope|1|${envelope.id}|pin|argon2id|${kdf.m}|${kdf.t}|1`, wrap)
    expect(key.length).toBe(32)
    const plain = nodeOpens(key, `3>1|rec|dispute/1|1`, box.slice(2))
    expect(plain.subarray(4, 4 + plain.readUInt32BE(0)).toString()).toBe('{"facts":"水沟"}')
    const pkcs8 = nodeOpens(key, `envelope|1|${envelope.id}|private key`, envelope.privateKey)
    const pair = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
    const point = createPublicKey(pair).export({ format: 'jwk' })
    const raw = Buffer.concat([
      Buffer.from([4]),
      Buffer.from(point.x ?? '', 'base64url'),
      Buffer.from(point.y ?? '', 'base64url'),
    ])
    expect(new Uint8Array(raw)).toEqual(envelope.publicKey satisfies Bytes)
  })
})
