import type { Op } from '../protocol/op.ts'
import type { Ack, HelloLine, PageLine } from '../protocol/wire.ts'

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
}

/** The way to the server. Rejects with `NoAnswer`. */
export interface Net {
  exchange(body: Uint8Array): Promise<Answer>
  /** Breaks off what is under way. */
  abort(): void
}

/** What a request says of this phone. */
export interface Facts {
  device: number
  epoch: string | null
  scopeRev: number
  /** Cursor by county; counties never pulled stand at 0. */
  cursors: Record<string, number>
  out: number
  /** Records that the waiting ops belong to. */
  records: number
  /** When the oldest waiting op was made, epoch ms; null when none waits. */
  oldestAt: number | null
  dead: number
}

/** Ops of one county, in order of `n`. */
export interface Batch {
  county: string
  ops: Op[]
}

/** An ack together with the op it speaks of. */
export interface Decided {
  ack: Ack
  op: Op
}

/** Thrown by a store whose runner was overtaken: a newer fencing token exists (I-43). */
export class Overtaken extends Error {
  override name = 'Overtaken'
}

/**
 * Where the engine keeps everything between steps. Every method is at most one transaction; `fence` is the runner's token, or
 * null under a Web Lock.
 */
export interface EngineStore {
  /** null: nobody is enrolled. */
  facts(): Promise<Facts | null>
  /** The next ops to offer, of one county, leaving out the numbers in `parked`. */
  batch(limits: { ops: number; bytes: number }, parked: ReadonlySet<number>): Promise<Batch | null>
  /** @returns whether rights were gained, so that there is more to pull than this answer brings */
  hello(line: HelloLine, clock: { offset: number; at: number }, fence: number | null): Promise<boolean>
  /** Takes decided ops out of the outbox, or marks them as waiting for something. */
  acks(decided: readonly Decided[], at: number, fence: number | null): Promise<void>
  /** @returns whether the ledger must be walked from its beginning */
  page(line: PageLine, fence: number | null): Promise<boolean>
  /** A whole answer was applied. @param at wall time, epoch ms */
  whole(at: number, fence: number | null): Promise<void>
  /** The server cannot take this op as it is; it stays, and stands aside. */
  hold(n: number, fence: number | null): Promise<void>
}

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
