import { createDecipheriv, createHmac, type ECDH } from 'node:crypto'

/**
 * Opening what was sealed to a public key: RFC 9180 (HPKE), base mode, one message, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
 * The phone's half is `src/phone/seal/hpke.ts`; the two are held together by a test.
 */
const ENC = 65
const TAG = 16
const two = (n: number): Buffer => Buffer.from([n >> 8, n & 255])
const KEM = Buffer.concat([Buffer.from('KEM'), two(0x0010)])
const SUITE = Buffer.concat([Buffer.from('HPKE'), two(0x0010), two(0x0001), two(0x0002)])
const VERSION = Buffer.from('HPKE-v1')
const NONE = Buffer.alloc(0)

const hmac = (key: Buffer, ...parts: Buffer[]): Buffer =>
  createHmac('sha256', key).update(Buffer.concat(parts)).digest()
const extract = (suite: Buffer, salt: Buffer, label: string, ikm: Buffer): Buffer =>
  hmac(salt, VERSION, suite, Buffer.from(label), ikm)
/** One block of the hash is as much as is ever asked for. */
const expand = (suite: Buffer, prk: Buffer, label: string, info: Buffer, length: number): Buffer =>
  hmac(prk, two(length), VERSION, suite, Buffer.from(label), info, Buffer.from([1])).subarray(0, length)

/**
 * @param words what it is for, and what it is bound to
 * @param sealed encapsulated key and cipher text, one after the other
 * @returns null: not sealed to this pair under these words
 */
export function openHpke(
  pair: ECDH,
  { info, aad }: { info: string; aad: string },
  sealed: Buffer,
): string | null {
  if (sealed.length <= ENC + TAG) return null
  try {
    const enc = sealed.subarray(0, ENC)
    const prk = extract(KEM, NONE, 'eae_prk', pair.computeSecret(enc))
    const shared = expand(KEM, prk, 'shared_secret', Buffer.concat([enc, pair.getPublicKey()]), 32)
    const psk = extract(SUITE, NONE, 'psk_id_hash', NONE)
    const context = Buffer.concat([
      Buffer.from([0]),
      psk,
      extract(SUITE, NONE, 'info_hash', Buffer.from(info)),
    ])
    const secret = extract(SUITE, shared, 'secret', NONE)
    const cipher = createDecipheriv(
      'aes-256-gcm',
      expand(SUITE, secret, 'key', context, 32),
      expand(SUITE, secret, 'base_nonce', context, 12),
    )
      .setAAD(Buffer.from(aad))
      .setAuthTag(sealed.subarray(-TAG))
    return Buffer.concat([cipher.update(sealed.subarray(ENC, -TAG)), cipher.final()]).toString('utf8')
  } catch {
    return null
  }
}
