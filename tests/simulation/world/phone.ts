import type { NotebookWithFiles } from '#phone/attachments/api.ts'
import { enterVault, knownDevice, openVault } from '#phone/enrolment.ts'
import { createNotebook } from '#phone/notebook.ts'
import type { PhonePorts } from '#phone/ports.ts'
import { newVaultId, readMarks, setCurrent } from '#phone/vaults.ts'
import type { Entered } from '#sync/protocol/accounts.ts'
import { NoAnswer, type Answer, type Net } from '#sync/engine/ports.ts'
import { Watch } from './clock.ts'
import { brokenOff, changedPiece, filesNet } from './files-line.ts'
import { Line, type Reply } from './network.ts'
import { BrowserChannels, BrowserLocks, cheapSealer, cryptoOf } from './platform.ts'
import type { Dice } from './random.ts'
import { DiskWeather } from './store-weather.ts'
import type { Violation } from '../oracle/violation.ts'
import type { Path } from './servers.ts'
import type { Disk } from './store.ts'
import { Life, storageUnder } from './tab.ts'
import { HOUR, type Time } from './time.ts'

const ignore = (): void => undefined

/** What a phone needs of the world around it. */
export interface Around {
  time: Time
  /** A request of a person's browser, by its session. */
  deliver(phone: Phone, path: Path, body: Uint8Array): Promise<Reply>
  /** Whether the servers take files. */
  takesFiles: boolean
  /** Lets a person enter on this phone. */
  enrol(phone: Phone, known: number | null): Promise<Entered>
  /** An error that the engine called ours. */
  broken(phone: Phone, error: unknown): unknown
  /** A promise that a page has broken. */
  wrong(violation: Violation): void
  fired(kind: string): void
  opened(phone: Phone, tab: Tab): void
}

/** One open page. */
export interface Tab {
  life: Life
  notebook: NotebookWithFiles
  vault: string
  visible: boolean
  wakes: Set<() => void>
}

/** One phone: a browser with its storage, clocks and pages, and somebody who holds it. */
export class Phone {
  readonly index: number
  /** Who holds it, by number in the cast. */
  person: number
  readonly watch: Watch
  readonly line: Line
  readonly disk: DiskWeather
  readonly storage: Disk
  readonly locks = new BrowserLocks()
  readonly channels: BrowserChannels
  readonly isModern: boolean
  marks: string | null = null
  tabs: Tab[] = []
  /** Device number of the session this browser has; null before entering. */
  device: number | null = null
  app = '1.0.0'
  /** Dies at this port call of the page opened or used next; Infinity: not. */
  nextDeath = Infinity
  /** Arms the page opened next. */
  whenArmed: ((life: Life) => void) | null = null
  /** Pieces of files that the line will change on their way. */
  spoils = 0
  /** Pieces of files in the middle of which the line will break, with nothing heard. */
  breaks = 0
  /** Pieces in a row that came to a place where their file does not stand. */
  misses = 0
  /** How often a vault was found gone that should have been there, and said so. */
  vanishedTold = 0
  readonly #around: Around
  readonly #dice: Dice
  #pages = 0

  constructor(
    around: Around,
    dice: Dice,
    one: { index: number; person: number; storage: Disk; isModern: boolean },
  ) {
    this.#around = around
    this.#dice = dice
    this.index = one.index
    this.person = one.person
    this.storage = one.storage
    this.isModern = one.isModern
    this.watch = new Watch(around.time)
    this.line = new Line(around.time, dice.of('line'), around.fired)
    this.disk = new DiskWeather(around.time, around.wrong)
    this.channels = new BrowserChannels(around.time, dice.of('channels'))
  }

  get open(): Tab | undefined {
    return this.tabs.at(-1)
  }

  /** A piece of a file as it comes out of a line that changes bytes. */
  #spoiled(body: Uint8Array): Uint8Array {
    const changed = this.spoils > 0 ? changedPiece(body) : null
    if (changed) this.spoils--
    return changed ?? body
  }

  /** The line breaks in the middle of this piece, if one is to be broken. */
  #breakOff(body: Uint8Array): void {
    if (this.breaks === 0 || changedPiece(body) === null) return
    this.breaks--
    this.line.waiting.unshift({ at: 0, kind: 'cut', on: this.index, a: 0.6, b: 0, c: 0 })
  }

  /** Requests of one page, and how to break off those under way. */
  #requests(life: Life) {
    const underWay = new Set<(error: Error) => void>()
    const request = (path: Path, body: Uint8Array): Promise<Answer> =>
      life.call(async () => {
        let broken: (error: Error) => void = ignore
        const gone = new Promise<never>((_, fail) => {
          broken = fail
        })
        gone.catch(ignore)
        underWay.add(broken)
        if (path === 'files') this.#breakOff(body)
        const off = life.onDeath(() => broken(new NoAnswer()))
        const fault = this.line.waiting[0]
        const isCut = path === 'files' && fault?.kind === 'cut'
        const sent = path === 'files' ? this.#spoiled(body) : body
        const deliver = (bytes: Uint8Array) =>
          this.#around.deliver(this, path, isCut ? brokenOff(bytes, fault.a) : bytes)
        const answer = await this.line.request(sent, deliver, gone).finally(() => {
          off()
          underWay.delete(broken)
        })
        return { ...answer, chunks: mortal(answer.chunks, life) }
      })
    const abort = (): void => {
      for (const broken of underWay) broken(new NoAnswer())
      underWay.clear()
    }
    return { request, abort }
  }

  #net(life: Life): Net {
    const { request, abort } = this.#requests(life)
    // Some old devices say that they have no network, whatever they have.
    const saysOff = this.#dice.of('says that it is off').chance(0.3)
    return {
      exchange: (body) => request('exchange', body),
      head: (counties: readonly string[]) => request('head', new TextEncoder().encode(counties.join(','))),
      abort,
      away: () => (this.isModern ? this.line.offlineUntil > this.#around.time.now : saysOff),
    } as Net
  }

  #files(life: Life): Pick<PhonePorts, 'files'> {
    if (!this.#around.takesFiles) return {}
    const { request, abort } = this.#requests(life)
    const net = filesNet((body) => request('files', body), abort)
    return { files: { net, network: { metered: () => null } } }
  }

  /** The platform as a new page of this browser finds it. */
  ports(life: Life, looks: { visible: boolean; wakes: Set<() => void> }): PhonePorts {
    const dice = this.#dice.of(`page ${this.#pages++}`)
    const clock = this.watch.page(() => !life.isOver)
    return {
      ...storageUnder(this.storage, life, this.disk, this.storage.answersAtOnce),
      openSealer: async () => cheapSealer,
      crypto: cryptoOf(dice),
      clock,
      marks: {
        get: () => this.marks,
        set: (text) => void (life.step() || (this.marks = text)),
      },
      channel: this.isModern ? this.channels.under(life) : null,
      locks: this.isModern ? this.locks.under(life) : null,
      idle: (what) => void this.#around.time.after(dice.between(1, 20), () => void (life.isOver || what())),
      visible: () => looks.visible,
      onWake: (wake) => {
        looks.wakes.add(wake)
        return () => looks.wakes.delete(wake)
      },
      random: () => dice.next(),
      net: this.#net(life),
      ...this.#files(life),
      app: this.app,
    }
  }

  /** Opens the app in a new page, entering first where nobody has. null: it died, or the store does not open. */
  async start(anew = false): Promise<Tab | null> {
    const life = new Life()
    life.diesAt = this.nextDeath
    this.whenArmed?.(life)
    this.whenArmed = null
    this.nextDeath = Infinity
    life.onDeath(() => this.#forget(life))
    const looks = { visible: true, wakes: new Set<() => void>() }
    const ports = this.ports(life, looks)
    const opening = this.#open(ports, life, looks, anew)
    return life
      .within(() => opening)
      .catch((error: unknown) => {
        const isStores = error instanceof DOMException
        if (!life.isOver && !isStores) this.#around.broken(this, error)
        life.die()
        return null
      })
  }

  async #open(
    ports: PhonePorts,
    life: Life,
    looks: { visible: boolean; wakes: Set<() => void> },
    anew: boolean,
  ): Promise<Tab> {
    const found = await openVault(ports)
    if (found !== null && found.vanished !== null) this.vanishedTold++
    const isThere = found !== null && found.vanished === null && !anew
    if (!isThere && !anew) await this.#openNobodys(ports)
    const vault = isThere ? found.vault : await this.#enter(ports)
    const broken = (error: unknown) => void (life.isOver || this.#around.broken(this, error))
    const notebook = await createNotebook(ports, { vault, pollMs: 4 * HOUR, broken })
    const tab: Tab = Object.assign(looks, { life, notebook, vault })
    this.#around.opened(this, tab)
    if (!life.isOver) this.tabs.push(tab)
    return tab
  }

  /** Where the app finds nothing it opens a notebook of nobody, in which whoever enters goes on. */
  async #openNobodys(ports: PhonePorts): Promise<void> {
    const vault = readMarks(ports.marks).current ?? newVaultId(ports.crypto)
    setCurrent(ports.marks, vault)
    const tables = await ports.openTables(vault)
    tables.close()
  }

  /** The person who holds the phone enters; a vault of theirs is found again. @returns the vault */
  async #enter(ports: PhonePorts): Promise<string> {
    const known = await knownDevice(ports).catch(() => null)
    const done = await enterVault(await this.#around.enrol(this, known), ports)
    if (!done.ok) throw new DOMException(done.reason, 'UnknownError')
    return done.value
  }

  /** An entry that somebody else arranged, written from a page that closes at once. */
  async enterWith(entered: Entered): Promise<void> {
    const life = new Life()
    await enterVault(entered, this.ports(life, { visible: false, wakes: new Set() }))
    life.die()
  }

  #forget(life: Life): void {
    this.locks.free(life)
    this.tabs = this.tabs.filter((one) => one.life !== life)
  }

  /** The last page, as the system kills it: nothing is told. */
  kill(): boolean {
    const tab = this.open
    tab?.life.die()
    return tab !== undefined
  }

  killAll(): boolean {
    const open = [...this.tabs]
    for (const tab of open) tab.life.die()
    return open.length > 0
  }

  /** Closes a page as a person does. */
  async close(tab: Tab): Promise<void> {
    await Promise.race([tab.notebook.close(), this.#around.time.pause(HOUR)])
    tab.life.die()
  }

  /** There is signal again: the browser tells its pages. */
  reached(): void {
    for (const tab of this.tabs) for (const wake of tab.wakes) wake()
  }

  look(): void {
    for (const tab of this.tabs) {
      tab.visible = true
      for (const wake of tab.wakes) wake()
    }
  }
}

/** A body that a dead page reads no further. */
async function* mortal(chunks: AsyncIterable<Uint8Array>, life: Life): AsyncGenerator<Uint8Array> {
  const from = chunks[Symbol.asyncIterator]()
  for (;;) {
    const { done, value } = await life.call(() => from.next())
    if (done) return
    yield value
  }
}
