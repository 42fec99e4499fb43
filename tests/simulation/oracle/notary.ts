import type { Id } from '#domain/id.ts'
import { keyOf, type DeadRow, type OutRow, type RecRow, type RingRow } from '#phone/database/rows.ts'
import { openRing } from '#phone/record/op-box.ts'
import { firstMadeAs, madeAs } from '#sync/protocol/op-hash.ts'
import type { Op } from '#sync/protocol/op.ts'
import type { Result } from '#domain/result.ts'
import type { Edit, Saved, SaveRefusal } from '#phone/api.ts'
import { LIMITS } from '#sync/protocol/wire.ts'
import { DAY, HOUR } from '../world/time.ts'
import { cheapSealer } from '../world/platform.ts'
import type { Office } from '../world/office.ts'
import type { Phone } from '../world/phone.ts'
import { expectCursor } from './cursor.ts'
import { clearOf, opOf, refusedOf, ringOf, type Clear } from './phone-content.ts'
import { sha256Of, type Photograph } from './files.ts'
import { hashOf } from './hash.ts'
import { expectOnTop, expectStillShown } from './on-screen.ts'
import type { ServerContent } from './server-content.ts'
import { must, same } from './violation.ts'

const RING = LIMITS.ringDays * DAY
/** An answer may be this old when it is heard: the line was slow, or the page asleep. */
const HEARD_LATE = 12 * HOUR

/** Where an op of a vault is kept. `pruned`: let go by the ring rule; `given-up`: by its author. */
export type Place = 'out' | 'dead' | 'ring' | 'gone'

/** An op that was durably made, for ever. */
export interface Made {
  op: Op
  phone: number
  vault: string
  person: Id
  /** Device number it was made under. */
  device: number
  place: Place
  /** When it came to lie in the ring, true time; null: it never did. */
  ackedAt: number | null
  /** What stands beside it there, server time; Infinity: it never lay there. */
  dated: number
  /** Why nobody need have it any more; null: somebody must. */
  excuse: string | null
  /** Its author gave it up, or one that it hangs on. */
  isGivenUp: boolean
}

/** One vault as it was last seen. */
export interface Book {
  phone: Phone
  vault: string
  seen: Clear | null
  /** By the op's own random id. */
  made: Map<Id, Made>
  /** Rows that were damaged on purpose; what is said of them does not hold until they are mended. */
  damaged: Set<Id>
  /** Version of each record and the history in which it was last seen to change. */
  versions: Map<Id, { rv: number; epoch: string | null }>
  /** `unknown`: rows lie here that the battery brought back from whatever history. */
  sinceWhen: 'known' | 'unknown'
  /** Each record's row as the server's version first lay here, for a store that goes back. */
  first: Map<Id, RecRow>
  /** Places of each county's ledger that were walked in an earlier history: what is there now is for the comparison to find. */
  walked: ReadonlyMap<string, number>
  /** The battery was pulled at least once. */
  lostPower: boolean
  /** Numbers its author is giving up. */
  givenUp: Set<number>
}

/**
 * Remembers every op that was ever durably stored on a phone, and looks at each vault after each of its commits: what must hold at
 * any moment is checked here.
 */
export class Notary {
  readonly books = new Map<string, Book>()
  /** Places of a ledger that was put back behind everybody's back are given twice: a cursor then says nothing, and the sums must. */
  cursorsSayNothing = false
  /** The history of which a part was lost behind everybody's back, until a phone whose work it was shows what it was promised. */
  #lostQuietly: string | null = null
  /** When the last backup was verified, true time. */
  backedUpAt = -Infinity
  /** What somebody was told is kept, where it was taken. */
  photographs: Photograph[] = []
  readonly #forged: Made[] = []
  readonly #looked = new Map<string, number>()
  /** A store of its own takes its time: whoever asks meanwhile waits. */
  #looking: Promise<void> = Promise.resolve()
  readonly #office: Office
  readonly #content: () => Promise<ServerContent>
  readonly #versionsOf: (hash: string) => readonly number[]

  /** @param versionsOf versions that an op ever made, by its fingerprint */
  constructor(
    office: Office,
    content: () => Promise<ServerContent>,
    versionsOf: (hash: string) => readonly number[],
  ) {
    this.#office = office
    this.#content = content
    this.#versionsOf = versionsOf
  }

  book(phone: Phone, vault: string): Book {
    const name = `${phone.index}/${vault}`
    const known = this.books.get(name)
    if (known) return known
    const fresh: Book = {
      phone,
      vault,
      seen: null,
      made: new Map(),
      damaged: new Set(),
      versions: new Map(),
      sinceWhen: 'known',
      first: new Map(),
      walked: new Map(),
      givenUp: new Set(),
      lostPower: false,
    }
    this.books.set(name, fresh)
    return fresh
  }

  /** A phone was copied: the copy remembers what the phone remembers. */
  copied(phone: Phone, copy: Phone): void {
    const mine = Array.from(this.books.values()).filter((book) => book.phone === phone)
    for (const book of mine) {
      const other = this.book(copy, book.vault)
      other.seen = book.seen
      other.made = new Map([...book.made].map(([i, made]) => [i, { ...made, phone: copy.index }]))
      other.damaged = new Set(book.damaged)
      other.versions = new Map(book.versions)
      other.walked = book.walked
    }
  }

  /** Whether something was lost quietly and nobody has found out: history goes on under the same name. */
  isLossUnnoticed(epoch: string): boolean {
    return this.#lostQuietly === epoch
  }

  hasDamage(): boolean {
    return [...this.books.values()].some((book) => book.damaged.size > 0)
  }

  /** The battery took back relaxed writes: what the server can send again may be older now. */
  lostPower(phone: Phone): void {
    for (const book of this.books.values())
      if (book.phone === phone) {
        book.versions.clear()
        book.sinceWhen = 'unknown'
        book.lostPower = true
      }
  }

  /** A vault was emptied by somebody else: what only lay there is excused, and must be told. */
  vanished(phone: Phone, vault: string): void {
    const book = this.book(phone, vault)
    for (const made of book.made.values()) {
      made.excuse ??= 'vanished with its store'
      made.place = 'gone'
    }
    this.photographs = this.photographs.filter((one) => one.phone !== phone || one.vault !== vault)
    book.versions.clear()
    book.seen = null
    book.walked = new Map()
    phone.disk.commits.delete(vault)
    this.#looked.delete(`${phone.index}/${vault}`)
  }

  /**
   * The database was put back behind everybody's back: places are given twice, and whoever compares before it is noticed is given
   * what is left.
   */
  lostQuietly(epoch: string): void {
    this.cursorsSayNothing = true
    this.#lostQuietly = epoch
  }

  /** An author is about to give up a refused op, with those that hang on it. */
  willGiveUp(phone: Phone, vault: string, n: number): void {
    this.book(phone, vault).givenUp.add(n)
  }

  /** Somebody was told that a photograph is kept: its bytes are in the store from then on (I-41). @param at true time */
  keeps(phone: Phone, vault: string, bytes: Uint8Array, at: number): void {
    this.photographs.push({ phone, vault, sha256: sha256Of(bytes), at })
  }

  /** Somebody was told that edits were saved: they are in the store from then on (I-1). */
  said(phone: Phone, vault: string, edits: readonly Edit[], saved: Result<Saved, SaveRefusal>): void {
    const book = this.book(phone, vault)
    if (!saved.ok) return
    for (const edit of edits) {
      const wanted = typed(JSON.parse(JSON.stringify(edit.args)) as Record<string, unknown>)
      let isThere = false
      for (const { op } of book.made.values())
        isThere ||= op.e[1] === edit.id && op.k === edit.op && same(typed(op.a), wanted)
      must(isThere, 'I-1', () => `phone ${phone.index}: ${edit.op} was called saved and is not there`, 'lost')
    }
  }

  /** Somebody made an op with other means than the app, under another name: nobody need have it. */
  forges(sent: Op, { person, device }: { person: Id; device: number }): void {
    this.#forged.push({
      op: firstMadeAs(sent),
      phone: -1,
      vault: '',
      person,
      device,
      place: 'gone',
      ackedAt: null,
      dated: Infinity,
      excuse: 'forged',
      isGivenUp: false,
    })
  }

  /** All ops ever made; one that lies on two phones (a clone, an imported backup) is named once. */
  all(): Map<Id, Made[]> {
    const all = new Map<Id, Made[]>()
    for (const book of this.books.values())
      for (const [i, made] of book.made) all.set(i, [...(all.get(i) ?? []), made])
    for (const made of this.#forged) all.set(made.op.i, [made])
    return all
  }

  /** Looks at every vault that was written to since the last look, and not before that one has seen everything. */
  look(phones: readonly Phone[]): Promise<void> {
    const done = this.#looking.then(() => this.#look(phones))
    this.#looking = done.catch(() => undefined)
    return done
  }

  async #look(phones: readonly Phone[]): Promise<void> {
    for (const phone of phones) {
      for (const [vault, commits] of phone.disk.commits) {
        const name = `${phone.index}/${vault}`
        if (this.#looked.get(name) === commits) continue
        this.#looked.set(name, commits)
        const clear = await clearOf(phone.storage, vault)
        if (clear) await this.#compare(this.book(phone, vault), clear)
        else this.#looked.delete(name)
      }
    }
  }

  async #compare(book: Book, clear: Clear): Promise<void> {
    const where = `phone ${book.phone.index}`
    expectDense(clear, where)
    expectCounted(clear, where, book.damaged)
    expectSameOwner(book.seen, clear, where)
    await this.#meet(book, clear)
    const taken = await this.#follow(book, clear, where)
    if (book.damaged.size === 0) await this.#expectShown(book, clear, taken, where)
    expectForward(book, clear, { where, lostQuietly: this.#lostQuietly })
    const before = book.seen
    if (before?.sync?.epoch && before.sync.epoch !== clear.sync?.epoch) book.walked = before.cursors
    const hasMoved = [...clear.cursors].some(([county, cursor]) => book.seen?.cursors.get(county) !== cursor)
    // What the battery took back or a damaged row lacks is found by the comparison, not by the cursor.
    if (hasMoved && !this.cursorsSayNothing && book.damaged.size === 0 && !book.lostPower)
      expectCursor(clear, await this.#content(), this.#office, { where, walked: book.walked })
    for (const row of clear.rec) if (row.pending === 0 && !book.first.has(row.id)) book.first.set(row.id, row)
    book.seen = clear
  }

  /** What must be on screen just after a commit, where that is not sure by itself. */
  async #expectShown(book: Book, clear: Clear, taken: readonly Made[], where: string): Promise<void> {
    await expectOnTop(clear, book.versions, where)
    if (!book.seen || taken.length === 0) return
    const all = [...book.made.values()]
    const isNewest = ({ op }: Made) => !all.some((one) => one.op.e[1] === op.e[1] && one.op.n > op.n)
    const isInBase = (op: Op, rv: number) => this.#versionsOf(hashOf(op)).some((made) => made <= rv)
    const ops = taken.filter(isNewest).map(({ op }) => op)
    await expectStillShown({ before: book.seen, clear }, ops, isInBase, where)
  }

  /**
   * I-34: what was acknowledged lies in the ring for so many days, and until a verified backup holds it: by the moment it was heard, and,
   * exactly, by the moment that stands beside it.
   */
  #letGo({ phone }: Book, { op, ackedAt, dated }: Made, where: string): void {
    const since = ackedAt ?? Infinity
    const now = phone.watch.trueNow
    const isOld = now - since > RING - HEARD_LATE && now - dated > RING
    const isFree = isOld && since - HEARD_LATE < this.backedUpAt && dated < this.backedUpAt
    must(
      isFree,
      'I-34',
      () => `${where}: op ${op.n} left the ring before it was old enough and in a backup`,
      'lost',
    )
  }

  /** New ops are remembered as they were first stored. */
  async #meet(book: Book, clear: Clear): Promise<void> {
    const fresh = [...clear.out, ...clear.dead, ...clear.ring].filter((row) => !book.made.has(row.i))
    for (const row of fresh) {
      const kept = await anyOpOf(row, clear)
      if (!kept) continue
      // One that was taken from another phone's backup is what was made there.
      const op = firstMadeAs(kept)
      const [device] = madeAs(kept, clear.identity?.device ?? 0)
      const made: Made = {
        op,
        phone: book.phone.index,
        vault: book.vault,
        person: clear.me?.person ?? '',
        device,
        place: 'out',
        ackedAt: null,
        dated: Infinity,
        excuse: null,
        isGivenUp: false,
      }
      book.made.set(row.i, made)
    }
  }

  /**
   * Ops move from the outbox to the ring or to the refused, and from nowhere else (I-3).
   * @returns those that the server has just taken from the outbox
   */
  async #follow(book: Book, clear: Clear, where: string): Promise<Made[]> {
    const places = new Map<Id, Place>()
    for (const row of clear.out) places.set(row.i, 'out')
    for (const row of clear.dead) places.set(row.i, 'dead')
    const ring = new Map(clear.ring.map((row) => [row.i, row]))
    for (const i of ring.keys()) places.set(i, 'ring')
    const taken: Made[] = []
    for (const [i, made] of book.made) {
      const place = places.get(i) ?? 'gone'
      const isFair = place !== 'gone' || made.place === 'ring' || made.place === 'gone'
      must(
        isFair,
        'I-3',
        () => `${where}: op ${made.op.n} (${made.op.k}) left ${made.place} and is nowhere`,
        'lost',
      )
      // Its author's decision, with what hung on it: kept in the ring like everything that is decided.
      const lies = ring.get(i)
      const row = made.place === 'ring' ? undefined : lies
      if (row) made.isGivenUp ||= await isGivenUp(row)
      if (row) made.ackedAt = book.phone.watch.trueNow
      if (row && made.place === 'out' && !made.isGivenUp) taken.push(made)
      if (lies) made.dated = lies.ackedAt
      if (place === 'gone' && made.place === 'ring' && !made.isGivenUp) this.#letGo(book, made, where)
      made.place = place
    }
    return taken
  }
}

/** The op of a row, wherever it is kept; null when its box does not open. */
async function anyOpOf(row: { n: number }, { out, dead }: Clear): Promise<Op | null> {
  if (out.includes(row as OutRow)) return opOf(row as OutRow).catch(() => null)
  const kept = dead.includes(row as DeadRow) ? refusedOf(row as DeadRow) : ringOf(row as RingRow)
  return kept.then(
    ({ op }) => ({ ...op, n: row.n }),
    () => null,
  )
}

const isGivenUp = (row: RingRow): Promise<boolean> =>
  openRing(cheapSealer, row).then(
    (one) => one.isGivenUp,
    () => false,
  )

/** I-30: a vault is one person's for ever, whoever is greeted on the same phone. */
function expectSameOwner(before: Clear | null, clear: Clear, where: string): void {
  const [was, is] = [before?.me?.person, clear.me?.person]
  must(was === undefined || is === was, 'I-30', () => `${where}: a vault of one person has become another's`)
}

/** I-2: numbers are dense up to the counter, and each is in one place or was let go from the ring. */
function expectDense(clear: Clear, where: string): void {
  const seen = new Map<number, string>()
  for (const [place, rows] of [
    ['out', clear.out],
    ['dead', clear.dead],
    ['ring', clear.ring],
  ] as const)
    for (const row of rows) {
      must(
        !seen.has(row.n),
        'I-2',
        () => `${where}: number ${row.n} is in ${seen.get(row.n)} and in ${place}`,
      )
      must(
        row.n < clear.next,
        'I-2',
        () => `${where}: number ${row.n} is not below the counter ${clear.next}`,
      )
      seen.set(row.n, place)
    }
}

/** I-5, the part that lies in clear: the count of waiting ops is true, and each has its record. */
function expectCounted(clear: Clear, where: string, damaged: ReadonlySet<Id>): void {
  const waiting = new Map<string, number>()
  for (const row of clear.out) waiting.set(row.key, (waiting.get(row.key) ?? 0) + 1)
  const keys = new Set<string>()
  for (const row of clear.rec) {
    const key = keyOf(row.kind, row.id)
    keys.add(key)
    if (damaged.has(row.id)) continue
    const count = waiting.get(key) ?? 0
    must(
      row.pending === count,
      'I-5',
      () => `${where}: ${key} says ${row.pending} waiting, there are ${count}`,
    )
  }
  for (const row of clear.out)
    must(
      keys.has(row.key) || damaged.has(row.key.slice(row.key.indexOf('/') + 1)),
      'I-22',
      () => `${where}: op ${row.n} waits for ${row.key}, which is not here`,
    )
}

/** I-16: within one history a record's version never goes back, unless a part of it was lost and nobody could know yet. */
function expectForward(
  book: Book,
  clear: Clear,
  { where, lostQuietly }: { where: string; lostQuietly: string | null },
): void {
  const epoch = clear.sync?.epoch ?? null
  const next = new Map<Id, { rv: number; epoch: string | null }>()
  for (const row of clear.rec) {
    const last = book.versions.get(row.id)
    const isBack = last !== undefined && row.rv < last.rv && last.epoch === epoch
    must(
      !isBack || book.damaged.has(row.id) || epoch === lostQuietly,
      'I-16',
      () => `${where}: ${row.kind}/${row.id} went from version ${last?.rv} to ${row.rv}`,
    )
    const since = book.sinceWhen === 'known' ? epoch : null
    next.set(row.id, last?.rv === row.rv ? last : { rv: row.rv, epoch: since })
  }
  book.versions = next
  book.sinceWhen = 'known'
}

/** What was typed, without the number that the phone gave. */
const typed = ({ paperNo: _given, ...rest }: Record<string, unknown>): Record<string, unknown> => rest
