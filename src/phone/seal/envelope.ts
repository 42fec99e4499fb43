import { isFairCost, keyBytes, KEY_FLOOR } from '../backup/passphrase-key.ts'
import type { KeyCost } from '../backup/argon2.ts'
import type { Bytes, Envelope, Wrap } from '../database/rows.ts'
import { gcm, IV } from './box.ts'
import { newPair, PRIVATE_KEY } from './hpke.ts'

/** A secret that a person knows. */
export interface Secret {
  by: Wrap['by']
  words: string
}

/** What an open vault holds in memory, and nowhere else. None of it can be taken out of WebCrypto. */
export interface VaultKeys {
  /** Of the envelope they are from. */
  id: string
  key: CryptoKey
  privateKey: CryptoKey
  publicKey: Bytes
}

const SUITE = 1
const SALT = 16
const VAULT_KEY = { name: 'AES-GCM', length: 256 } as const
const VAULT_USES: KeyUsage[] = ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey']

const wrapWords = (id: string, { by, kdf }: Omit<Wrap, 'box'>): string =>
  ['envelope', SUITE, id, by, kdf.name, kdf.m, kdf.t, kdf.p].join('|')
const pairWords = (id: string): string => ['envelope', SUITE, id, 'private key'].join('|')

/** Thrown when a secret could not be looked at at all: this phone has no memory for Argon2id just now, or its code did not come. */
export class NotDerived extends Error {
  override name = 'NotDerived'
}

/** What Argon2id makes of a secret; it only wraps and unwraps. */
async function wrappingKey(secret: Secret, kdf: Wrap['kdf'], crypto: Crypto): Promise<CryptoKey> {
  if (!isFairCost(kdf)) throw new Error('an envelope of a cost this build does not pay')
  const wish = { phrase: secret.words, salt: kdf.salt, cost: { m: kdf.m, t: kdf.t } }
  const bytes = await keyBytes(wish).catch((error: Error) => {
    throw new NotDerived(error.message)
  })
  const key = await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['wrapKey', 'unwrapKey'])
  bytes.fill(0)
  return key
}

const withIv = (iv: Bytes, cipher: ArrayBuffer): Bytes => {
  const box = new Uint8Array(IV + cipher.byteLength)
  box.set(iv)
  box.set(new Uint8Array(cipher), IV)
  return box
}

async function wrapOf(
  id: string,
  key: CryptoKey,
  secret: Secret,
  cost: KeyCost,
  crypto: Crypto,
): Promise<Wrap> {
  const salt = crypto.getRandomValues(new Uint8Array(SALT))
  const kdf: Wrap['kdf'] = { name: 'argon2id', m: cost.m, t: cost.t, p: 1, salt }
  const iv = crypto.getRandomValues(new Uint8Array(IV))
  const under = await wrappingKey(secret, kdf, crypto)
  const words = wrapWords(id, { by: secret.by, kdf })
  return {
    by: secret.by,
    kdf,
    box: withIv(iv, await crypto.subtle.wrapKey('raw', key, under, gcm(words, iv))),
  }
}

/** The vault's key out of its wrap. null: not the secret. @param mayLeave true only while it is wrapped anew */
async function unwrapped(
  envelope: Envelope,
  secret: Secret,
  crypto: Crypto,
  mayLeave = false,
): Promise<CryptoKey | null> {
  const wrap = envelope.wraps.find((one) => one.by === secret.by)
  if (!wrap) return null
  const under = await wrappingKey(secret, wrap.kdf, crypto)
  const how = gcm(wrapWords(envelope.id, wrap), wrap.box.subarray(0, IV))
  const opening = crypto.subtle.unwrapKey(
    'raw',
    wrap.box.subarray(IV),
    under,
    how,
    VAULT_KEY,
    mayLeave,
    VAULT_USES,
  )
  return opening.catch((error: { name?: string }) => {
    if (error.name === 'OperationError') return null
    throw error
  })
}

const keysOf = async (envelope: Envelope, key: CryptoKey, crypto: Crypto): Promise<VaultKeys> => ({
  id: envelope.id,
  key,
  publicKey: envelope.publicKey,
  privateKey: await crypto.subtle.unwrapKey(
    PRIVATE_KEY.format,
    envelope.privateKey.subarray(IV),
    key,
    gcm(pairWords(envelope.id), envelope.privateKey.subarray(0, IV)),
    PRIVATE_KEY.algorithm,
    false,
    [...PRIVATE_KEY.uses],
  ),
})

/** A new key and a new pair for a vault, wrapped under a secret. @param cost never below the floor */
export async function makeEnvelope(secret: Secret, cost: KeyCost, crypto: Crypto): Promise<Envelope> {
  const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) =>
    one.toString(16).padStart(2, '0'),
  ).join('')
  const [key, pair] = await Promise.all([
    crypto.subtle.generateKey(VAULT_KEY, true, VAULT_USES),
    newPair(crypto),
  ])
  const iv = crypto.getRandomValues(new Uint8Array(IV))
  const how = gcm(pairWords(id), iv)
  return {
    suite: SUITE,
    id,
    publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)),
    privateKey: withIv(iv, await crypto.subtle.wrapKey(PRIVATE_KEY.format, pair.privateKey, key, how)),
    wraps: [
      await wrapOf(
        id,
        key,
        secret,
        { m: Math.max(cost.m, KEY_FLOOR.m), t: Math.max(cost.t, KEY_FLOOR.t) },
        crypto,
      ),
    ],
  }
}

/** The keys of a vault by a secret its person knows; null: not the secret, or there is no wrap of this kind. */
export async function openEnvelope(
  envelope: Envelope,
  secret: Secret,
  crypto: Crypto,
): Promise<VaultKeys | null> {
  const key = await unwrapped(envelope, secret, crypto)
  return key && keysOf(envelope, key, crypto)
}

/**
 * The same key under another secret: no row is sealed anew. A wrap of the same kind is replaced, of another kind added.
 * @returns null: the first secret is not right
 */
export async function wrappedAnew(
  envelope: Envelope,
  known: Secret,
  next: Secret,
  cost: KeyCost,
  crypto: Crypto,
): Promise<Envelope | null> {
  const key = await unwrapped(envelope, known, crypto, true)
  if (!key) return null
  const wrap = await wrapOf(envelope.id, key, next, cost, crypto)
  return { ...envelope, wraps: [...envelope.wraps.filter((one) => one.by !== next.by), wrap] }
}
