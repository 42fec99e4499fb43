import { createECDH, createHash, createHmac, hkdfSync, timingSafeEqual, type ECDH } from 'node:crypto'
import { KEY_NAME } from '#sync/protocol/sealed.ts'

/** One pair that phones seal for. */
export interface DropboxKey {
  /** Its name in a box: the first bytes of SHA-256 of its public half. */
  name: Buffer
  /** The public half: an uncompressed point of P-256. */
  point: Buffer
  pair: ECDH
}

/** The keys of the drop-box. They lie in no database and no backup: all come from the secret of the installation. */
export interface DropboxKeys {
  /** What phones seal for now. */
  current: DropboxKey
  all: readonly DropboxKey[]
  /** The word with which an installation may hand in, and nothing else. */
  tokenOf(device: number): string
  /** The device whose word this is; null: nobody's. */
  deviceOf(token: string): number | null
}

const derive = (secret: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, 'mingbai drop-box v1', purpose, 32))

function pairOf(secret: string): DropboxKey {
  for (let round = 0; ; round++) {
    const pair = createECDH('prime256v1')
    try {
      pair.setPrivateKey(derive(secret, `pair ${round}`))
    } catch {
      // One seed in four thousand million is beyond the curve's order; then the next one is taken.
      continue
    }
    const point = pair.getPublicKey()
    return { point, pair, name: createHash('sha256').update(point).digest().subarray(0, KEY_NAME) }
  }
}

const same = (a: string, b: string): boolean => {
  const [one, two] = [Buffer.from(a), Buffer.from(b)]
  return one.length === two.length && timingSafeEqual(one, two)
}

const wordOf = (key: Buffer, device: number): string =>
  `${device}.${createHmac('sha256', key).update(`device ${device}`).digest('base64url')}`

/**
 * @param secrets the installation's own, then those it had before: what phones sealed under those opens as long as they are named
 * (keep them 400 days)
 */
export function deriveDropboxKeys(secrets: readonly [string, ...string[]]): DropboxKeys {
  const all = secrets.map(pairOf)
  const words = secrets.map((one) => derive(one, 'words'))
  return {
    current: all[0] as DropboxKey,
    all,
    tokenOf: (device) => wordOf(words[0] as Buffer, device),
    deviceOf(token) {
      const device = Number(/^([1-9]\d{0,15})\./.exec(token)?.[1] ?? Number.NaN)
      if (!Number.isSafeInteger(device)) return null
      return words.some((key) => same(wordOf(key, device), token)) ? device : null
    },
  }
}
