import { KEY_NAME, SERVER_EXPORT, SERVER_INFO, THE_SERVER } from '#sync/protocol/sealed.ts'
import type { Bytes } from '../database/rows.ts'
import { gcm, isOf, IV, padded, SUITES, unpad, wordsIn } from './box.ts'
import { hpkeExport, hpkeOpen, hpkeSeal } from './hpke.ts'
import { joined } from './joined.ts'

/** Who can open a sealed box: 1 is the vault's own pair, 2 the server, 3 the vault's key. Several may stand side by side in one box. */
export const VAULT_ITSELF = 1
const VAULT_KEY = 3

/** One way to a box's content key. */
export interface Recipient {
  id: number
  /** @param raw the content key @param bound the words of the box */
  wrap(raw: Bytes, bound: string): Promise<Bytes>
}

const INFO = 'mingbai item key'
const CONTENT_KEY = 32
/** Recipient (one byte) and length (two) before each wrap. */
const HEAD = 3

const withIv = async (crypto: Crypto, key: CryptoKey, raw: Bytes, bound: string): Promise<Bytes> => {
  const iv = crypto.getRandomValues(new Uint8Array(IV))
  return joined(iv, new Uint8Array(await crypto.subtle.encrypt(gcm(bound, iv), key, raw)))
}

/** Whoever has the private half of a pair: needs no secret, costs two multiplications on the curve. */
export const toPair = (crypto: Crypto, id: number, publicKey: Bytes): Recipient => ({
  id,
  wrap: (raw, bound) => hpkeSeal(crypto, publicKey, { info: INFO, aad: bound }, raw),
})

/** Whoever has the vault's key. */
export const toVault = (crypto: Crypto, key: CryptoKey): Recipient => ({
  id: VAULT_KEY,
  wrap: (raw, bound) => withIv(crypto, key, raw, bound),
})

/** The first bytes of the SHA-256 of a public key. */
export const keyName = async (crypto: Crypto, publicKey: Bytes): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', publicKey)).slice(0, KEY_NAME)

/**
 * The server, by one encapsulation for all boxes that go through what this returns: once for an unlock, once for each save of a locked
 * phone, which must not be recognised by it.
 */
export async function toServer(crypto: Crypto, publicKey: Bytes): Promise<Recipient> {
  const [name, { enc, exported }] = await Promise.all([
    keyName(crypto, publicKey),
    hpkeExport(crypto, publicKey, { info: SERVER_INFO, words: SERVER_EXPORT }),
  ])
  const key = await crypto.subtle.importKey('raw', exported, 'AES-GCM', false, ['encrypt'])
  exported.fill(0)
  return {
    id: THE_SERVER,
    wrap: async (raw, bound) => joined(name, enc, await withIv(crypto, key, raw, bound)),
  }
}

const words = (aad: string): string => wordsIn(SUITES.sealed, aad)

/**
 * Seals under a key made for this box alone, wrapped for each recipient. Needs no secret, so a locked phone can do it.
 * Suite (two bytes), number of wraps (one), the wraps, IV, cipher.
 */
export async function sealFor(
  crypto: Crypto,
  recipients: readonly Recipient[],
  aad: string,
  plain: Bytes,
): Promise<Bytes> {
  const raw = crypto.getRandomValues(new Uint8Array(CONTENT_KEY))
  const iv = crypto.getRandomValues(new Uint8Array(IV))
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt'])
  const [cipher, ...wraps] = await Promise.all([
    padded(plain, (lent) => crypto.subtle.encrypt(gcm(words(aad), iv), key, lent)),
    ...recipients.map((one) => one.wrap(raw, words(aad))),
  ])
  raw.fill(0)
  const headed = wraps.map((wrap, at) =>
    joined(new Uint8Array([recipients[at]?.id ?? 0, wrap.length >> 8, wrap.length & 255]), wrap),
  )
  return joined(new Uint8Array([0, SUITES.sealed, wraps.length]), ...headed, iv, new Uint8Array(cipher))
}

/** The wrap for a recipient and where the content begins; null: there is none for it. */
function wrapFor(box: Bytes, recipient: number): { wrap: Bytes | null; rest: Bytes } {
  let at = 3
  let wrap: Bytes | null = null
  for (let left = box[2] ?? 0; left > 0; left--) {
    const length = ((box[at + 1] ?? 0) << 8) | (box[at + 2] ?? 0)
    if (box[at] === recipient) wrap = box.subarray(at + HEAD, at + HEAD + length)
    at += HEAD + length
  }
  return { wrap, rest: box.subarray(at) }
}

async function contentOf(crypto: Crypto, raw: Bytes, aad: string, rest: Bytes): Promise<Bytes> {
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt'])
  raw.fill(0)
  const plain = await crypto.subtle.decrypt(gcm(words(aad), rest.subarray(0, IV)), key, rest.subarray(IV))
  return unpad(new Uint8Array(plain))
}

/** What an open vault opens its sealed boxes with. */
export interface Opener {
  key: CryptoKey
  privateKey: CryptoKey
  publicKey: Bytes
}

/** Opens a sealed box as the vault: by its key where that was at hand when it was sealed, else by its pair. */
export async function openSealed(crypto: Crypto, own: Opener, aad: string, box: Bytes): Promise<Bytes> {
  if (!isOf(SUITES.sealed, box)) throw new Error('a box for somebody else')
  const { wrap: under, rest } = wrapFor(box, VAULT_KEY)
  if (under) {
    const how = gcm(words(aad), under.subarray(0, IV))
    const raw = new Uint8Array(await crypto.subtle.decrypt(how, own.key, under.subarray(IV)))
    return contentOf(crypto, raw, aad, rest)
  }
  const { wrap } = wrapFor(box, VAULT_ITSELF)
  if (!wrap) throw new Error('a box for somebody else')
  return contentOf(crypto, await hpkeOpen(crypto, own, { info: INFO, aad: words(aad) }, wrap), aad, rest)
}

/** Whether the server can open it with a key of that name. */
export function isForServer(box: Bytes, name: Bytes): boolean {
  if (!isOf(SUITES.sealed, box)) return false
  const { wrap } = wrapFor(box, THE_SERVER)
  return wrap !== null && name.every((one, at) => wrap[at] === one)
}

/** Whether the server can open it, with whatever key of its. */
export const isShared = (box: Bytes): boolean => isForServer(box, new Uint8Array(0))
