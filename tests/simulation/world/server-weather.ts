import type {
  PullScope,
  PullTables,
  PushScope,
  PushTables,
  SyncDatabase,
} from '#server/repositories/sync/tables.ts'
import type { Fault } from './faults.ts'
import { Life } from './tab.ts'
import { SECOND, type Time } from './time.ts'

/** An error as the driver throws it: the SQLSTATE says what it was. */
export class DatabaseError extends Error {
  readonly code: string
  constructor(code: string) {
    super(`SQLSTATE ${code}`)
    this.code = code
  }
}

const AGAIN = new Set(['40001', '40P01'])
/** The character that is none, as JSON writes it: PostgreSQL takes it in no text. */
const NOTHING = '\\u0000'
const CODES: Readonly<Record<string, string>> = {
  serialisation: '40001',
  deadlock: '40P01',
  'disk-full': '53100',
}

/** What strikes the database of one server process. */
export class DatabaseWeather {
  /** Strike the next pushes, one each. */
  readonly waiting: Fault[] = []
  diskFullUntil = 0
  slowUntil = 0
  readonly #time: Time
  readonly #fired: (kind: string) => void

  /** Refuses text that a real database cannot hold. */
  isStrict = false
  readonly #isPausing: boolean

  constructor(time: Time, fired: (kind: string) => void, isPausing: boolean) {
    this.#time = time
    this.#isPausing = isPausing
    this.#fired = fired
  }

  clear(): void {
    this.waiting.length = 0
    this.diskFullUntil = 0
    this.slowUntil = 0
  }

  next(): Fault | undefined {
    const fault = this.waiting.shift()
    if (fault) this.#fired(fault.kind)
    return fault
  }

  /** Before each statement of a push. @param k how many came before it @param rows what it would write; null: nothing that is looked at */
  statement(k: number, fault: Fault | undefined, rows: unknown): Promise<void> | undefined {
    if (this.isStrict && rows !== null && JSON.stringify(rows).includes(NOTHING))
      throw new DatabaseError('22P05')
    const isSlow = this.#isPausing && this.slowUntil > this.#time.now
    if (!isSlow) return void this.#mayFail(k, fault)
    return this.#time.pause(((k * 37) % 20) * 50).then(() => this.#mayFail(k, fault))
  }

  #mayFail(k: number, fault: Fault | undefined): void {
    if (this.diskFullUntil > this.#time.now && k > 2) throw new DatabaseError('53100')
    const code = fault ? CODES[fault.kind] : undefined
    if (fault && code !== undefined && k === Math.floor(fault.a * 12)) throw new DatabaseError(code)
  }

  /** A connection that breaks after the commit: nobody hears that it was done. */
  async committed(fault: Fault | undefined): Promise<void> {
    if (fault?.kind === 'commit-unheard') throw new DatabaseError('08006')
    // Where the world waits for a real database no time passes, and a pause would never end.
    if (this.#isPausing && this.slowUntil > this.#time.now) await this.#time.pause(3 * SECOND)
  }
}

/** Tables of a transaction whose statements are counted, may be slow, may fail, and may be the process's last. */
function counted<T extends object>(
  tables: T,
  life: Life,
  before: (k: number, rows: unknown) => Promise<void> | undefined,
): T {
  let k = 0
  return new Proxy(tables, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) =>
        life.inside(async () => {
          const slow = before(k++, name === 'writeRecords' ? args[1] : null)
          if (slow) await slow
          // Whoever was killed meanwhile has been undone; the connection is closed and carries no more statements.
          if (life.isOver) throw new DatabaseError('08006')
          return (member as (...args: unknown[]) => Promise<unknown>).apply(target, args)
        })
    },
  })
}

const nothing = (): undefined => undefined

/** The database as one server process reaches it. */
export function databaseUnder(inner: SyncDatabase, life: Life, weather: DatabaseWeather): SyncDatabase {
  async function push<T>(scope: PushScope, work: (tables: PushTables) => Promise<T>): Promise<T> {
    let fault = weather.next()
    for (let tries = 0; ; tries++) {
      const mine = fault
      try {
        const done = await inner.push(scope, (tables) =>
          life.within(() => work(counted(tables, life, (k, rows) => weather.statement(k, mine, rows)))),
        )
        await weather.committed(mine)
        return done
      } catch (error) {
        if (tries >= 6 || !(error instanceof DatabaseError && AGAIN.has(error.code))) throw error
        fault = undefined
      }
    }
  }
  return {
    push: (scope, work) => life.call(() => push(scope, work)),
    pull: <T>(scope: PullScope, work: (tables: PullTables) => Promise<T>) =>
      life.call(() => inner.pull(scope, (tables) => life.within(() => work(counted(tables, life, nothing))))),
    heads: (counties) => life.call(() => inner.heads(counties)),
    beginHistory: (promised) => life.call(() => inner.beginHistory(promised)),
  }
}
