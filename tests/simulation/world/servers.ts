import type { Caller } from '#server/accounts/identity.ts'
import { Overloaded } from '#server/services/sync/overloaded.ts'
import { answerOf } from '#server/services/sync/answer.ts'
import type { SyncDatabase } from '#server/repositories/sync/tables.ts'
import type { Reply } from './network.ts'
import type { Office } from './office.ts'
import type { Dice } from './random.ts'
import { databaseUnder, DatabaseWeather } from './server-weather.ts'
import { Life } from './tab.ts'
import { SECOND, type Time } from './time.ts'

/** One server process as the router sees it. */
export interface Handlers {
  exchange(caller: Caller & { device: number }, body: Uint8Array, requestId: string): Promise<Reply>
  head(caller: Caller & { device: number }, counties: string[]): Promise<Reply>
  /** Absent: these servers take no files. */
  files?(caller: Caller & { device: number }, body: Uint8Array): Promise<Reply>
}

/** What a phone may ask for. */
export type Path = 'exchange' | 'head' | 'files'

/** Builds the real handlers over a database; a process that starts anew has forgotten what it held in memory. */
export type Build = (database: SyncDatabase) => Handlers

interface Node {
  life: Life
  handlers: Handlers
  weather: DatabaseWeather
  /** When it is up again, true time. */
  downUntil: number
  /** Until when it is of an older version, true time. */
  oldUntil: number
}

const BROKEN: Reply = { status: 0, retryAfter: null, contentType: '', bytes: null }
const refused = (status: number): Reply => ({
  status,
  retryAfter: null,
  contentType: 'application/json; charset=utf-8',
  bytes: new TextEncoder().encode('{"reason":"no","sentence":"no"}'),
})

const NEWER = ['digest', 'list', 'rows']

/** Every other answer to ops is that of a version which knew whose decisions they are, and not yet whose question they answer. */
const isOfTheLast = (lines: readonly Record<string, unknown>[]): boolean =>
  lines.some(
    (line) => typeof line['batch'] === 'string' && Number.parseInt(line['batch'].slice(0, 2), 16) % 2 === 0,
  )

/** The same answer as a server of an earlier version gives it: without what that one did not know. */
function asOlder(reply: Reply): Reply {
  if (reply.status !== 200 || !reply.bytes) return reply
  const lines = new TextDecoder().decode(reply.bytes).trimEnd().split('\n')
  const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  const end = parsed.pop() as { batch: string }
  const isLast = isOfTheLast(parsed)
  const kept = parsed
    .filter((line) => !NEWER.some((name) => name in line && !('page' in line)))
    .map(({ proof: _newer, re, batch, ...line }) => ({
      ...line,
      ...(isLast ? {} : { re }),
      ...(isLast && batch !== undefined ? { batch } : {}),
    }))
  return { ...reply, bytes: new Uint8Array(answerOf(kept, end.batch)) }
}

function asked(
  handlers: Handlers,
  caller: Caller & { device: number },
  path: Path,
  body: Uint8Array,
  id: string,
): Promise<Reply> {
  if (path === 'exchange') return handlers.exchange(caller, body, id)
  if (path === 'head') return handlers.head(caller, new TextDecoder().decode(body).split(','))
  return handlers.files?.(caller, body) ?? Promise.resolve(refused(404))
}

/** The servers of a county: two processes over one database, behind a proxy that picks one. */
export class Servers {
  readonly nodes: Node[]
  readonly #time: Time
  readonly #dice: Dice
  readonly #office: Office
  readonly #build: Build
  readonly #database: () => SyncDatabase
  readonly #broken: (error: unknown) => void
  #requests = 0

  constructor(
    time: Time,
    dice: Dice,
    one: {
      office: Office
      build: Build
      database: () => SyncDatabase
      isPausing: boolean
      fired(kind: string): void
      broken(error: unknown): void
    },
  ) {
    this.#time = time
    this.#dice = dice
    this.#office = one.office
    this.#build = one.build
    this.#database = one.database
    this.#broken = one.broken
    this.nodes = [0, 1].map(() => this.#start(new DatabaseWeather(time, one.fired, one.isPausing)))
  }

  #start(weather: DatabaseWeather): Node {
    const life = new Life()
    return {
      life,
      weather,
      downUntil: 0,
      oldUntil: 0,
      handlers: this.#build(databaseUnder(this.#database(), life, weather)),
    }
  }

  /** Kills a process; it is back after a while. */
  kill(index: number, downFor: number): void {
    const old = this.nodes[index] as Node
    old.life.die()
    const fresh = this.#start(old.weather)
    fresh.downUntil = this.#time.now + downFor
    this.nodes[index] = fresh
  }

  /** Every process starts anew, as after the database was put back. */
  restart(): void {
    for (const index of this.nodes.keys()) this.kill(index, 5 * SECOND)
  }

  /** When a process of an older version answered last, which promises nothing; true time. */
  unpromisedAt = -Infinity

  /** A process is of an older version for a while. */
  age(index: number, until: number): void {
    const node = this.nodes[index]
    if (node) node.oldUntil = until
  }

  /** Nothing more goes wrong. */
  clear(): void {
    for (const node of this.nodes) {
      node.weather.clear()
      node.life.diesAt = Infinity
      node.downUntil = 0
      node.oldUntil = 0
    }
  }

  /** One request of a device's session. */
  async deliver(device: number | null, path: Path, body: Uint8Array): Promise<Reply> {
    const up = this.nodes.filter((one) => one.downUntil <= this.#time.now)
    const node = up.length > 0 ? this.#dice.pick(up) : undefined
    if (!node) return { ...refused(502), contentType: 'text/html' }
    const caller = device === null ? null : this.#office.callerOf(device)
    if (!caller) return refused(401)
    const id = `r${this.#requests++}`
    const work = asked(node.handlers, caller, path, body, id)
    const isOld = node.oldUntil > this.#time.now && path === 'exchange'
    if (isOld) this.unpromisedAt = this.#time.now
    return node.life
      .within(() => (isOld ? work.then(asOlder) : work))
      .catch((error: unknown) => {
        if (node.life.isOver) return BROKEN
        // As the routes say it: what waits too long is told when to come again.
        if (error instanceof Overloaded) return { ...refused(503), retryAfter: error.retryAfter }
        const code = (error as { code?: unknown }).code
        if (code === undefined) this.#broken(error)
        return refused(code === '53100' ? 507 : 503)
      })
  }
}
