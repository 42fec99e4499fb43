import type { Bytes } from '../database/rows.ts'
import { rowWords } from '#sync/protocol/sealed.ts'
import { randomBytes } from './random.ts'

/** The crypto port: what every box goes through. The vault replaces it without changing a row. */
export interface Sealer {
  /** @param aad what the box belongs to; it opens under the same words only */
  seal(aad: string, plain: Bytes): Promise<Bytes>
  /** The same for what the server is to have as well, so that it can be handed in locked. Absent: as `seal`. */
  share?(aad: string, plain: Bytes): Promise<Bytes>
  /** From now on the server is reached by this key. Absent: there is nobody to share with. */
  reach?(publicKey: Bytes): void
  /** Throws when the box is damaged, was moved to another row, or the key is another one. */
  open(aad: string, box: Bytes): Promise<Bytes>
  /**
   * The envelope whose key this seals under; null: the plain key of a database without one. What it sealed may be written only while
   * that stands (`fence.ts`). Absent: it hangs on nothing in the database.
   */
  envelope?: string | null
}

/**
 * What the second byte of a box says of how it was sealed. plain: under the non-extractable key that lies in the database. sealed: under a
 * key of its own, wrapped for a list of recipients. vault: under the vault's key. capture: under the key a locked phone writes with.
 * A suite opens for ever.
 */
export const SUITES = { plain: 1, sealed: 2, vault: 3, capture: 4 } as const
export type Suite = (typeof SUITES)[keyof typeof SUITES]

export const IV = 12
const BUCKETS = [256, 1024, 4096, 16_384, 65_536] as const

/** The words a box is bound to: suite, store, row, schema version. Ops are bound by their random id, not by `n`. */
export const boundTo = rowWords

/** Those words with the suite a box is really of. */
export const wordsIn = (suite: Suite, aad: string): string =>
  suite === SUITES.plain ? aad : `${suite}>${aad}`

/** Whether a box is of a suite. */
export const isOf = (suite: Suite, box: Bytes): boolean => box[0] === 0 && box[1] === suite

/** Room for `length` bytes that does not tell a long matter from a short one: 256 B, 1, 4, 16, 64 KiB, then steps of 64 KiB. */
const roomFor = (length: number): number =>
  BUCKETS.find((one) => length <= one) ?? Math.ceil(length / 65_536) * 65_536

/** Where what is sealed next lies for a moment; zeros in between. */
const scratch = new Uint8Array(65_536)

/**
 * Length (four bytes), content, zeros up to the bucket: lent to WebCrypto, which takes its own copy before it returns (Web Cryptography
 * API §14.3.1). A buffer of its own for each of thousands of records would lie about until the next collection.
 */
export function padded<T>(plain: Bytes, use: (lent: Bytes) => T): T {
  const room = roomFor(plain.length + 4)
  const lent = room <= scratch.length ? scratch.subarray(0, room) : new Uint8Array(room)
  new DataView(lent.buffer).setUint32(0, plain.length)
  lent.set(plain, 4)
  try {
    return use(lent)
  } finally {
    lent.fill(0, 0, plain.length + 4)
  }
}

/** Gives the memory of a buffer back at once, where the browser can; elsewhere the next collection does. It is empty afterwards. */
function giveBack(buffer: ArrayBuffer): void {
  ;(buffer as ArrayBuffer & { transfer?(length: number): ArrayBuffer }).transfer?.(0)
}

export function unpad(room: Bytes): Bytes {
  const length = new DataView(room.buffer, room.byteOffset).getUint32(0)
  return room.subarray(4, 4 + length)
}

const utf8 = new TextEncoder()
const fromUtf8 = new TextDecoder()

export const gcm = (words: string, iv: Bytes): AesGcmParams => ({
  name: 'AES-GCM',
  iv,
  additionalData: utf8.encode(words) as Bytes,
})

/** AES-256-GCM by WebCrypto under one key, 96-bit random IV, padded. */
export function sealerOf(key: CryptoKey, crypto: Crypto, suite: Suite = SUITES.plain): Sealer {
  const random = randomBytes(crypto)
  return {
    async seal(aad, plain) {
      const iv = random(IV)
      const cipher = await padded(plain, (lent) =>
        crypto.subtle.encrypt(gcm(wordsIn(suite, aad), iv), key, lent),
      )
      const box = new Uint8Array(2 + IV + cipher.byteLength)
      box[1] = suite
      box.set(iv, 2)
      box.set(new Uint8Array(cipher), 2 + IV)
      giveBack(cipher)
      return box
    },
    async open(aad, box) {
      if (!isOf(suite, box)) throw new Error('a box of a suite this build does not know')
      const plain = await crypto.subtle.decrypt(
        gcm(wordsIn(suite, aad), box.subarray(2, 2 + IV)),
        key,
        box.subarray(2 + IV),
      )
      return unpad(new Uint8Array(plain))
    },
  }
}

/** Seals any JSON value. */
export const sealJson = (sealer: Sealer, aad: string, value: unknown): Promise<Bytes> =>
  sealer.seal(aad, utf8.encode(JSON.stringify(value)) as Bytes)

/** Seals any JSON value for the server too, where that can be done. */
export const shareJson = (sealer: Sealer, aad: string, value: unknown): Promise<Bytes> =>
  (sealer.share ?? sealer.seal)(aad, utf8.encode(JSON.stringify(value)) as Bytes)

/** Opens what `sealJson` sealed; the caller knows the shape, because the box is bound to its store. */
export const openJson = async <T>(sealer: Sealer, aad: string, box: Bytes): Promise<T> =>
  JSON.parse(fromUtf8.decode(await sealer.open(aad, box))) as T

const sameBytes = (a: Bytes, b: Bytes): boolean =>
  a === b || (a.length === b.length && a.every((byte, at) => byte === b[at]))

/** What each box held that was opened last under its words. */
const lastOpened = new WeakMap<Sealer, Map<string, { box: Bytes; value: unknown }>>()

/**
 * Opens what is read at every step and hardly ever changes: a box that is, byte for byte, the one of last time is not opened again.
 * @returns the very value of last time, so nobody may change it
 */
export async function openJsonAgain<T>(sealer: Sealer, aad: string, box: Bytes): Promise<T> {
  const known = lastOpened.get(sealer) ?? new Map<string, { box: Bytes; value: unknown }>()
  lastOpened.set(sealer, known)
  const last = known.get(aad)
  if (last && sameBytes(last.box, box)) return last.value as T
  const value = await openJson<T>(sealer, aad, box)
  known.set(aad, { box, value })
  return value
}

/** A new key that never leaves WebCrypto. */
export const makeKey = (crypto: Crypto): Promise<CryptoKey> =>
  crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
