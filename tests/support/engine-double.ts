import { startEngine, type Engine } from '#sync/engine/run.ts'
import type {
  Answer,
  Batch,
  BatchLimits,
  Beginning,
  Decided,
  Decisions,
  EngineBytes,
  EngineClock,
  EngineStore,
  Facts,
  Net,
  Sums,
  Wanted,
} from '#sync/engine/ports.ts'
import { batchHash, opHash } from '#sync/protocol/op-hash.ts'
import { crc32, crcText } from '#sync/protocol/crc.ts'
import type { Op } from '#sync/protocol/op.ts'
import type { Ack, DigestLine, ExchangeRequest, ListLine, PageLine, RowsLine } from '#sync/protocol/wire.ts'

/** Hashes that are made in another thread just now. */
let hashing = 0

export const bytes: EngineBytes = {
  encode: (text) => new TextEncoder().encode(text),
  decode: (all) => new TextDecoder().decode(all),
  async sha256(all) {
    hashing++
    try {
      return new Uint8Array(await crypto.subtle.digest('SHA-256', all as Uint8Array<ArrayBuffer>))
    } finally {
      hashing--
    }
  },
}

const QUIET_TURNS = 12

/** Lets every promise that can settle do so, hashing in another thread included, however slow the computer is. */
export async function turns(): Promise<void> {
  for (let quiet = 0; quiet < QUIET_TURNS;) {
    await new Promise((go) => setImmediate(go))
    quiet = hashing > 0 ? 0 : quiet + 1
  }
}

/** A clock that moves when told to. */
export class HandClock implements EngineClock {
  wall = 1_795_226_400_000
  ran = 0
  timers: { at: number; what: () => void }[] = []
  now = (): number => this.wall + this.ran
  mono = (): number => this.ran
  after = (ms: number, what: () => void): (() => void) => {
    const timer = { at: this.ran + ms, what }
    this.timers.push(timer)
    return () => void (this.timers = this.timers.filter((one) => one !== timer))
  }
  pass(ms: number): void {
    const until = this.ran + ms
    for (;;) {
      const [due] = this.timers.filter((one) => one.at <= until).sort((a, b) => a.at - b.at)
      if (!due) break
      this.timers = this.timers.filter((one) => one !== due)
      this.ran = due.at
      due.what()
    }
    this.ran = until
  }
}

/** An outbox and nothing more: what the engine alone does can be seen without a database. */
export class PlainStore implements EngineStore {
  ops: Op[] = []
  held: number[] = []
  decided: Decided[] = []
  wholes = 0
  known: Partial<Facts> = {}
  urgent = false
  compared: (readonly DigestLine[])[] = []
  listed: ListLine[] = []
  came: { line: RowsLine; asked: Wanted[string] }[] = []
  private readonly facts = (): Facts => ({
    device: 7,
    epoch: 'e1',
    scopeRev: 3,
    cursors: { '999901': 12 },
    out: this.ops.length,
    records: this.ops.length,
    oldestAt: null,
    dead: 0,
    ...this.known,
  })
  private batch(limits: { ops: number }, parked: ReadonlySet<number>): Batch | null {
    const ops = this.ops.filter((op) => !parked.has(op.n) && !this.held.includes(op.n)).slice(0, limits.ops)
    return ops.length > 0 ? { county: '999901', ops, ...(this.urgent ? { urgent: true } : {}) } : null
  }
  begin = async (limits: BatchLimits, parked: ReadonlySet<number>): Promise<Beginning | null> => ({
    facts: this.facts(),
    batch: this.batch(limits, parked),
  })
  hasMore = async (parked: ReadonlySet<number>): Promise<boolean> => this.batch({ ops: 1 }, parked) !== null
  hello = async (): Promise<boolean> => false
  acks = async (decided: readonly Decided[]): Promise<void> => {
    this.decided.push(...decided)
    const gone = new Set(decided.filter(({ ack }) => ack[1] === 'ok').map(({ ack }) => ack[0]))
    this.ops = this.ops.filter((op) => !gone.has(op.n))
  }
  whole = async (_at: number, sums: Sums | null): Promise<boolean> => {
    this.wholes++
    if (sums) this.compared.push(sums.digests)
    return false
  }
  hold = async (n: number): Promise<void> => void this.held.push(n)
  page = async (_line: PageLine, { decided }: Decisions): Promise<boolean> => {
    await this.acks(decided)
    return false
  }
  lists = async (lines: readonly ListLine[]): Promise<boolean> => this.listed.push(...lines) > 0
  rows = async (line: RowsLine, asked: Wanted[string]): Promise<boolean> => {
    this.came.push({ line, asked })
    return false
  }
}

/** Text of an answer: these lines, and the end line that counts them. */
export function answerText(lines: readonly object[], batch: string): string {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  const crc = crcText(crc32(bytes.encode(text)))
  return `${text}${JSON.stringify({ end: 1, lines: lines.length, crc, batch })}\n`
}

export const helloLine = (now: number) => ({
  hello: 1,
  epoch: 'e1',
  now,
  scopeRev: 3,
  ringSafe: 0,
  wait: 0,
})

export const answer = (status: number, text = '', contentType = 'application/json'): Answer => ({
  status,
  retryAfter: null,
  contentType,
  chunks: (async function* () {
    if (text !== '') yield bytes.encode(text)
  })(),
})

/** A server that takes every op, and whatever a test puts in its place. */
export class PlainNet implements Net {
  requests: ExchangeRequest[] = []
  sizes: number[] = []
  looks = 0
  aborted = 0
  now = 5000
  /** Answered instead; null: the plain server answers. */
  instead: ((request: ExchangeRequest) => Answer | Promise<Answer | null> | null) | null = null
  more: object[] = []
  heads: (() => Answer | Promise<Answer>) | null = null
  /** Absent until a test gives it: a server of before. */
  head?: NonNullable<Net['head']>
  /** What the device says of its network. */
  isAway = false
  away = (): boolean => this.isAway
  abort = (): void => void this.aborted++
  exchange = async (body: Uint8Array): Promise<Answer> => {
    const request = JSON.parse(bytes.decode(body)) as ExchangeRequest
    this.requests.push(request)
    this.sizes.push(body.length)
    return (await this.instead?.(request)) ?? this.takes(request)
  }
  async takes(request: ExchangeRequest): Promise<Answer> {
    const ops = request.push?.ops ?? []
    const acks = ops.map((op): Ack => [op.n, 'ok', op.n, 1, {}])
    const hashes = await Promise.all(ops.map((op) => opHash(op, bytes.sha256, bytes.encode)))
    const batch = ops.length > 0 ? await batchHash(hashes, bytes.sha256, bytes.encode) : ''
    const hello = { ...helloLine(this.now++), re: [request.t, request.mono] }
    const lines = [hello, ...(acks.length > 0 ? [{ acks, ackFloor: 0 }] : []), ...this.more]
    return answer(200, answerText(lines, batch))
  }
}

/** An engine over these, with nobody else about. @param broken told of faults; absent: they are thrown */
export const engineOver = (
  store: PlainStore,
  net: Net,
  clock: HandClock,
  broken: (error: unknown) => void = (error) => {
    throw error
  },
): Engine =>
  startEngine({
    store,
    net,
    clock,
    bytes,
    app: '0.1.0',
    lock: { hold: (step) => step(null) },
    random: () => 0.5,
    visible: () => true,
    waiting: () => store.ops.length > 0,
    pollMs: 60_000,
    changed: () => undefined,
    broken,
  })
