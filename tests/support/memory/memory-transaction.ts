import type { Durability } from '#phone/database/tables.ts'
import type { Key, MemoryStore, Row, Undo } from './memory-store.ts'

/** What a simulated world may do to a vault's transactions. */
export interface StoreWeather {
  /** Before every request: throw to make it fail, give a promise to make it slow. */
  request?(what: { vault: string; store: string; does: string }): void | Promise<void>
  /** Before a write is stored: throw to abort it. */
  commit?(what: Commit): void
  /** It is stored and nobody has heard so yet: throw so that nobody will. */
  committed?(what: Commit): void
}

export interface Commit {
  vault: string
  /** Running number of the writes of this storage, from 1. */
  at: number
  durability: Durability
  stores: readonly string[]
}

/** What a transaction needs of the vault it is in. */
export interface Ground {
  vault: string
  stores: ReadonlyMap<string, MemoryStore>
  weather(): StoreWeather
  /** Whether a transaction that waits for something else than its tables is ended, as a browser ends it. */
  endsIdle: boolean
  /** Throws when the transaction may not be stored; stores it otherwise. */
  store(transaction: MemoryTransaction): void
}

const soon = globalThis.setImmediate
const gone = (why: string, name: string) => new DOMException(why, name)

/** One transaction: its requests run one after the other once it has its turn; what it wrote can be undone. */
export class MemoryTransaction {
  readonly undo: Undo[] = []
  /** Earlier ones over the same stores that have not ended. */
  waits = 0
  readonly followers: MemoryTransaction[] = []
  failure: unknown
  hasEnded = false
  private pending = 0
  private isRunning = false
  private chain: Promise<unknown>
  private go: () => void = () => undefined

  readonly ground: Ground
  readonly names: readonly string[]
  readonly mode: Durability | 'read'

  constructor(ground: Ground, names: readonly string[], mode: Durability | 'read') {
    this.ground = ground
    this.names = names
    this.mode = mode
    this.chain = new Promise<void>((go) => void (this.go = go))
  }

  /** Its turn has come. */
  start(): void {
    this.isRunning = true
    this.go()
    this.lookForIdling()
  }

  private lookForIdling(): void {
    if (!this.ground.endsIdle) return
    // Whatever is awaited inside ends before the next turn of the event loop, unless it is something else's doing.
    soon(() => {
      if (this.waits === 0 && this.pending === 0 && !this.hasEnded)
        this.fail(gone('awaited something else inside a transaction', 'TransactionInactiveError'))
    })
  }

  fail(error: unknown): void {
    if (this.hasEnded) return
    this.failure ??= error
    for (const { store, key, before } of this.undo.splice(0).reverse()) store.set(key, before)
  }

  /** Makes a request: it runs in its place, and its failure is the transaction's. */
  ask<T>(store: string, does: string, work: () => T): Promise<T> {
    const { request } = this.ground.weather()
    if (this.isRunning && this.pending === 0 && !request) return this.askAtOnce(work)
    const run = async (): Promise<T> => {
      const slow = request?.({ vault: this.ground.vault, store, does })
      if (slow) await slow
      return this.answer(work)
    }
    this.pending++
    const done = this.chain.then(run)
    const over = () => {
      if (--this.pending === 0) this.lookForIdling()
    }
    this.chain = done.then(over, (error: unknown) => {
      over()
      this.fail(error)
    })
    done.catch(() => undefined)
    return done
  }

  private answer<T>(work: () => T): T {
    if (this.failure) throw gone('a request was aborted', 'AbortError')
    if (this.hasEnded) throw gone('the transaction has ended', 'TransactionInactiveError')
    return work()
  }

  /** Nothing stands before it and nothing delays it, so it need not wait for its turn. */
  private askAtOnce<T>(work: () => T): Promise<T> {
    try {
      const value = this.answer(work)
      this.lookForIdling()
      return Promise.resolve(value)
    } catch (error) {
      this.fail(error)
      const failed = Promise.reject<T>(error)
      failed.catch(() => undefined)
      return failed
    }
  }

  write(store: MemoryStore, key: Key, row: Row | undefined): void {
    if (this.mode === 'read') throw gone('a reading transaction', 'ReadOnlyError')
    this.undo.push(store.set(key, row))
  }

  /** Runs the work to its end and stores what it wrote, or undoes it. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    let value: T
    try {
      value = await work()
      await this.chain
    } catch (error) {
      this.fail(error)
      throw this.failure
    }
    if (this.failure) throw this.failure
    try {
      this.ground.store(this)
    } catch (error) {
      this.fail(error)
      throw error
    }
    return value
  }
}
