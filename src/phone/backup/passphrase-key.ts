import type { Bytes } from '../database/rows.ts'
import type { PhonePorts } from '../ports.ts'

/** What making a key from a passphrase costs: memory in KiB and passes (RFC 9106 §3.1), one lane. */
export interface KeyCost {
  m: number
  t: number
}

/** Never less, on whatever phone (OWASP's least for Argon2id); and no more than a phone can be asked for by a file. */
export const KEY_FLOOR: KeyCost = { m: 19_456, t: 2 }
export const KEY_CEILING: KeyCost = { m: 262_144, t: 8 }
const AIM_MS = 1000
const MOST_MADE = 131_072

/** Whether a file's cost is one that this build would ever make or may be asked to pay. */
export const isFairCost = ({ m, t }: KeyCost): boolean =>
  m >= KEY_FLOOR.m && m <= KEY_CEILING.m && t >= KEY_FLOOR.t && t <= KEY_CEILING.t

async function argon2(phrase: string, salt: Bytes, { m, t }: KeyCost): Promise<Bytes> {
  // Loaded only when a backup is made or read.
  const { argon2id } = await import('hash-wasm')
  const hash = await argon2id({
    password: phrase,
    salt,
    parallelism: 1,
    iterations: t,
    memorySize: m,
    hashLength: 32,
    outputType: 'binary',
  })
  return hash as Bytes
}

/** Argon2id, 32 bytes. Rejects when the phone has not that much memory. */
export const keyBytes = argon2

/**
 * A cost that takes this phone about a second, by a small trial: cost grows with memory and passes alike. Never below the floor.
 * @param mono the phone's monotonic clock, ms
 */
export async function fittingCost(mono: () => number): Promise<KeyCost> {
  const trial = { m: KEY_FLOOR.m / 4, t: 1 }
  const salt = new Uint8Array(16)
  await argon2('warming up', salt, { m: 64, t: 1 })
  const before = mono()
  await argon2('trial', salt, trial)
  const floorMs = Math.max(1, (mono() - before) * 4 * KEY_FLOOR.t)
  const m = Math.floor((KEY_FLOOR.m * AIM_MS) / floorMs / 1024) * 1024
  return { m: Math.min(MOST_MADE, Math.max(KEY_FLOOR.m, m)), t: KEY_FLOOR.t }
}

/** The key of a backup, for AES-256-GCM; it stays in WebCrypto. */
export async function passphraseKey(
  phrase: string,
  salt: Bytes,
  cost: KeyCost,
  { crypto }: Pick<PhonePorts, 'crypto'>,
): Promise<CryptoKey> {
  const bytes = await keyBytes(phrase, salt, cost)
  const key = await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
  bytes.fill(0)
  return key
}
