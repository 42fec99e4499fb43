import { randomBytes } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import { cleanCode, groupCode, makeCode } from '#domain/account/code.ts'
import { codeHash, seal, unseal, type AccountKeys } from './keys.ts'

const STEP_S = 30
const SEED_BYTES = 20
const RECOVERY_CODES = 10
const RECOVERY_LENGTH = 12

const totpOf = (seed: Buffer, label: string): TOTP =>
  new TOTP({
    issuer: '明白',
    label,
    algorithm: 'SHA1',
    digits: 6,
    period: STEP_S,
    secret: new Secret({ buffer: Uint8Array.from(seed).buffer }),
  })

/** A seed as an authenticator takes it: as the address in a code, and as a secret to type. */
export function factorOf(seed: Buffer, label: string): { address: string; secret: string } {
  const totp = totpOf(seed, label)
  return { address: totp.toString(), secret: totp.secret.base32 }
}

/** A new seed: sealed for the table, and as the authenticator takes it. */
export function newSecondFactor(
  keys: AccountKeys,
  label: string,
): { sealed: string; address: string; secret: string } {
  const seed = randomBytes(SEED_BYTES)
  return { sealed: seal(keys.seeds, seed), ...factorOf(seed, label) }
}

const opens = (key: Buffer, sealed: string): Buffer | null => {
  try {
    return unseal(key, sealed)
  } catch {
    return null
  }
}

/** The seed that was sealed under this secret or one of before; throws when none of them opens it. */
export function seedIn(keys: AccountKeys, sealed: string): Buffer {
  for (const { seeds } of keys.before) {
    const seed = opens(seeds, sealed)
    if (seed) return seed
  }
  return unseal(keys.seeds, sealed)
}

/** The same seed, sealed under the secret of now. */
export const resealedSeed = (keys: AccountKeys, sealed: string): string =>
  seal(keys.seeds, seedIn(keys, sealed))

/**
 * The time step a six-digit code belongs to, within one step of the server's clock, or null when it is wrong or its step
 * was used before (a code that was looked over a shoulder is worth nothing; TR-18).
 * @param at epoch milliseconds; @param lastStep the last step that was accepted, 0 for none
 */
export function stepOf(
  keys: AccountKeys,
  sealed: string,
  typed: string,
  at: number,
  lastStep: number,
): number | null {
  const token = typed.normalize('NFKC').replace(/\s/g, '')
  if (!/^\d{6}$/.test(token)) return null
  const totp = totpOf(seedIn(keys, sealed), '')
  const now = Math.floor(at / 1000 / STEP_S)
  for (const step of [now - 1, now, now + 1]) {
    if (step > lastStep && totp.validate({ token, timestamp: step * STEP_S * 1000, window: 0 }) !== null)
      return step
  }
  return null
}

/** Ten codes for the day the authenticator is lost: to be printed, and the hashes to keep. */
export function newRecoveryCodes(keys: AccountKeys): { shown: string[]; hashes: string[] } {
  const codes = Array.from({ length: RECOVERY_CODES }, () =>
    makeCode(randomBytes(RECOVERY_LENGTH), RECOVERY_LENGTH),
  )
  return {
    shown: codes.map((code) => groupCode(code)),
    hashes: codes.map((code) => codeHash(keys, `recovery ${code}`)),
  }
}

/** Which of the kept hashes a typed recovery code is, or -1. */
export const recoveryIndex = (keys: AccountKeys, hashes: readonly string[], typed: string): number => {
  const code = cleanCode(typed)
  if (code.length !== RECOVERY_LENGTH) return -1
  const may = [keys, ...keys.before].map((one) => codeHash(one, `recovery ${code}`))
  return hashes.findIndex((kept) => may.includes(kept))
}
