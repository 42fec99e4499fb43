import { storageFailure } from '#phone/database/failures.ts'
import { clearOf } from '../oracle/phone-content.ts'
import { expectAll } from '../oracle/all.ts'
import { expectAsked } from '../oracle/files.ts'
import { Notary } from '../oracle/notary.ts'
import { expectShown } from '../oracle/phones.ts'
import { Repairs } from '../oracle/repairs.ts'
import type { Entered } from '#sync/protocol/accounts.ts'
import { Violation } from '../oracle/violation.ts'
import { sayNoMore } from './cells.ts'
import { calm } from './calm.ts'
import { strike } from './strike.ts'
import { Office } from './office.ts'
import { perform } from './people.ts'
import type { Act } from './acts.ts'
import { padBoxes } from './platform.ts'
import { Proxy } from './proxy.ts'
import { Phone, type Around, type Tab } from './phone.ts'
import { diceOf, type Dice } from './random.ts'
import type { Reply } from './network.ts'
import { Servers, type Path } from './servers.ts'
import type { Disk, Grounds, Pace, PutBack, ServerStore } from './store.ts'
import type { Story } from './story.ts'
import { BEGIN, MINUTE, settled, through, Time } from './time.ts'

/** What a world came to, for the statistics. */
export interface Statistics {
  phones: number
  ops: number
  saves: number
  events: number
  faults: Map<string, number>
  /** Seldom things that people did, and how often. */
  acts: Map<string, number>
  /** Cells of the engine's table: `state/event`. */
  cells: Set<string>
}

/** One world: its time, phones, servers and the people who use them, all following from the story. */
export class World {
  readonly story: Story
  readonly time = new Time()
  readonly dice: Dice
  readonly office: Office
  readonly phones: Phone[]
  readonly servers: Servers
  readonly store: ServerStore
  readonly notary: Notary
  readonly statistics: Statistics
  /** The first thing that went wrong. */
  wrong: Violation | null = null
  #devices = 0
  readonly #around: Around
  readonly #pace: Pace | undefined
  readonly fired: (kind: string) => void
  /** Fingerprint of a file as the servers hold it, null: they do not; absent: they take none. */
  readonly keptFile: ((sha256: string) => Promise<string | null>) | undefined
  isCalm = false
  /** Boxes are as long as on a phone, and nothing longer or shorter. */
  readonly isPadding: boolean
  /** A story of a cache goes on; two at once would make answers that nobody could tell apart. */
  isCaching = false
  /** Told of each request as it reaches the servers; null: nobody listens. */
  asks: ((phone: Phone) => void) | null = null
  readonly #proxy: Proxy
  readonly repairs: Repairs
  /** What happened, told only when somebody wants to read it. */
  readonly trace: string[] | null

  constructor(story: Story, grounds: Grounds, isTold = false) {
    this.story = story
    this.trace = isTold ? [] : null
    this.#pace = grounds.pace
    this.keptFile = grounds.kept && ((sha256) => grounds.kept?.(this.time, sha256) ?? Promise.resolve(null))
    this.dice = diceOf(story.seed)
    this.isPadding = this.dice.of('boxes').chance(0.06)
    padBoxes(this.isPadding)
    this.#proxy = new Proxy(this.dice.of('proxy'))
    this.office = new Office(this.time)
    this.store = grounds.store(this.time, this.dice.of('store'))
    this.notary = new Notary(
      this.office,
      () => this.store.content(),
      (hash) => this.store.ledger.everMade.get(hash) ?? [],
    )
    this.repairs = new Repairs(this)
    // Where the database works beside the world, it is ahead of whatever a phone has heard; the end is looked at.
    this.notary.cursorsSayNothing = grounds.pace !== undefined
    this.statistics = {
      phones: story.phones.length,
      ops: 0,
      saves: 0,
      events: 0,
      faults: new Map(),
      acts: new Map(),
      cells: new Set(),
    }
    const fired = (kind: string) => {
      this.tell(() => `struck: ${kind}`)
      this.statistics.faults.set(kind, (this.statistics.faults.get(kind) ?? 0) + 1)
    }
    this.servers = new Servers(this.time, this.dice.of('servers'), {
      office: this.office,
      build: grounds.build(this.time),
      database: () => this.store.database,
      isPausing: grounds.isPausing,
      fired,
      broken: (error) =>
        this.fail(
          error instanceof Violation ? error : new Violation('I-10', `the server broke: ${told(error)}`),
        ),
    })
    const isOdd = story.acts.some(({ kind }) => kind === 'odd-text')
    for (const node of this.servers.nodes) node.weather.isStrict = isOdd
    this.#around = {
      time: this.time,
      takesFiles: grounds.kept !== undefined,
      deliver: (phone, path, body) => this.#deliver(phone, path, body),
      enrol: (phone, known) => this.#enrol(phone, known),
      broken: (phone, error) =>
        storageFailure(error) !== null ||
        this.fail(new Violation('I-8', `phone ${phone.index}: the engine broke: ${told(error)}`)),
      wrong: (violation) => this.fail(violation),
      fired,
      opened: (phone, tab) => this.#opened(phone, tab),
    }
    this.fired = fired
    this.phones = story.phones.map((person, index) =>
      this.#phone(person, grounds.storage(index), story.modern[index] ?? true, index),
    )
  }

  async #deliver(phone: Phone, path: Path, body: Uint8Array): Promise<Reply> {
    this.asks?.(phone)
    if (path === 'exchange') await this.repairs.hears(phone.index, body)
    const refused = path === 'exchange' ? this.#proxy.refuses(body) : null
    const reply = refused ?? (await this.servers.deliver(phone.device, path, body))
    if (path === 'files') this.#noteFile(phone, body, reply)
    this.tell(
      () => `phone ${phone.index} ${path} ${toldRequest(body)} -> ${reply.status} ${toldReply(reply)}`,
    )
    return reply
  }

  #noteFile(phone: Phone, body: Uint8Array, { status }: Reply): void {
    try {
      expectAsked(phone, body, status)
    } catch (error) {
      this.fail(error as Violation)
    }
  }

  #opened(phone: Phone, tab: Tab): void {
    this.tell(() => `phone ${phone.index} opened a page`)
    if (!this.trace) return
    let last = ''
    tab.notebook.status.subscribe(({ link, running, needsLogin, cut, waiting, refused }) => {
      const now = JSON.stringify({ link, running, needsLogin, cut, waiting, refused })
      if (now !== last) this.tell(() => `phone ${phone.index} page ${now}`)
      last = now
    })
  }

  #phone(person: number, storage: Disk, isModern: boolean, index: number): Phone {
    return new Phone(this.#around, this.dice.of(`phone ${index}`), { index, person, storage, isModern })
  }

  /** A copy of a phone, bit by bit, with its session. */
  async addPhone(of: Phone): Promise<Phone> {
    const copy = this.#phone(of.person, await of.storage.copied(), of.isModern, this.phones.length)
    copy.marks = of.marks
    copy.device = of.device
    this.phones.push(copy)
    return copy
  }

  did(act: string): void {
    this.statistics.acts.set(act, (this.statistics.acts.get(act) ?? 0) + 1)
  }

  tell(what: () => string): void {
    this.trace?.push(`${((this.time.now - BEGIN) / 1000).toFixed(3)} s  ${what()}`)
  }

  fail(violation: Violation): void {
    this.wrong ??= violation
  }

  /**
   * A person enters on a phone. The browser names the device number its current vault has; it stays only if it is this person's.
   * @param isNew technical help gives a number that nobody had
   */
  async #enrol(phone: Phone, known: number | null, isNew = false): Promise<Entered> {
    const isTheirs = known !== null && this.office.devices.get(known)?.person === phone.person
    const device = isTheirs && !isNew ? known : ++this.#devices
    if (device !== known) await this.store.enrol(device, this.office.rightsOf(phone.person).person)
    this.office.enrol(device, phone.person)
    phone.device = device
    return this.office.entered(phone.person, device, await this.store.epoch())
  }

  /** A person has means of their own beside the app, with a session. @returns their device number */
  async enrolRig(person: number): Promise<number> {
    const device = ++this.#devices
    await this.store.enrol(device, this.office.rightsOf(person).person)
    this.office.enrol(device, person)
    return device
  }

  /** Who holds the phone enters on it, on a page of their own. */
  async enterAs(phone: Phone): Promise<void> {
    await phone.start(true)
  }

  /** Another phone uses the number of this one: it gets a new one. */
  async renumber(phone: Phone): Promise<void> {
    const tab = phone.open
    const clear = tab && (await clearOf(phone.storage, tab.vault))
    if (!tab || !clear?.me) return
    phone.person = this.office.indexOf(clear.me.person)
    await phone.enterWith(await this.#enrol(phone, null, true))
    await tab.notebook.entered()
  }

  /** The operator's backup, verified: acknowledged ops older than it need not be offered again. */
  async backUp(): Promise<void> {
    await this.store.backUp()
    this.notary.backedUpAt = this.time.now
  }

  /** Goes through the story, then lets the weather clear and waits until everything is where it belongs. */
  run(): Promise<void> {
    return through(this.#run())
  }

  async #run(): Promise<void> {
    try {
      await this.#live()
      if (!this.wrong && this.dice.of('glance').chance(0.3)) await expectShown(this)
      if (!this.wrong) await this.clear()
      if (!this.wrong) await calm(this)
      if (!this.wrong) await expectAll(this)
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      this.fail(error)
    } finally {
      for (const phone of this.phones) phone.killAll()
    }
  }

  async #live(): Promise<void> {
    for (const act of this.story.acts)
      this.time.after(
        act.at,
        () => void this.#doing(act).catch((error: unknown) => this.#stumbled(act.kind, error)),
      )
    for (const fault of this.story.faults)
      this.time.after(
        fault.at,
        () => void strike(this, fault).catch((error: unknown) => this.#stumbled(fault.kind, error)),
      )
    await this.until(BEGIN + this.story.length + 5 * MINUTE)
  }

  #doing(act: Act): Promise<void> {
    this.tell(() => `phone ${act.on} ${act.kind}`)
    return perform(this, act)
  }

  /** What an act of a person or of the weather threw: a store that is broken says so, anything else is ours. */
  #stumbled(what: string, error: unknown): void {
    if (error instanceof Violation) return this.fail(error)
    if (error instanceof DOMException) return
    this.fail(new Violation('I-4', `${what}: ${told(error)}`))
  }

  /** Lets true time pass. */
  async until(end: number): Promise<void> {
    // What was begun from outside the heap goes on first.
    await settled()
    const due = (): number | null =>
      this.time.next !== null && this.time.next <= end ? this.time.next : null
    while (!this.wrong) {
      await this.#pace?.(due())
      if (due() === null) break
      await this.time.step()
      this.statistics.events++
      await this.notary.look(this.phones)
    }
    if (!this.wrong) this.time.now = Math.max(this.time.now, end)
  }

  /** The weather clears: nothing more goes wrong, everybody signs in and looks. */
  async clear(): Promise<void> {
    this.isCalm = true
    sayNoMore()
    for (const phone of this.phones) {
      phone.line.clear()
      phone.disk.clear()
      phone.watch.frozenUntil = 0
      phone.nextDeath = Infinity
      phone.whenArmed = null
      for (const tab of phone.tabs) {
        tab.life.diesAt = Infinity
        if (!tab.life.isOver) tab.notebook.setCut(false)
      }
    }
    this.servers.clear()
  }

  /**
   * The database is what it was at the last copy. What was taken since without a promise no phone can tell of: that the operator finds
   * out by himself.
   */
  async putBack(asked: PutBack, copiedAt: number): Promise<void> {
    if (this.isCalm) return
    const isNoticed = this.servers.unpromisedAt >= copiedAt
    const kind = asked === 'restored-quietly' && isNoticed ? 'restored' : asked
    const isBack = await this.store.putBack(kind).catch((error: unknown) => this.#stumbled(kind, error))
    if (isBack !== true) return
    if (kind === 'restored-quietly') this.notary.lostQuietly(await this.store.epoch())
    this.tell(() => `the database was put back (${kind})`)
    this.servers.restart()
  }

  /** Whoever's vault is open signs in again on this phone; they keep their number. */
  async signIn(phone: Phone): Promise<void> {
    const tab = phone.open
    const clear = tab && (await clearOf(phone.storage, tab.vault))
    const device = clear?.identity?.device
    if (!tab || device === undefined) return
    phone.device = device
    this.office.renewSession(device)
    // A page that was cut off from its store says so; whoever holds the phone loads it again.
    await tab.notebook.entered().catch((error: unknown) => {
      if (!(error instanceof DOMException)) throw error
    })
  }
}

const told = (error: unknown): string =>
  error instanceof Error
    ? `${error.name} ${error.message} ${error.stack?.split('\n').slice(1, 4).join(' ')}`
    : String(error)

/** A request in a line. */
function toldRequest(body: Uint8Array): string {
  const text = new TextDecoder().decode(body)
  if (!text.startsWith('{')) return text
  // About a file: what is asked, and then bytes.
  if (text.startsWith('{"method"')) return text.slice(0, text.indexOf('\n'))
  const { dev, epoch, push, pull, stat } = JSON.parse(text) as Record<string, never>
  const ops = ((push as { ops?: { n: number; k: string; b: number }[] } | undefined)?.ops ?? []).map(
    (op) => `${op.n} ${op.k}@${op.b}`,
  )
  return JSON.stringify({
    dev,
    epoch: String(epoch).slice(-3),
    out: (stat as unknown as { out: number }).out,
    ops,
    pull,
  })
}

/** An answer in a line. */
function toldReply(reply: Reply): string {
  const text = new TextDecoder().decode(reply.bytes ?? new Uint8Array())
  return text
    .split('\n')
    .map((line) =>
      line
        .replace(/"proof":"[^"]*"/, '')
        .replace(/(\{"(type|form|about|dispute|kind)":).*?\}(?=[\],])/g, '{…}')
        .slice(0, 600),
    )
    .join(' ')
}
