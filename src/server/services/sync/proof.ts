import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import * as v from 'valibot'
import { CountySchema, type County } from '#domain/region/code.ts'
import { firstOf, type Promised, type ToldOp } from '../../repositories/sync/tables.ts'

/** What this server has promised to somebody: at that moment, ledgers stood at least there, and that much was decided of a device. */
export interface Pledge extends Promised {
  /** Epoch ms. */
  at: number
}

/** More counties than this are not promised in one proof, so that it stays short. */
const MOST = 6
/** So many hexadecimal digits of a fingerprint tell two ops under one number apart. */
const HASH = 8

// Promises of before name neither generation nor device, or no op.
const TEXT =
  /^([0-9a-f-]{1,64})\.([0-9a-z]{1,12})(?:\.g([0-9a-z]{1,6}))?(?:\.d([0-9a-z]{1,12})=([0-9a-z]{1,12}))?((?:\.o\d{6}-[0-9a-z]{1,12}-[0-9a-z]{1,12}-[0-9a-f]{8})*)((?:\.\d{6}=[0-9a-z]{1,12})*)$/
const GENERATION = firstOf(1)

const told = (number: number): string => number.toString(36)
const read = (text: string): number => parseInt(text, 36)

/** The parts of a list that begins with the point before each. */
const partsOf = (list: string | undefined): string[] => (list ?? '').split('.').slice(1)

function toldIn(part: string): ToldOp {
  const [county, device, n, hash] = part.slice(1).split('-') as [string, string, string, string]
  return { county: v.parse(CountySchema, county), device: read(device), n: read(n), hash }
}

/**
 * What a phone has been told once an answer has arrived. What is decided now comes after everything that was decided before, so it
 * alone vouches for all of it; an op that is answered once more may be older than what was told before, and both are named.
 */
export function toldAfter(
  before: readonly ToldOp[],
  last: (ToldOp & { isFresh: boolean }) | null,
): readonly ToldOp[] {
  if (!last) return before
  const { isFresh, county, device, n } = last
  const one = { county, device, n, hash: last.hash.slice(0, HASH) }
  const [first] = before
  const isNew = isFresh || !first || (first.device === device && first.n === n && first.hash === one.hash)
  return isNew ? [one] : [first, one]
}

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
    sign({ epoch, gen, acked, told: ops, heads, at }) {
      const list = [...heads].slice(0, MOST).map(([county, head]) => `${county}=${told(head)}`)
      const decided = acked ? [`d${told(acked.device)}=${told(acked.n)}`] : []
      const named = ops.map(({ county, device, n, hash }) => `o${county}-${told(device)}-${told(n)}-${hash}`)
      const text = [epoch, told(at), `g${told(gen)}`, ...decided, ...named, ...list]
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
      const [, epoch, at, gen, device, n, ops, list] = text as unknown as [
        string,
        string,
        string,
        ...string[],
      ]
      const heads = new Map(
        partsOf(list).map((one): [County, number] => [
          v.parse(CountySchema, one.slice(0, 6)),
          read(one.slice(7)),
        ]),
      )
      return {
        epoch,
        // Every place of a ledger tells its generation.
        gen: gen ? read(gen) : Math.floor(Math.max(0, ...heads.values()) / GENERATION),
        heads,
        acked: device && n ? { device: read(device), n: read(n) } : null,
        told: partsOf(ops).map(toldIn),
        at: read(at),
      }
    },
  }
}
