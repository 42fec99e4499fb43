import { fold, isAside } from '#sync/fold/fold.ts'
import type { RecordState } from '#sync/fold/state.ts'
import { correctedTime } from '#sync/fold/corrected-time.ts'
import { crc32, crcText } from '#sync/protocol/crc.ts'
import { batchHash, firstMadeAs, madeAs, opHash } from '#sync/protocol/op-hash.ts'
import type { Look } from '#sync/protocol/looks.ts'
import type { Op } from '#sync/protocol/op.ts'
import {
  ExchangeRequestSchema,
  type Ack,
  type DigestLine,
  type ExchangeRequest,
  type Me,
  type PageLine,
  type Row,
} from '#sync/protocol/wire.ts'
import { laneOf } from '#domain/record/kind.ts'
import { countyOf } from '#domain/region/code.ts'
import { bigintToHex, hashToBigint, recordHash } from '#sync/digest.ts'
import * as v from 'valibot'

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const sha256 = async (bytes: Uint8Array): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))

const afterNumber = ([, outcome, seq, rv, detail]: Ack) => [outcome, seq, rv, detail] as const

function refill<T>(map: Map<string, T>, all: readonly [string, T][]): void {
  map.clear()
  for (const [key, value] of all) map.set(key, value)
}

interface Held {
  state: RecordState
  seq: number
}
interface Exit {
  seq: number
  key: string
  region: string
  rv: number
}

/** What a test may bend. */
export interface ServerRules {
  /** Decides an op before the fold; null: the fold decides. */
  decide?: ((op: Op, device: number) => Ack | null) | undefined
  /** Whether a device may see a region. */
  sees?: (device: number, region: string) => boolean
  /** Rows of one page. */
  pageRows?: number
  epoch?: string
  /** Sent with the next hello, with a new scope revision. */
  me?: Me
  scopeRev?: number
  /** Orders for this device, sent with every hello. */
  directives?: readonly unknown[]
  ringSafe?: number
  /** Keys it names with every hello; and whether it takes note of what was looked at. */
  keys?: readonly unknown[]
  notes?: boolean
  /** Sends no sums of villages and lists none, as a server of before. */
  mute?: boolean
  /** What it promises, and its version. */
  proof?: string
  server?: string
  /** Too busy to fetch: says how far the ledgers are and nothing else. */
  putsOff?: boolean
  /** Exits up to here are no longer told. */
  floor?: number
}

/** A server as it was at a moment. */
export interface ServerState {
  records: [string, Held][]
  exits: Exit[]
  receipts: [string, { hash: string; ack: Ack }][]
  heads: [string, number][]
}

/** A new history's numbers begin here, times its generation. */
const GENERATION = 2 ** 33

/**
 * A county's server small enough to see whole: receipts once, a dense ledger, the real fold. One process, one thread, so every
 * exchange is one transaction.
 */
export class TinyServer {
  rules: ServerRules = {}
  now: () => number
  readonly records = new Map<string, Held>()
  readonly exits: Exit[] = []
  readonly receipts = new Map<string, { hash: string; ack: Ack }>()
  readonly heads = new Map<string, number>()
  readonly authors = new Map<number, string>()
  /** Every op that took effect, in order. */
  readonly applied: { device: number; op: Op }[] = []
  /** What authors said of their refused ops, in order. */
  readonly said: { device: number; op: Op }[] = []
  exchanges = 0
  /** What the last exchange asked. */
  asked: ExchangeRequest | null = null
  /** What phones said was looked at, as often as they said it. */
  readonly looked: Look[] = []
  private generation = 0

  constructor(now: () => number) {
    this.now = now
  }

  private nextSeq(county: string): number {
    const seq = (this.heads.get(county) ?? 0) + 1
    this.heads.set(county, seq)
    return seq
  }

  /** The server as it stands, for `restore`. */
  state(): ServerState {
    return structuredClone({
      records: [...this.records],
      exits: this.exits,
      receipts: [...this.receipts],
      heads: [...this.heads],
    })
  }

  /** Puts the server back to an earlier state behind its own back: it gives the same numbers out again. */
  restoreQuietly(state: ServerState): void {
    const { records, exits, receipts, heads } = structuredClone(state)
    refill(this.records, records)
    refill(this.receipts, receipts)
    refill(this.heads, heads)
    this.exits.splice(0, Infinity, ...exits)
  }

  /** Puts the server back to an earlier state and begins a new history, whose numbers are beyond all that were given. */
  restore(state: ServerState, epoch: string): void {
    this.restoreQuietly(state)
    this.generation++
    for (const county of this.heads.keys()) this.heads.set(county, this.generation * GENERATION)
    this.rules.epoch = epoch
  }

  /** Changes a record as another person would; gives its new version. */
  async other(op: Op, device = 999): Promise<Ack> {
    const [ack] = await this.push(device, [op])
    return ack as Ack
  }

  /** Takes a record out of its region, as a transfer does. */
  move(key: string, region: string): void {
    const held = this.records.get(key) as Held
    const from = held.state.region
    const rv = this.nextVersion(held.state.rv)
    this.exits.push({ seq: this.nextSeq(countyOf(from)), key, region: from, rv })
    held.state = { ...held.state, region, rv }
    held.seq = this.nextSeq(countyOf(region))
  }

  private nextVersion(rv: number): number {
    return Math.max(rv + 1, this.generation * GENERATION)
  }

  private decide(device: number, op: Op, outcomes: Map<string, string>): Ack {
    const bent = this.rules.decide?.(op, device)
    if (bent) return bent
    const blocker = (op.d ?? []).find(
      (n) => !['ok', 'merged'].includes(this.outcomeOf(madeAs(op, device)[0], n, outcomes)),
    )
    if (blocker !== undefined) return [op.n, 'blocked', 0, 0, { on: blocker }]
    if (isAside(op)) {
      this.said.push({ device, op })
      return [op.n, 'ok', 0, 0, {}]
    }
    const key = `${op.e[0]}/${op.e[1]}`
    const held = this.records.get(key)
    const [dev, n] = madeAs(op, device)
    const done = fold(held?.state ?? null, op, {
      author: this.authors.get(device) ?? null,
      device: dev,
      n,
      base: op.b,
      at: correctedTime(op.t, 0, this.now()),
      receivedAt: this.now(),
    })
    if (!done) return [op.n, 'later', 0, 0, {}]
    if (!done.ok) return [op.n, 'rejected', 0, 0, { code: done.reason }]
    const seq = this.nextSeq(countyOf(op.r))
    const state = { ...done.value.state, rv: this.nextVersion(held?.state.rv ?? 0) }
    this.records.set(key, { state, seq })
    this.applied.push({ device, op })
    const lost = done.value.lost.map((one) => one.field)
    return [op.n, lost.length > 0 ? 'merged' : 'ok', seq, state.rv, lost.length > 0 ? { lost } : {}]
  }

  private outcomeOf(device: number, n: number, now: Map<string, string>): string {
    return now.get(`${device}/${n}`) ?? this.receipts.get(`${device}/${n}`)?.ack[1] ?? ''
  }

  async push(device: number, ops: readonly Op[]): Promise<Ack[]> {
    const acks: Ack[] = []
    const outcomes = new Map<string, string>()
    for (const op of ops) {
      const [dev, n] = madeAs(op, device)
      const hash = await opHash(firstMadeAs(op), sha256, encode)
      const known = this.receipts.get(`${dev}/${n}`)
      if (known?.hash === hash) this.receipts.set(`${device}/${op.n}`, known)
      if (known) acks.push(known.hash === hash ? [op.n, ...afterNumber(known.ack)] : [op.n, 'fork', 0, 0, {}])
      else {
        const ack = this.decide(device, op, outcomes)
        outcomes.set(`${dev}/${n}`, ack[1])
        outcomes.set(`${device}/${op.n}`, ack[1])
        // Found under both numbers, so that what hangs on it may name either.
        if (!['blocked', 'later', 'fork'].includes(ack[1]))
          for (const name of [`${dev}/${n}`, `${device}/${op.n}`]) this.receipts.set(name, { hash, ack })
        acks.push(ack)
      }
    }
    return acks
  }

  private sees(device: number, county: string, region: string): boolean {
    return countyOf(region) === county && (this.rules.sees?.(device, region) ?? true)
  }

  /** Everything a device keeps of a county. */
  private kept(device: number, county: string): { seq: number; row: Row }[] {
    return [...this.records.values()].flatMap(({ state, seq }) => {
      const { kind, id, region, rv, body, losses } = state
      const row = [kind, id, region, laneOf(kind, body), rv, 1, body, ...(losses ? [losses] : [])] as Row
      return this.sees(device, county, region) ? [{ seq, row }] : []
    })
  }

  private rowsAfter(device: number, county: string, cursor: number): { seq: number; row: Row }[] {
    const sees = (region: string) => this.sees(device, county, region)
    const live = this.kept(device, county).filter((one) => one.seq > cursor)
    const gone = this.exits.flatMap(({ seq, key, region, rv }) => {
      const held = this.records.get(key)
      const [kind, id] = key.split('/') as [string, string]
      if (
        seq <= Math.max(cursor, this.rules.floor ?? 0) ||
        !sees(region) ||
        (held && sees(held.state.region))
      )
        return []
      const row: unknown[] = [kind, id, region, 'casework', rv, 1, 'gone']
      return [{ seq, row: row as Row }]
    })
    return [...live, ...gone].sort((a, b) => a.seq - b.seq)
  }

  private pages(request: ExchangeRequest): PageLine[] {
    const size = this.rules.pageRows ?? request.pull?.max ?? 500
    return Object.entries(request.pull?.s ?? {}).map(([county, from]) => {
      const head = this.heads.get(county) ?? 0
      const all = this.rowsAfter(request.dev, county, from)
      const rows = all.slice(0, size)
      const to = rows.length < all.length ? (rows[rows.length - 1] as { seq: number }).seq : head
      const floor = this.rules.floor ?? 0
      if (this.rules.putsOff) return { page: county, from, to: from, head, floor, rows: [] }
      return { page: county, from, to, head, floor, rows: rows.map((one) => one.row) }
    })
  }

  /** Sums of every village and lane. */
  private digest(device: number, county: string): DigestLine {
    const lanes = new Map<string, { n: number; x: bigint }>()
    for (const { row } of this.kept(device, county)) {
      const { n, x } = lanes.get(`${row[2]} ${row[3]}`) ?? { n: 0, x: 0n }
      const hash = BigInt(hashToBigint(recordHash(row[0], row[1], row[4])))
      lanes.set(`${row[2]} ${row[3]}`, { n: n + 1, x: x ^ hash })
    }
    const sums = [...lanes].map(([key, { n, x }]): DigestLine['v'][number] => {
      const [region, lane] = key.split(' ') as [string, DigestLine['v'][number][1]]
      return [region, lane, n, bigintToHex(x.toString())]
    })
    return { digest: county, at: this.heads.get(county) ?? 0, v: sums }
  }

  /** Sums, lists and records asked for by name, all of the same moment as the pages. */
  private mending({ dev, pull }: ExchangeRequest, pages: readonly PageLine[]): object[] {
    if (this.rules.mute) return []
    const at = (county: string) => this.heads.get(county) ?? 0
    const digests = pages.filter((one) => one.to === one.head).map((one) => this.digest(dev, one.page))
    const lists = Object.entries(pull?.fix ?? {}).flatMap(([list, villages]) =>
      villages.map((region) => {
        const here = this.kept(dev, list).filter(({ row }) => row[2] === region)
        return { list, region, at: at(list), v: here.map(({ row }) => [row[0], row[1], row[4]]) }
      }),
    )
    const rows = Object.entries(pull?.want ?? {}).map(([county, wanted]) => {
      const names = new Set(wanted.map(([kind, id]) => `${kind}/${id}`))
      const found = this.kept(dev, county).filter(({ row }) => names.has(`${row[0]}/${row[1]}`))
      return { rows: county, at: at(county), v: found.map((one) => one.row) }
    })
    return [...digests, ...lists, ...rows]
  }

  /** One exchange: the request's bytes in, the answer's bytes out. */
  async exchange(body: Uint8Array): Promise<Uint8Array> {
    this.exchanges++
    const request = v.parse(ExchangeRequestSchema, JSON.parse(new TextDecoder().decode(body)))
    const ops = request.push?.ops ?? []
    const acks = await this.push(request.dev, ops)
    const { me, scopeRev = 1, ringSafe = 0, epoch = 'e1', proof, server } = this.rules
    const pages = this.pages(request)
    this.asked = request
    this.looked.push(...(request.looked ?? []))
    const lines: object[] = [
      {
        hello: 1,
        epoch,
        now: this.now(),
        re: [request.t, request.mono],
        scopeRev,
        ringSafe,
        wait: 0,
        ...(proof === undefined ? {} : { proof }),
        ...(server === undefined ? {} : { server }),
        ...(me && request.scopeRev !== scopeRev ? { me } : {}),
        ...(this.rules.directives ? { directives: this.rules.directives } : {}),
        ...(this.rules.keys ? { keys: this.rules.keys } : {}),
        ...(this.rules.notes && request.looked ? { looked: request.looked.length } : {}),
      },
      ...(acks.length > 0 ? [{ acks, ackFloor: 0 }] : []),
      ...pages,
      ...this.mending(request, pages),
    ]
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
    const hashes = await Promise.all(ops.map((op) => opHash(op, sha256, encode)))
    const batch = ops.length > 0 ? await batchHash(hashes, sha256, encode) : ''
    return encode(
      `${text}${JSON.stringify({ end: 1, lines: lines.length, crc: crcText(crc32(encode(text))), batch })}\n`,
    )
  }
}
