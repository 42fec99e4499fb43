import type { Caller } from '#server/accounts/identity.ts'
import { Overloaded } from '#server/services/sync/overloaded.ts'
import type { SyncDatabase } from '#server/repositories/sync/tables.ts'
import { expectForPhone } from '../oracle/sent.ts'
import type { Reply } from './network.ts'
import type { Office } from './office.ts'
import type { Dice } from './random.ts'
import { asOlder, type OldWays } from './older.ts'
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

/** The same request as servers read it whose pages are no longer than so many rows, whatever a phone asks for. */
function inShortPages(body: Uint8Array, rows: number): Uint8Array {
  const { pull, ...rest } = JSON.parse(new TextDecoder().decode(body)) as { pull?: { max: number } }
  if (!pull) return body
  const short = { ...rest, pull: { ...pull, max: Math.min(pull.max, rows) } }
  return new TextEncoder().encode(JSON.stringify(short))
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
  /** Rows of a page at most; null: as many as a phone asks for. */
  readonly #pageRows: number | null
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
    const size = dice.of('pages')
    this.#pageRows = size.chance(0.1) ? size.between(1, 4) : null
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

  /** What processes of an older version did in their way. */
  readonly oldWays: OldWays = { isSilent: false, isPromising: false }

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

  /** An answer on its way out: nobody is sent what they may only read at a desk. */
  #sent(caller: Caller, reply: Reply): Reply {
    if (reply.status === 200 && reply.bytes) expectForPhone(caller.rights, reply.bytes, this.#office.today)
    return reply
  }

  /** One request of a device's session. */
  async deliver(device: number | null, path: Path, body: Uint8Array): Promise<Reply> {
    const up = this.nodes.filter((one) => one.downUntil <= this.#time.now)
    const node = up.length > 0 ? this.#dice.pick(up) : undefined
    if (!node) return { ...refused(502), contentType: 'text/html' }
    const caller = device === null ? null : this.#office.callerOf(device)
    if (!caller) return refused(401)
    const id = `r${this.#requests++}`
    const isShort = path === 'exchange' && this.#pageRows !== null
    const read = isShort ? inShortPages(body, this.#pageRows ?? 0) : body
    const work = asked(node.handlers, caller, path, read, id)
    const isOld = node.oldUntil > this.#time.now && path === 'exchange'
    if (isOld && !this.oldWays.isPromising) this.unpromisedAt = this.#time.now
    const answered = path === 'exchange' ? work.then((reply) => this.#sent(caller, reply)) : work
    return node.life
      .within(() => (isOld ? answered.then((reply) => asOlder(reply, this.oldWays)) : answered))
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
