import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import * as v from 'valibot'
import { CountySchema, type County } from '#domain/region/code.ts'

/** What this server has promised to somebody: at that moment, ledgers stood at least there. */
export interface Pledge {
  epoch: string
  heads: ReadonlyMap<County, number>
  /** Epoch ms. */
  at: number
}

/** More counties than this are not promised in one proof, so that it stays short. */
const MOST = 8

const TextSchema = v.pipe(v.string(), v.regex(/^[0-9a-f-]{1,64}\.[0-9a-z]{1,12}(\.\d{6}=[0-9a-z]{1,12})*$/))

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
    sign({ epoch, heads, at }) {
      const list = [...heads].toSorted().slice(0, MOST)
      const text = [epoch, at.toString(36), ...list.map(([county, head]) => `${county}=${head.toString(36)}`)]
      const payload = Buffer.from(text.join('.')).toString('base64url')
      return `${payload}.${macOf(payload).toString('base64url')}`
    },
    read(proof) {
      const [payload, mac, ...rest] = proof.split('.')
      if (!payload || !mac || rest.length > 0) return null
      const [shown, wanted] = [Buffer.from(mac, 'base64url'), macOf(payload)]
      if (shown.length !== wanted.length || !timingSafeEqual(shown, wanted)) return null
      const text = Buffer.from(payload, 'base64url').toString('utf8')
      if (!v.is(TextSchema, text)) return null
      const [epoch, at, ...list] = text.split('.') as [string, string, ...string[]]
      const heads = list.map((one): [County, number] => [
        v.parse(CountySchema, one.slice(0, 6)),
        parseInt(one.slice(7), 36),
      ])
      return { epoch, at: parseInt(at, 36), heads: new Map(heads) }
    },
  }
}
