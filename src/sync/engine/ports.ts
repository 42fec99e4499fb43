import type { Id } from '#domain/id.ts'
import type { County, RegionCode } from '#domain/region/code.ts'
import type { Look } from '../protocol/looks.ts'
import type { Op } from '../protocol/op.ts'
import type { Ack, DigestLine, HelloLine, ListLine, PageLine, RowsLine } from '../protocol/wire.ts'

/** What the server's answer to an exchange is, before its body was read. */
export interface Answer {
  status: number
  /** Seconds the server asks to wait; null when it does not say. */
  retryAfter: number | null
  contentType: string
  /** The body as it arrives; throws when the line breaks. */
  chunks: AsyncIterable<Uint8Array>
}

/** No answer, or no more of it: no network, a timeout, a broken line. Weather, never an error. */
export class NoAnswer extends Error {
  override name = 'NoAnswer'
  /** The line was there and said nothing for too long: less at a time may get through. */
  readonly silent: boolean
  constructor(silent = false) {
    super()
    this.silent = silent
  }
}

/** The way to the server. Rejects with `NoAnswer`, or with `NotOurs` when somebody else answered. */
export interface Net {
  exchange(body: Uint8Array): Promise<Answer>
  /** Asks for ledger positions only. Absent: this way knows exchanges only. */
  head?(counties: readonly County[]): Promise<Answer>
  /** Whether the device itself says that it has no network. Absent: nobody knows. */
  away?(): boolean
  /** Breaks off what is under way. */
  abort(): void
}

/** Records as a request names them: kind and id, by county. */
export type Wanted = Record<County, [kind: string, id: Id][]>

/** What a request says of this phone. */
export interface Facts {
  device: number
  epoch: string | null
  scopeRev: number
  /** Cursor by county; counties never pulled stand at 0. */
  cursors: Record<County, number>
  out: number
  /** Records that the waiting ops belong to. */
  records: number
  /** When the oldest waiting op was made, epoch ms; null when none waits. */
  oldestAt: number | null
  dead: number
  /** Pictures, sounds and papers whose bytes wait; absent: none. */
  blobs?: number
  /** What the server promised last; null or absent: nothing yet. */
  proof?: string | null
  /** Villages whose content differs and is to be listed. */
  fix?: Record<County, RegionCode[]>
  /** Records to be sent again as they are. */
  want?: Wanted
  /** What was looked at here and the server does not know of; absent: nothing. */
  looked?: readonly Look[]
  /** Phone and server were found to hold the same today and spoke a moment ago, so that a look at the ledger positions is enough. */
  agreed?: boolean
}

/** Ops of one county, in order of `n`. */
export interface Batch {
  county: County
  ops: Op[]
  /** A danger is in it: it goes before all else and with nothing else. */
  urgent?: boolean
}

/** An ack together with the op it speaks of. */
export interface Decided {
  ack: Ack
  op: Op
}

/** Decisions of one answer, made at `at` (server time, epoch ms). */
export interface Decisions {
  decided: readonly Decided[]
  at: number
}

/** What an exchange begins with. batch null: nothing waits that may go. */
export interface Beginning {
  facts: Facts
  batch: Batch | null
}

/** How much a request may carry. */
export interface BatchLimits {
  ops: number
  bytes: number
}

/** What the server has, as a whole answer told it. complete: counties whose ledger was applied to its end. */
export interface Sums {
  digests: readonly DigestLine[]
  complete: readonly County[]
}

/** Thrown by a store whose runner was overtaken: a newer fencing token exists (I-43). */
export class Overtaken extends Error {
  override name = 'Overtaken'
}

/** What handing in needs of a store; enough for a runner that never pulls. */
export interface PushStore {
  /**
   * What a request says of this phone, and the next ops to offer, of one county and without the numbers in `parked`: both as one
   * transaction saw them, once what another runner has heard and could not apply is applied.
   * @returns null: nobody is enrolled
   */
  begin(limits: BatchLimits, parked: ReadonlySet<number>, fence: number | null): Promise<Beginning | null>
  /** Whether anything waits that may go and is not in `parked`. */
  hasMore(parked: ReadonlySet<number>): Promise<boolean>
  /** @returns whether there is more to fetch than this answer brings */
  hello(line: HelloLine, clock: { offset: number; at: number }, fence: number | null): Promise<boolean>
  /** Takes decided ops out of the outbox, or marks them as waiting for something. @param at server time of the answer, epoch ms */
  acks(decided: readonly Decided[], at: number, fence: number | null): Promise<void>
  /**
   * A whole answer was applied; when nothing is left to fetch, what is here is held against what the server has.
   * @param at wall time, epoch ms
   * @param sums null: something is left to fetch, or nothing was
   * @returns whether a repair is due now
   */
  whole(at: number, sums: Sums | null, fence: number | null): Promise<boolean>
  /** The server cannot take this op as it is; it stays, and stands aside. */
  hold(n: number, fence: number | null): Promise<void>
}

/** What fetching needs of a store. */
export interface PullStore {
  /**
   * @param decisions what the same answer decided about ops of this county: applied with the page or, when it is of no use, without it
   * @returns whether the ledger must be walked from its beginning
   */
  page(line: PageLine, decisions: Decisions, fence: number | null): Promise<boolean>
  /** Takes lists of villages as the truth: what is not in them goes, what is missing here will be asked for. @returns whether anything is */
  lists?(lines: readonly ListLine[], fence: number | null): Promise<boolean>
  /**
   * Takes records as they came.
   * @param asked what was asked for of this county; what of it is not there is gone
   * @returns whether more is to be asked for
   */
  rows?(line: RowsLine, asked: Wanted[County], fence: number | null): Promise<boolean>
}

/**
 * Where the engine keeps everything between steps. Every method writes in transactions that leave it whole after each; `fence` is
 * the runner's token, or null under a Web Lock.
 */
export interface EngineStore extends PushStore, PullStore {}

/** Clock of the engine: epoch ms, a monotonic reading in ms, and one timer. */
export interface EngineClock {
  now(): number
  mono(): number
  after(ms: number, what: () => void): () => void
}

/** Exactly one runner per vault. @returns 'busy' when another tab runs */
export interface EngineLock {
  hold<T>(step: (fence: number | null) => Promise<T>): Promise<T | 'busy'>
}

/** What the engine needs of text and hashing, which a plain language does not have. */
export interface EngineBytes {
  encode(text: string): Uint8Array
  decode(bytes: Uint8Array): string
  sha256(bytes: Uint8Array): Promise<Uint8Array>
}
