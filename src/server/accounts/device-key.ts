import { createPublicKey, type KeyObject } from 'node:crypto'

/** The public key that a phone named when it entered (SPKI, base64url). null: it is no point of P-256. */
export function deviceKeyOf(spki: string): KeyObject | null {
  try {
    const key = createPublicKey({ key: Buffer.from(spki, 'base64url'), format: 'der', type: 'spki' })
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : null
  } catch {
    return null
  }
}
