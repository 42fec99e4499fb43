import type { Bytes } from '../database/rows.ts'
import { joined } from './joined.ts'

/**
 * Sealing to a public key: RFC 9180 (HPKE), base mode, one message, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-GCM, by WebCrypto alone.
 * Names and order of the steps are the RFC's (§4.1, §5.1, §6.1).
 */
export interface HpkeAead {
  id: number
  keyBytes: number
}
export const AES_256_GCM: HpkeAead = { id: 2, keyBytes: 32 }

const CURVE = { name: 'ECDH', namedCurve: 'P-256' } as const
const KEM = 0x0010
const KDF = 0x0001
/** Length of an encapsulated key: an uncompressed point. */
export const ENC = 65
const HASH = 32
const NONCE = 12

const utf8 = new TextEncoder()
const none = new Uint8Array(0)
const two = (n: number): Bytes => new Uint8Array([n >> 8, n & 255])

const text = (words: string): Bytes => utf8.encode(words) as Bytes

async function hmac(crypto: Crypto, key: Bytes, data: Bytes): Promise<Bytes> {
  // An empty key and one of zeros are the same to HMAC, and some engines refuse the empty one.
  const raw = key.length === 0 ? new Uint8Array(HASH) : key
  const made = await crypto.subtle.importKey('raw', raw, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', made, data))
}

/** LabeledExtract and LabeledExpand of one suite (RFC 9180 §4). */
function labelled(crypto: Crypto, suite: Bytes) {
  const version = text('HPKE-v1')
  return {
    extract: (salt: Bytes, label: string, ikm: Bytes): Promise<Bytes> =>
      hmac(crypto, salt, joined(version, suite, text(label), ikm)),
    /** No more than one block of the hash is ever asked for. */
    expand: async (prk: Bytes, label: string, info: Bytes, length: number): Promise<Bytes> => {
      const block = joined(two(length), version, suite, text(label), info, new Uint8Array([1]))
      return (await hmac(crypto, prk, block)).slice(0, length)
    },
  }
}

/** ExtractAndExpand of the KEM. */
async function sharedSecret(crypto: Crypto, dh: Bytes, enc: Bytes, receiver: Bytes): Promise<Bytes> {
  const kdf = labelled(crypto, joined(text('KEM'), two(KEM)))
  const prk = await kdf.extract(none, 'eae_prk', dh)
  return kdf.expand(prk, 'shared_secret', joined(enc, receiver), HASH)
}

/** KeySchedule in base mode: the key and the nonce of the first message, and what both sides may export besides (§5.3). */
async function schedule(
  crypto: Crypto,
  shared: Bytes,
  info: Bytes,
  aead: HpkeAead,
): Promise<{ key: Bytes; nonce: Bytes; exported(words: string): Promise<Bytes> }> {
  const kdf = labelled(crypto, joined(text('HPKE'), two(KEM), two(KDF), two(aead.id)))
  const [psk, hash, secret] = await Promise.all([
    kdf.extract(none, 'psk_id_hash', none),
    kdf.extract(none, 'info_hash', info),
    kdf.extract(shared, 'secret', none),
  ])
  const context = joined(new Uint8Array([0]), psk, hash)
  const [key, nonce, exporter] = await Promise.all([
    kdf.expand(secret, 'key', context, aead.keyBytes),
    kdf.expand(secret, 'base_nonce', context, NONCE),
    kdf.expand(secret, 'exp', context, HASH),
  ])
  return { key, nonce, exported: (words) => kdf.expand(exporter, 'sec', text(words), HASH) }
}

const agreed = async (crypto: Crypto, own: CryptoKey, other: CryptoKey): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.deriveBits({ name: 'ECDH', public: other }, own, 256))

const publicKeyOf = (crypto: Crypto, raw: Bytes): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', raw, CURVE, true, [])

const messageKey = (crypto: Crypto, raw: Bytes, use: 'encrypt' | 'decrypt'): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', raw, 'AES-GCM', false, [use])

/** What a message is bound to; `info` names the use, `aad` the row. */
export interface HpkeWords {
  info: string
  aad: string
}

const parameters = (nonce: Bytes, aad: string): AesGcmParams => ({
  name: 'AES-GCM',
  iv: nonce,
  additionalData: text(aad),
})

/** A new pair for a vault; both halves can be taken out, so that they can be kept. */
export const newPair = (crypto: Crypto): Promise<CryptoKeyPair> =>
  crypto.subtle.generateKey(CURVE, true, ['deriveBits'])

/** How the private half is taken out of an envelope. */
export const PRIVATE_KEY = { format: 'pkcs8', algorithm: CURVE, uses: ['deriveBits'] } as const

/**
 * Seals to a public key.
 * @param receiver uncompressed point, 65 bytes
 * @param ephemeral only for the RFC's own numbers; absent: a pair made for this message
 * @returns encapsulated key and cipher text, one after the other
 */
export async function hpkeSeal(
  crypto: Crypto,
  receiver: Bytes,
  { info, aad }: HpkeWords,
  plain: Bytes,
  aead: HpkeAead = AES_256_GCM,
  ephemeral?: CryptoKeyPair,
): Promise<Bytes> {
  const [pair, other] = await Promise.all([ephemeral ?? newPair(crypto), publicKeyOf(crypto, receiver)])
  const enc = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  const shared = await sharedSecret(crypto, await agreed(crypto, pair.privateKey, other), enc, receiver)
  const { key, nonce } = await schedule(crypto, shared, text(info), aead)
  const made = await messageKey(crypto, key, 'encrypt')
  return joined(enc, new Uint8Array(await crypto.subtle.encrypt(parameters(nonce, aad), made, plain)))
}

/** Opens what was sealed to this pair under the same words; rejects otherwise. */
export async function hpkeOpen(
  crypto: Crypto,
  own: { privateKey: CryptoKey; publicKey: Bytes },
  { info, aad }: HpkeWords,
  sealed: Bytes,
  aead: HpkeAead = AES_256_GCM,
): Promise<Bytes> {
  const enc = sealed.slice(0, ENC)
  const dh = await agreed(crypto, own.privateKey, await publicKeyOf(crypto, enc))
  const shared = await sharedSecret(crypto, dh, enc, own.publicKey)
  const { key, nonce } = await schedule(crypto, shared, text(info), aead)
  const made = await messageKey(crypto, key, 'decrypt')
  return new Uint8Array(await crypto.subtle.decrypt(parameters(nonce, aad), made, sealed.subarray(ENC)))
}

/**
 * A key that the holder of the private half exports too: one encapsulation for many boxes.
 * @param ephemeral only for the RFC's own numbers
 * @returns the encapsulated key, and the exported one (32 bytes)
 */
export async function hpkeExport(
  crypto: Crypto,
  receiver: Bytes,
  { info, words }: { info: string; words: string },
  aead: HpkeAead = AES_256_GCM,
  ephemeral?: CryptoKeyPair,
): Promise<{ enc: Bytes; exported: Bytes }> {
  const [pair, other] = await Promise.all([ephemeral ?? newPair(crypto), publicKeyOf(crypto, receiver)])
  const enc = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  const shared = await sharedSecret(crypto, await agreed(crypto, pair.privateKey, other), enc, receiver)
  const { exported } = await schedule(crypto, shared, text(info), aead)
  return { enc, exported: await exported(words) }
}
