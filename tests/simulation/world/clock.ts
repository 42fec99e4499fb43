import type { PhoneClock } from '#phone/ports.ts'
import type { Time } from './time.ts'

/** How a device's clocks run, apart from true time. */
export class Watch {
  readonly #time: Time
  /** Wall clock − true time, ms. */
  skew = 0
  /** How much faster than true time this device's clocks run: 0.0001 is nine seconds a day. */
  drift = 0
  /** When the page last began: monotonic readings count from there. */
  #startedAt: number
  /** Until when (true time) timers do not ring: the browser has put the page to sleep. */
  frozenUntil = 0

  constructor(time: Time) {
    this.#time = time
    this.#startedAt = time.now
  }

  get trueNow(): number {
    return this.#time.now
  }

  get wall(): number {
    return Math.floor(this.#time.now + (this.#time.now - this.#startedAt) * this.drift + this.skew)
  }

  /** A clock for a page that starts now; `alive` says whether it still does. */
  page(alive: () => boolean): PhoneClock {
    const began = this.#time.now
    const ring = (what: () => void): void => {
      if (!alive()) return
      if (this.frozenUntil > this.#time.now)
        return void this.#time.after(this.frozenUntil - this.#time.now, () => ring(what))
      what()
    }
    return {
      now: () => this.wall,
      mono: () => Math.floor((this.#time.now - began) * (1 + this.drift)),
      after: (ms, what) => {
        let off = false
        const cancel = this.#time.after(ms / (1 + this.drift), () => ring(() => void (off || what())))
        return () => {
          off = true
          cancel()
        }
      },
    }
  }
}
