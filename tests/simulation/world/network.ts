import { NoAnswer, type Answer } from '#sync/engine/ports.ts'
import type { Fault } from './faults.ts'
import type { Dice } from './random.ts'
import { MINUTE, SECOND, type Time } from './time.ts'

/** What the server's side of a connection answers; `bytes` null: the connection broke before any byte of the answer. */
export interface Reply {
  status: number
  retryAfter: number | null
  contentType: string
  bytes: Uint8Array | null
}

/** Takes a request to a server process. Never rejects. */
export type Deliver = (body: Uint8Array) => Promise<Reply>

/** A browser gives up on a line that was silent for so long. */
const SILENCE = 20 * SECOND
const HTML = new TextEncoder().encode('<html><body>请先登录无线网络</body></html>')

/** The line between one phone and the servers, with whatever is about to go wrong on it. */
export class Line {
  readonly #time: Time
  readonly #dice: Dice
  readonly #fired: (kind: string) => void
  /** Faults that strike the next requests, one each. */
  readonly waiting: Fault[] = []
  offlineUntil = 0
  /** Answers heard before, for a cache that gives an old one. */
  readonly #heard: Uint8Array[] = []

  constructor(time: Time, dice: Dice, fired: (kind: string) => void) {
    this.#time = time
    this.#dice = dice
    this.#fired = fired
  }

  clear(): void {
    this.waiting.length = 0
    this.offlineUntil = 0
  }

  /** How many answers a cache on this line has kept. */
  get kept(): number {
    return this.#heard.length
  }

  /** The cache answers the next requests with answers that it kept: `order` counts them backwards from 0, the newest of so many. */
  answerFrom(kept: number, order: readonly number[]): void {
    for (const back of order.filter((one) => one < kept))
      this.waiting.push({ at: 0, kind: 'stale', on: 0, a: (kept - back - 0.5) / this.kept, b: 0, c: 0 })
  }

  /** The cache is emptied. */
  forget(): void {
    this.#heard.length = 0
  }

  #lag(): number {
    return this.#dice.between(5, 400)
  }

  /**
   * One request. Rejects with `NoAnswer` when nothing comes back.
   * @param gone whether the page that asked has died or broken the request off
   */
  async request(body: Uint8Array, deliver: Deliver, gone: Promise<never>): Promise<Answer> {
    if (this.offlineUntil > this.#time.now) {
      await Promise.race([this.#time.pause(20), gone])
      throw new NoAnswer()
    }
    const fault = this.waiting.shift()
    if (fault) this.#fired(fault.kind)
    const reply = await this.#beforeSilence(this.#travel(body, deliver, fault), fault, gone)
    return {
      status: reply.status,
      retryAfter: reply.retryAfter,
      contentType: reply.contentType,
      chunks: this.#chunks(reply.bytes ?? new Uint8Array(), fault, gone),
    }
  }

  /** What a browser makes of a request that takes too long to be answered. */
  async #beforeSilence(
    reply: Promise<Reply>,
    fault: Fault | undefined,
    gone: Promise<never>,
  ): Promise<Reply> {
    const isSlowToFail = fault?.kind === 'answer-lost' || fault?.kind === 'request-lost'
    let cancel = (): void => undefined
    const silence = new Promise<never>((_, fail) => {
      cancel = this.#time.after(isSlowToFail ? 3 * MINUTE : SILENCE, () => fail(new NoAnswer()))
    })
    try {
      return await Promise.race([reply, silence, gone])
    } finally {
      cancel()
    }
  }

  async #travel(body: Uint8Array, deliver: Deliver, fault: Fault | undefined): Promise<Reply> {
    const { kind, a = 0, b = 0 } = fault ?? {}
    const instead = this.#instead(fault)
    if (instead) {
      await this.#time.pause(this.#lag())
      return instead
    }
    // Another request of this phone may overtake it; the browser has given up by then, or not.
    const out = kind === 'late' ? a * 30 * MINUTE : kind === 'reordered' ? a * 15 * SECOND : 0
    await this.#time.pause(this.#lag() + out)
    if (kind === 'request-lost') throw await this.#nothing(b)
    if (kind === 'doubled') void this.#time.pause(a * 5 * MINUTE).then(() => deliver(body))
    const reply = await deliver(body)
    if (kind === 'answer-lost' || kind === 'reset') throw await this.#nothing(kind === 'reset' ? 0 : b)
    await this.#time.pause(this.#lag())
    if (reply.bytes === null) throw new NoAnswer()
    if (reply.status === 200) this.#heard.push(reply.bytes)
    return reply
  }

  async #nothing(share: number): Promise<NoAnswer> {
    await this.#time.pause(share * SILENCE)
    return new NoAnswer()
  }

  /** What something between phone and server answers in the server's place. */
  #instead(fault: Fault | undefined): Reply | null {
    const answer = (status: number, bytes: Uint8Array = HTML, retryAfter: number | null = null): Reply => ({
      status,
      retryAfter,
      contentType: 'text/html',
      bytes,
    })
    switch (fault?.kind) {
      case 'too-large':
        return answer(413)
      case 'too-many':
        return answer(429, HTML, Math.round(fault.a * 120))
      case 'bad-gateway':
        return answer(fault.a < 0.5 ? 502 : 503, HTML, fault.b < 0.5 ? null : 5)
      case 'portal':
        return answer(200)
      case 'stale':
        return this.#heard.length > 0
          ? answer(200, this.#heard[Math.floor(fault.a * this.#heard.length)])
          : null
      default:
        return null
    }
  }

  /** The body in pieces; a piece may end anywhere. */
  async *#chunks(
    bytes: Uint8Array,
    fault: Fault | undefined,
    gone: Promise<never>,
  ): AsyncGenerator<Uint8Array> {
    const isCut = fault?.kind === 'cut' || fault?.kind === 'cut-clean'
    const end = isCut ? Math.floor(fault.a * bytes.length) : bytes.length
    const size =
      fault?.kind === 'trickle' ? 40 + Math.floor(fault.a * 400) : this.#dice.pick([1 << 20, 1 << 20, 700])
    for (let at = 0; at < end; at += size) {
      if (fault?.kind === 'trickle') await Promise.race([this.#time.pause(fault.b * 2 * SECOND), gone])
      yield bytes.slice(at, Math.min(end, at + size))
    }
    if (fault?.kind === 'cut') throw new NoAnswer()
  }
}
