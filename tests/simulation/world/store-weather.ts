import { Violation } from '../oracle/violation.ts'
import type { StoreWeather } from './tab.ts'
import type { Time } from './time.ts'

/** What is about to go wrong with one phone's storage. */
export class DiskWeather implements StoreWeather {
  fullUntil = 0
  /** Writes left before one is aborted; Infinity: none. */
  abortsIn = Infinity
  failsToOpen = 0
  /** Another page keeps an older version open until then, true time. */
  blockedUntil = 0
  /** Commits so far, by vault, so that whoever watches knows what to look at. */
  readonly commits = new Map<string, number>()
  readonly #time: Time

  readonly #wrong: (violation: Violation) => void

  /** @param wrong told of what no page may do */
  constructor(time: Time, wrong: (violation: Violation) => void) {
    this.#time = time
    this.#wrong = wrong
  }

  clear(): void {
    this.fullUntil = 0
    this.abortsIn = Infinity
    this.failsToOpen = 0
    this.blockedUntil = 0
  }

  async opens(): Promise<void> {
    if (this.blockedUntil > this.#time.now) await this.#time.pause(this.blockedUntil - this.#time.now)
    if (this.failsToOpen <= 0) return
    this.failsToOpen--
    throw new DOMException('Internal error opening backing store', 'UnknownError')
  }

  writes(): void {
    if (this.fullUntil > this.#time.now) throw new DOMException('full', 'QuotaExceededError')
    if (--this.abortsIn >= 0) return
    this.abortsIn = Infinity
    throw new DOMException('aborted', 'AbortError')
  }

  overtaken(): void {
    this.#wrong(new Violation('I-43', 'a runner whose lease was taken over goes on writing'))
  }

  committed(vault: string): void {
    this.commits.set(vault, (this.commits.get(vault) ?? 0) + 1)
  }
}
