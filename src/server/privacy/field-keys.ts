import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  hkdfSync,
  randomBytes,
  type ECDH,
} from 'node:crypto'
import { FieldKeySchema, ID_NUMBER_INFO, type FieldKey, type ServerBox } from '#domain/privacy/id-number.ts'
import * as v from 'valibot'
import type { Config } from '../config.ts'
import { openHpke } from './hpke.ts'

/** One key for numbers of people: its name stands beside everything that was sealed under it. */
interface Key {
  name: string
  /** Opens what phones sealed to its public half. */
  pair: ECDH
  point: Buffer
  /** Seals values of fields in the database. */
  column: Buffer
}

/** What opens and seals numbers of people. The first seals; every other still opens what it once sealed. */
export interface FieldKeys {
  first: Key
  byName: ReadonlyMap<string, Key>
}

/** A private key of P-256 from a secret; of 2³² secrets one gives a number that is none, and the next round is taken. */
function pairFrom(secret: string): ECDH {
  const pair = createECDH('prime256v1')
  for (let round = 0; ; round++) {
    try {
      const raw = hkdfSync('sha256', secret, 'mingbai fields v1', `pair ${round}`, 32)
      pair.setPrivateKey(Buffer.from(raw))
      return pair
    } catch {
      // Not a number below the order of the curve.
    }
  }
}

function keyFrom(secret: string): Key {
  const pair = pairFrom(secret)
  const point = pair.getPublicKey()
  const name = createHash('sha256').update(point).digest('hex').slice(0, 16)
  return {
    name,
    pair,
    point,
    column: Buffer.from(hkdfSync('sha256', secret, 'mingbai fields v1', 'column', 32)),
  }
}

/**
 * Keys for numbers of people, from secrets that are kept apart from the database.
 * @param secrets the newest first (MINGBAI_FIELD_SECRETS, then the installation's own); at least one
 */
export function fieldKeysFrom(secrets: readonly string[]): FieldKeys {
  const keys = secrets.map(keyFrom)
  return { first: keys[0] as Key, byName: new Map(keys.toReversed().map((one) => [one.name, one])) }
}

/**
 * Keys for numbers of people as an installation has them: its own for them, then the one that everything else is keyed with, then what that
 * was before, so that a change of it loses none of them.
 * @param secret MINGBAI_SECRET, or what the demo keeps beside its data
 */
export const fieldKeysOf = (
  { fieldSecrets, secretsBefore }: Pick<Config, 'fieldSecrets' | 'secretsBefore'>,
  secret: string,
): FieldKeys => fieldKeysFrom([...fieldSecrets, secret, ...secretsBefore])

/** The public half that phones seal to, as an answer names it. */
export const publicFieldKey = ({ first: { name, point } }: FieldKeys): FieldKey =>
  v.parse(FieldKeySchema, { is: 'field', key: name, point: point.toString('base64url') })

const NONCE = 12
const TAG = 16

/** Seals a value of a field under the first key. @param bound what it belongs to: it opens nowhere else */
export function sealValue({ first }: FieldKeys, bound: string, text: string): string {
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv('aes-256-gcm', first.column, nonce).setAAD(Buffer.from(bound))
  const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return `${first.name}.${sealed.toString('base64url')}`
}

/** Opens what `sealValue` made; null: under a key that is not here, or of another field. */
export function openValue({ byName }: FieldKeys, bound: string, sealed: string): string | null {
  const [name = '', text = ''] = sealed.split('.')
  const key = byName.get(name)
  const whole = Buffer.from(text, 'base64url')
  if (!key || whole.length < NONCE + TAG) return null
  const cipher = createDecipheriv('aes-256-gcm', key.column, whole.subarray(0, NONCE))
    .setAAD(Buffer.from(bound))
    .setAuthTag(whole.subarray(-TAG))
  try {
    return Buffer.concat([cipher.update(whole.subarray(NONCE, -TAG)), cipher.final()]).toString('utf8')
  } catch {
    return null
  }
}

const SEALED = /^[0-9a-f]{16}\.[A-Za-z0-9_-]{38,}$/
/** Whether `sealValue` made it, under whatever key: what nobody would type. */
export const isSealed = (text: string): boolean => SEALED.test(text)

/** Whether `sealValue` made it under the newest key. */
export const isUnderFirst = ({ first }: FieldKeys, sealed: string): boolean =>
  sealed.startsWith(`${first.name}.`)

/** Opens what a phone sealed to one of these keys; null: to another, or for another record or person. */
export function openBox({ byName }: FieldKeys, bound: string, { key, box }: ServerBox): string | null {
  const own = byName.get(key)
  return own ? openHpke(own.pair, { info: ID_NUMBER_INFO, aad: bound }, Buffer.from(box, 'base64url')) : null
}
