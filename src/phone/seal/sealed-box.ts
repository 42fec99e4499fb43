import type { Bytes } from '../database/rows.ts'
import { gcm, isOf, IV, pad, SUITES, unpad, wordsIn } from './box.ts'
import { hpkeOpen, hpkeSeal } from './hpke.ts'
import { joined } from './joined.ts'

/** Who can open a sealed box: 1 is the vault itself. Others may stand beside it in the same box. */
export const VAULT_ITSELF = 1

export interface Recipient {
  id: number
  publicKey: Bytes
}

const INFO = 'mingbai item key'
const CONTENT_KEY = 32
/** Recipient (one byte) and length (two) before each wrap. */
const HEAD = 3

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
    crypto.subtle.encrypt(gcm(words(aad), iv), key, pad(plain)),
    ...recipients.map((one) => hpkeSeal(crypto, one.publicKey, { info: INFO, aad: words(aad) }, raw)),
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

/** Opens a sealed box as one of its recipients. */
export async function openSealed(
  crypto: Crypto,
  own: { id: number; privateKey: CryptoKey; publicKey: Bytes },
  aad: string,
  box: Bytes,
): Promise<Bytes> {
  const { wrap, rest } = wrapFor(box, own.id)
  if (!isOf(SUITES.sealed, box) || !wrap) throw new Error('a box for somebody else')
  const raw = await hpkeOpen(crypto, own, { info: INFO, aad: words(aad) }, wrap)
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt'])
  raw.fill(0)
  const plain = await crypto.subtle.decrypt(gcm(words(aad), rest.subarray(0, IV)), key, rest.subarray(IV))
  return unpad(new Uint8Array(plain))
}
