import { uploadId } from '#domain/attachment/upload-id.ts'
import type { Id } from '#domain/id.ts'
import { countyOf } from '#domain/region/code.ts'
import { META } from '../database/rows.ts'
import type { FilesWaiting } from './api.ts'
import { isWaiting, markBegun, markBroken, tidyFiles, type FilesContext, type Kept } from './kept.ts'
import type { FilesNet } from './files-net.ts'
import { hashOf } from './hash.ts'
import { filesLock } from './lock.ts'
import type { Network } from './network.ts'
import { openBytes } from './pieces.ts'
import { pauseAfter, PieceSize, uploadFile, type Uploaded } from './upload.ts'

export interface UploaderPorts {
  net: FilesNet
  network: Network
  /** The server has spoken about a file: there is news to fetch. */
  handedIn(): void
  /** What lies here or waits has changed. */
  changed(news: FilesWaiting, here: ReadonlySet<Id>): void
  broken(error: unknown): void
}

/** Files that wait for nothing are looked through this often: some may be let go. */
const TIDY_MS = 6 * 3_600_000
/** A file that was handed in and of which the ledger says nothing yet is looked at again after this. */
const PASSED_MS = 60_000
/** While text waits or another tab runs, look again after this, and then after twice as long each time: what changes wakes us besides. */
const LOOK_AGAIN_MS = 15_000
const LOOK_AGAIN_MOST_MS = 15 * 60_000

type Alive = () => Promise<boolean>

/** Hands in files one at a time, oldest first, after all text, on the network that was asked for; never gives up. */
export class Uploader {
  readonly #ctx: FilesContext
  readonly #ports: UploaderPorts
  readonly #piece = new PieceSize()
  #isCut = false
  #isStopped = false
  #isForced = false
  #isAsked = false
  #underWay: Promise<void> | null = null
  #cancelTimer: (() => void) | undefined
  /** Looks in a row, by ourselves, at files that could not go. */
  #looks = 0
  /** Tries in a row that brought nothing. */
  #tries = 0
  /** How far the last file had got: a try that got further was none in vain. */
  #best = { id: '', at: 0 }
  /** Monotonic moments before which nothing is tried, ms: by our own pause, and by what the server asked for. A wall clock may be set. */
  #pausedTo = 0
  #askedTo = 0
  /** Files whose turn is over until a moment (monotonic ms): what they wait for is the server's word, not another try. */
  readonly #passed = new Map<Id, number>()
  #kept: Kept[] = []
  #tidiedAt = 0
  #held: FilesWaiting['held'] = null
  #sending: FilesWaiting['sending'] = null

  constructor(ctx: FilesContext, ports: UploaderPorts) {
    this.#ctx = ctx
    this.#ports = ports
  }

  /** Something changed that may let a file go; a pause after a failure is kept. */
  wake(): void {
    this.#looks = 0
    this.#go()
  }

  #go(): void {
    if (this.#isStopped || this.#isCut) return
    this.#isAsked = true
    this.#cancelTimer?.()
    this.#underWay ??= this.#run().finally(() => {
      this.#underWay = null
      // Asked for in the very moment it ended.
      if (this.#isAsked) this.#go()
    })
  }

  /** Whether a look at what lies here is due, even though nothing waits. */
  get isDue(): boolean {
    return this.#ctx.ports.clock.mono() - this.#tidiedAt >= TIDY_MS
  }

  /** Whether something stood in the way that another try, later, may get past. */
  get isPaused(): boolean {
    return this.#rest() > 0
  }

  /** The weather may have changed, or somebody signed in: worth a try now, unless the server asked for time. */
  retry(): void {
    this.#pausedTo = 0
    this.wake()
  }

  /** A person asks for it now, on whatever network. */
  force(): void {
    this.#isForced = true
    this.#askedTo = 0
    this.#passed.clear()
    this.retry()
  }

  cut(on: boolean): void {
    this.#isCut = on
    if (on) this.#ports.net.abort()
    else this.retry()
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    if (!this.#underWay) return
    await this.#underWay
    await this.settled()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelTimer?.()
    this.#ports.net.abort()
    await this.settled()
  }

  async #run(): Promise<void> {
    const lock = filesLock(this.#ctx)
    while (this.#isAsked && !this.#isStopped && !this.#isCut) {
      this.#isAsked = false
      try {
        if (await this.#isEmpty()) this.#tellEmpty()
        else if ((await lock.hold((alive) => this.#runHeld(alive))) === 'busy') this.#lookAgain()
      } catch (error) {
        if (!this.#isStopped) this.#ports.broken(error)
        this.#pause(0)
      }
    }
    this.#isForced = false
  }

  /** Most phones hold no file: nobody need be kept out of nothing. */
  async #isEmpty(): Promise<boolean> {
    return (await this.#ctx.tables.read(['blob'], ({ blob }) => blob.count())) === 0
  }

  #tellEmpty(): void {
    this.#tidiedAt = this.#ctx.ports.clock.mono()
    this.#kept = []
    this.#held = null
    this.#tell()
  }

  async #runHeld(alive: Alive): Promise<void> {
    const { clock } = this.#ctx.ports
    for (let goesOn = true; goesOn;) {
      const { sync, identity } = this.#ctx
      this.#tidiedAt = clock.mono()
      this.#kept = await tidyFiles(this.#ctx, clock.now() + sync.offset, sync.ringSafe ?? 0)
      const one = this.#next()
      this.#held = one && identity ? await this.#heldBy() : null
      this.#tell()
      if (!one || !identity) return this.#kept.some(isWaiting) ? this.#lookAgain() : undefined
      if (this.#held !== null) return this.#lookAgain()
      const rest = this.#rest()
      if (rest > 0) return this.#later(rest)
      goesOn = await this.#after(await this.#handIn(one, identity.device, alive), one)
      this.#sending = null
    }
    this.#tell()
  }

  /** Of the files whose records the server has, the one that waits longest. */
  #next(): Kept | undefined {
    const now = this.#ctx.ports.clock.mono()
    const mayGo = (one: Kept) => isWaiting(one) && one.isTaken && (this.#passed.get(one.row.id) ?? 0) <= now
    return this.#kept.filter(mayGo).sort((a, b) => (a.row.id < b.row.id ? -1 : 1))[0]
  }

  /** Why nothing may go now. */
  async #heldBy(): Promise<FilesWaiting['held']> {
    const [wifi, ready] = await this.#ctx.tables.read(['meta', 'out'], async ({ meta, out }) => [
      (await meta.get(META.filesWifi))?.value === 1,
      (await out.all()).some((row) => row.state === 'ready'),
    ])
    if (ready) return 'text'
    return wifi && !this.#isForced && this.#ports.network.metered() === true ? 'wifi' : null
  }

  /** Milliseconds of a pause that is still on. One longer than any we make is a clock that was set back. */
  #rest(): number {
    return Math.max(0, Math.max(this.#pausedTo, this.#askedTo) - this.#ctx.ports.clock.mono())
  }

  #handIn(one: Kept, device: number, alive: Alive): Promise<Uploaded> {
    const { row, facts, record } = one
    const asked = {
      county: countyOf(record?.region ?? ''),
      attachment: row.id,
      sha256: facts.sha256,
      size: row.size,
    }
    return uploadFile(
      uploadId(facts.sha256, device),
      asked,
      {
        net: this.#ports.net,
        mono: () => this.#ctx.ports.clock.mono(),
        bytes: (start, end) => openBytes(this.#ctx, row.id, start, end),
        mayGo: async () => !this.#isStopped && !this.#isCut && (await alive()),
        isBegun: facts.begun === true,
        begun: () => markBegun(this.#ctx, one),
        progress: (at) => {
          if (this.#best.id === row.id && at > this.#best.at) this.#tries = 0
          this.#best = { id: row.id, at }
          this.#sending = { id: row.id, progress: { at, size: row.size } }
          this.#tell()
        },
      },
      this.#piece,
    )
  }

  /** @returns whether the next one may be tried at once */
  async #after(done: Uploaded, one: Kept): Promise<boolean> {
    switch (done.is) {
      case 'done':
      case 'refused':
        this.#tries = 0
        this.#looks = 0
        this.#passed.set(one.row.id, this.#ctx.ports.clock.mono() + PASSED_MS)
        this.#ports.handedIn()
        return true
      case 'other-content':
        if (!(await this.#isWhole(one))) return true
        this.#pause(0)
        return false
      case 'wait':
        if (done.locked) this.#hush(done.ms)
        else this.#pause(done.ms)
        return false
      case 'login':
        this.#hush(this.#nextLook())
        return false
      case 'stopped':
        return false
    }
  }

  /** Whether what lies here is still what was declared; if not, sending it again would not help. */
  async #isWhole({ row, facts }: Kept): Promise<boolean> {
    const bytes = await openBytes(this.#ctx, row.id, 0, row.size)
    if (bytes !== null && (await hashOf(this.#ctx.ports.crypto, bytes)) === facts.sha256) return true
    await markBroken(this.#ctx, row)
    return false
  }

  #pause(askedMs: number): void {
    this.#tries++
    const { clock, random } = this.#ctx.ports
    this.#askedTo = clock.mono() + askedMs
    this.#hush(pauseAfter(this.#tries, random(), askedMs))
  }

  #hush(ms: number): void {
    this.#pausedTo = this.#ctx.ports.clock.mono() + ms
    this.#later(ms)
  }

  #later(ms: number): void {
    this.#cancelTimer?.()
    this.#cancelTimer = this.#isStopped ? undefined : this.#ctx.ports.clock.after(ms, () => this.#go())
  }

  #lookAgain(): void {
    this.#later(this.#nextLook())
  }

  #nextLook(): number {
    return Math.min(LOOK_AGAIN_MOST_MS, LOOK_AGAIN_MS * 2 ** this.#looks++)
  }

  #tell(): void {
    const waiting = this.#kept.filter(isWaiting)
    const bytes = waiting.reduce((sum, one) => sum + one.row.size, 0)
    const here = new Set(this.#kept.map((one) => one.row.id))
    this.#ports.changed({ files: waiting.length, bytes, held: this.#held, sending: this.#sending }, here)
  }
}
