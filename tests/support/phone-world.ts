import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import type { ListRow, Live, WholeNotebook } from '#phone/api.ts'
import { enterVault } from '#phone/enrolment.ts'
import { databaseStorage } from '#phone/database/dexie-tables.ts'
import type { VaultStorage } from '#phone/database/tables.ts'
import type { DatabasePlatform } from '#phone/database/vault-database.ts'
import { createNotebook } from '#phone/notebook.ts'
import type { Channel, Locks, PhoneClock, PhonePorts } from '#phone/ports.ts'
import { openVaultSealer } from '#phone/seal/vault-key.ts'
import { NoAnswer, type Answer, type Net } from '#sync/engine/ports.ts'
import type { Me } from '#sync/protocol/wire.ts'
import { makeGrants, ME, VILLAGE } from './make-rights.ts'
import { TinyServer } from './phone-server.ts'

/** 2026-11-21 10:00 in Beijing. */
export const START_AT = 1_795_226_400_000

/** A clock that stands still until a test moves it. */
export class TestClock implements PhoneClock {
  wall = START_AT
  ran = 0
  private timers: { at: number; what: () => void }[] = []
  now = (): number => this.wall + this.ran
  mono = (): number => this.ran
  after = (ms: number, what: () => void): (() => void) => {
    const timer = { at: this.ran + ms, what }
    this.timers.push(timer)
    return () => void (this.timers = this.timers.filter((one) => one !== timer))
  }
  /** Lets time pass and rings what is due, in order. */
  pass(ms: number): void {
    const until = this.ran + ms
    for (;;) {
      const [due] = this.timers.filter((one) => one.at <= until).sort((a, b) => a.at - b.at)
      if (!due) break
      this.timers = this.timers.filter((one) => one !== due)
      this.ran = Math.max(this.ran, due.at)
      due.what()
    }
    this.ran = until
  }
}

/** What stands between a phone and the server. */
export interface Sky {
  /** null: fair. A number: the answer breaks after so many bytes. 'down': nothing goes out. 'lost': the server did it, nothing comes back. */
  now: null | number | 'down' | 'lost'
  /** Answered instead of the server. */
  instead: Partial<Answer> | null
  /** Requests that left this phone. */
  sent: number
}

async function* once(bytes: Uint8Array, breaks: boolean): AsyncGenerator<Uint8Array> {
  // Odd pieces, because a line may break anywhere.
  for (let at = 0; at < bytes.length; at += 61) yield bytes.slice(at, at + 61)
  if (breaks) throw new NoAnswer()
}

const netOver = (server: TinyServer, sky: Sky): Net => ({
  abort: () => undefined,
  async exchange(body) {
    if (sky.now === 'down') throw new NoAnswer()
    sky.sent++
    if (sky.instead)
      return {
        status: 200,
        retryAfter: null,
        contentType: 'text/html',
        chunks: once(new Uint8Array(), false),
        ...sky.instead,
      }
    const answer = await server.exchange(body)
    if (sky.now === 'lost') throw new NoAnswer()
    const cut = typeof sky.now === 'number' ? sky.now : answer.length
    return {
      status: 200,
      retryAfter: null,
      contentType: 'application/x-ndjson',
      chunks: once(answer.slice(0, cut), cut < answer.length),
    }
  },
})

/** Channels of one browser: every other end of the same name hears. */
function channels(): (name: string) => Channel {
  const ends = new Map<string, Set<(message: unknown) => void>>()
  return (name) => {
    const all = ends.get(name) ?? new Set()
    ends.set(name, all)
    let mine: ((message: unknown) => void) | undefined
    return {
      post(message) {
        const copy = structuredClone(message)
        for (const heard of all) if (heard !== mine) queueMicrotask(() => all.has(heard) && heard(copy))
      },
      listen: (heard) => void all.add((mine = heard)),
      close: () => void (mine && all.delete(mine)),
    }
  }
}

function webLocks(): Locks {
  const held = new Set<string>()
  return {
    async request(name, _options, work) {
      if (held.has(name)) return work(null)
      held.add(name)
      try {
        return await work({ name })
      } finally {
        held.delete(name)
      }
    },
  }
}

/** The ports of a browser with an IndexedDB of its own, which a test may exchange. */
export type BrowserPorts = PhonePorts & DatabasePlatform

/** The vaults in whatever IndexedDB the platform has when it is asked. */
export const storageIn = (platform: DatabasePlatform, clock: PhoneClock): VaultStorage => ({
  openTables: (vault) => databaseStorage(platform, clock.after).openTables(vault),
  peekTables: (vault) => databaseStorage(platform, clock.after).peekTables(vault),
  listVaults: () => databaseStorage(platform, clock.after).listVaults(),
})

/** One browser with its storage; several notebooks of it are several tabs. */
export interface Browser {
  ports: BrowserPorts
  clock: TestClock
  sky: Sky
  marks: { text: string | null }
  vault: string
  open(): Promise<WholeNotebook>
  /** What the engine called a fault of ours; closing throws the first. */
  faults: unknown[]
  closeAll(): Promise<void>
}

export const makeMe = (over: Partial<Me> = {}): Me => ({
  person: ME,
  name: '赵春梅',
  mark: 'A',
  provisional: false,
  posts: [{ role: 'mediator', region: VILLAGE, regionName: '石桥村（示例）', organisation: '石桥村调委会' }],
  grants: makeGrants('mediator', VILLAGE),
  regions: [{ code: VILLAGE, name: '石桥村（示例）', short: '石桥' }],
  contacts: [],
  sponsor: '',
  filingNo: '',
  ...over,
})

let devices = 0

/** A browser whose person has entered; `locks: false` stands for an old engine without Web Locks. */
export async function makeBrowser(
  server: TinyServer,
  options: {
    me?: Me
    locks?: boolean
    clock?: TestClock
    device?: number
    ports?: Partial<BrowserPorts>
  } = {},
): Promise<Browser> {
  const clock = options.clock ?? new TestClock()
  const sky: Sky = { now: null, instead: null, sent: 0 }
  const marks = { text: null as string | null }
  const me = options.me ?? makeMe()
  const device = options.device ?? ++devices
  server.authors.set(device, me.person)
  const ports: BrowserPorts = {
    indexedDB: new IDBFactory(),
    keyRange: IDBKeyRange,
    openTables: (vault) => storageIn(ports, clock).openTables(vault),
    peekTables: (vault) => storageIn(ports, clock).peekTables(vault),
    listVaults: () => storageIn(ports, clock).listVaults(),
    openSealer: (tables) => openVaultSealer(tables, ports.crypto),
    crypto,
    clock,
    marks: { get: () => marks.text, set: (text) => void (marks.text = text) },
    channel: channels(),
    locks: options.locks === false ? null : webLocks(),
    idle: (what) => void setImmediate(what),
    visible: () => true,
    onWake: () => () => undefined,
    random: () => 0.5,
    net: netOver(server, sky),
    app: '0.1.0',
    ...options.ports,
  }
  const entered = await enterVault({ me, device, epoch: 'e1', scopeRev: 1 }, ports)
  if (!entered.ok) throw new Error(entered.reason)
  const opened: WholeNotebook[] = []
  const faults: unknown[] = []
  return {
    ports,
    clock,
    sky,
    marks,
    vault: entered.value,
    async open() {
      const broken = (error: unknown) => void faults.push(error)
      const notebook = await createNotebook(ports, { vault: entered.value, broken })
      opened.push(notebook)
      return notebook
    },
    faults,
    async closeAll() {
      await Promise.all(opened.splice(0).map((one) => one.close()))
      const [fault] = faults.splice(0)
      if (fault !== undefined) throw fault
    },
  }
}

/** What has not come by then does not come; a computer that does much else needs its time. */
const NEVER_MS = 20_000

/** Waits until something holds of a live value. */
export function when<T>(live: Live<T>, holds: (value: T) => boolean, what = 'the value'): Promise<T> {
  return new Promise((resolve, reject) => {
    let stop: (() => void) | undefined
    const late = setTimeout(() => {
      stop?.()
      reject(new Error(`${what} never came: ${JSON.stringify(live.get())}`))
    }, NEVER_MS)
    stop = live.subscribe((value) => {
      if (!holds(value)) return
      clearTimeout(late)
      queueMicrotask(() => stop?.())
      resolve(value)
    })
  })
}

export const titles = (rows: readonly ListRow[]): string[] => rows.map((row) => row.title)

/** Lets everything that is due happen: exchanges of all tabs until none is under way. */
export async function quiet(...notebooks: WholeNotebook[]): Promise<void> {
  for (const one of notebooks) await one.tryNow()
}
