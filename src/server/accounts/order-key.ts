import { createECDH, createPrivateKey, hkdfSync, sign, type KeyObject } from 'node:crypto'
import { signedText, type Directive, type SignedDirective } from '#sync/protocol/directive.ts'

const CURVE = 'prime256v1'

/** What orders to phones are signed with; phones keep the public half from the day they are enrolled. */
export interface OrderKey {
  /** Uncompressed point of P-256, base64url, as `me.orderKeys` carries it. */
  shown: string
  sign(directive: Directive): SignedDirective
}

const b64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

function keyAt(secret: string, round: number): { key: KeyObject; point: Buffer } | null {
  const seed = Buffer.from(hkdfSync('sha256', secret, 'mingbai accounts v1', `orders ${round}`, 32))
  const pair = createECDH(CURVE)
  try {
    pair.setPrivateKey(seed)
  } catch {
    return null
  }
  const point = pair.getPublicKey()
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    d: b64(seed),
    x: b64(point.subarray(1, 33)),
    y: b64(point.subarray(33)),
  }
  return { key: createPrivateKey({ key: jwk, format: 'jwk' }), point }
}

/** The key of this installation, from its one secret: the same after every start, and nowhere in the database. */
export function deriveOrderKey(secret: string): OrderKey {
  // One seed in four thousand million is beyond the curve's order; then the next one is.
  let found = keyAt(secret, 0)
  for (let round = 1; found === null; round++) found = keyAt(secret, round)
  const { key, point } = found
  return {
    shown: b64(point),
    sign(directive) {
      const text = JSON.stringify(directive)
      const sig = sign('sha256', Buffer.from(signedText(text)), { key, dsaEncoding: 'ieee-p1363' })
      return { is: 'device', text, sig: sig.toString('base64url') }
    },
  }
}
