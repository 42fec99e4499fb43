import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import * as v from 'valibot'
import { CountySchema, type County } from '#domain/region/code.ts'
import { firstOf, type Promised } from '../../repositories/sync/tables.ts'

/** What this server has promised to somebody: at that moment, ledgers stood at least there, and that much was decided of a device. */
export interface Pledge extends Promised {
  /** Epoch ms. */
  at: number
}

/** More counties than this are not promised in one proof, so that it stays short. */
const MOST = 8

// Promises of before name neither generation nor device.
const TEXT =
  /^([0-9a-f-]{1,64})\.([0-9a-z]{1,12})(?:\.g([0-9a-z]{1,6}))?(?:\.d([0-9a-z]{1,12})=([0-9a-z]{1,12}))?((?:\.\d{6}=[0-9a-z]{1,12})*)$/
const GENERATION = firstOf(1)

const told = (number: number): string => number.toString(36)
const read = (text: string): number => parseInt(text, 36)

/** Signs and reads promises. Its key lies outside the database: a database that was put back cannot know what it said later. */
export interface Prover {
  sign(pledge: Pledge): string
  /** null: not ours, or damaged. */
  read(proof: string): Pledge | null
}

/** @param secret the server's own secret; the key is derived from it and used for nothing else */
export function makeProver(secret: string): Prover {
  const key = Buffer.from(hkdfSync('sha256', secret, 'mingbai', 'sync proof', 32))
  const macOf = (payload: string) => createHmac('sha256', key).update(payload).digest()
  return {
    sign({ epoch, gen, acked, heads, at }) {
      const list = [...heads].slice(0, MOST).map(([county, head]) => `${county}=${told(head)}`)
      const decided = acked ? [`d${told(acked.device)}=${told(acked.n)}`] : []
      const text = [epoch, told(at), `g${told(gen)}`, ...decided, ...list]
      const payload = Buffer.from(text.join('.')).toString('base64url')
      return `${payload}.${macOf(payload).toString('base64url')}`
    },
    read(proof) {
      const [payload, mac, ...rest] = proof.split('.')
      if (!payload || !mac || rest.length > 0) return null
      const [shown, wanted] = [Buffer.from(mac, 'base64url'), macOf(payload)]
      if (shown.length !== wanted.length || !timingSafeEqual(shown, wanted)) return null
      const text = TEXT.exec(Buffer.from(payload, 'base64url').toString('utf8'))
      if (!text) return null
      const [, epoch, at, gen, device, n, list] = text as unknown as [string, string, string, ...string[]]
      const heads = new Map(
        (list ?? '')
          .split('.')
          .slice(1)
          .map((one): [County, number] => [v.parse(CountySchema, one.slice(0, 6)), read(one.slice(7))]),
      )
      return {
        epoch,
        // Every place of a ledger tells its generation.
        gen: gen ? read(gen) : Math.floor(Math.max(0, ...heads.values()) / GENERATION),
        heads,
        acked: device && n ? { device: read(device), n: read(n) } : null,
        at: read(at),
      }
    },
  }
}
