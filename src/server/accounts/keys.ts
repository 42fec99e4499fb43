import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** Keys of the accounts, each for one purpose, all from the one secret of the installation. */
export interface AccountKeys {
  /** Enrolment, card, setup and recovery codes are kept as HMAC under this, so that a stolen table cannot be searched. */
  codes: Buffer
  /** Seals seeds of the second factor at rest. */
  seeds: Buffer
  /** Pepper of password hashes. */
  pepper: Buffer
  /** Derives a session token's successor, so that every answer to the same token names the same one. */
  successors: Buffer
  /** The same of secrets it had before, the newest first: what was kept under them is still read, and nothing is written. */
  before: readonly Omit<AccountKeys, 'before'>[]
}

function keysOf(secret: string): Omit<AccountKeys, 'before'> {
  const key = (purpose: string) => Buffer.from(hkdfSync('sha256', secret, 'mingbai accounts v1', purpose, 32))
  return { codes: key('codes'), seeds: key('seeds'), pepper: key('pepper'), successors: key('successors') }
}

/**
 * @param secret MINGBAI_SECRET as configured, at least 32 characters in production
 * @param secretsBefore MINGBAI_SECRET_BEFORE
 */
export const deriveKeys = (secret: string, secretsBefore: readonly string[] = []): AccountKeys => ({
  ...keysOf(secret),
  before: secretsBefore.map(keysOf),
})

/** How a low-entropy or long-lived code is kept: hex of its HMAC-SHA-256. */
export const codeHash = (keys: Pick<AccountKeys, 'codes'>, code: string): string =>
  createHmac('sha256', keys.codes).update(code).digest('hex')

/** A session token: 256 random bits, base64url. */
export const newToken = (): string => randomBytes(32).toString('base64url')

/** How a token is kept: hex of its SHA-256. The token itself is never stored. */
export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('hex')

/**
 * The token that follows another. Derived, not drawn: when an answer is lost, or three requests cross on the way, each
 * answer carries the same successor and none of them can log the phone out (TR-15).
 */
export const successorOf = (keys: AccountKeys, token: string): string =>
  createHmac('sha256', keys.successors).update(token).digest('base64url')

/** Seals bytes with AES-256-GCM: `v1.` nonce, text and tag, base64url. */
export function seal(key: Buffer, plain: Buffer): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  return `v1.${Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64url')}`
}

/** Opens what `seal` made; throws when it was made under another secret or touched. */
export function unseal(key: Buffer, sealed: string): Buffer {
  const whole = Buffer.from(sealed.slice('v1.'.length), 'base64url')
  const decipher = createDecipheriv('aes-256-gcm', key, whole.subarray(0, 12))
  decipher.setAuthTag(whole.subarray(-16))
  return Buffer.concat([decipher.update(whole.subarray(12, -16)), decipher.final()])
}
