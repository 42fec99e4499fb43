import { IDBFactory } from 'fake-indexeddb'
import { afterEach, describe, expect, it } from 'vitest'
import type { WholeNotebook } from '#phone/api.ts'
import { createContentShelf } from '#phone/content-shelf.ts'
import { CURRENT, openShelf, PARTIAL, putPack, readPack, yieldContent } from '#phone/content-rows.ts'
import type { Room } from '#phone/care.ts'
import type { PhonePorts } from '#phone/ports.ts'
import { roomForContent } from '#phone/storage-facts.ts'
import { readMarks } from '#phone/vaults.ts'
import { makeOp } from '#tests/support/make-op.ts'
import { VILLAGE } from '#tests/support/make-rights.ts'
import { MemoryStorage } from '#tests/support/memory-tables.ts'
import { expectSound, heldBy } from '#tests/support/phone-check.ts'
import { outreachEdit, disputeEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, START_AT, when, type Browser } from '#tests/support/phone-world.ts'
import { plainSealer } from '#tests/support/plain-sealer.ts'

const RESERVE = 20_000
let browser: Browser
let server: TinyServer
afterEach(() => browser.closeAll())

const idAt = (at: number): string => `01912345-0000-7000-8000-${String(at).padStart(12, '0')}`

/** A phone whose vault lies in memory with a capacity, and a reserve. */
async function phone(more: Partial<PhonePorts> = {}) {
  const storage = new MemoryStorage()
  const { openTables, peekTables, listVaults } = storage
  const ports = { openTables, peekTables, listVaults, openSealer: async () => plainSealer }
  server = new TinyServer(() => START_AT)
  browser = await makeBrowser(server, { ports: { ...ports, reserveBytes: RESERVE, ...more } })
  browser.sky.now = 'down'
  const book = await browser.open()
  await reserveIs(RESERVE)
  return { storage, book }
}

const reserved = async (): Promise<number> =>
  ((await heldBy(browser)).raw['reserve'] as { bytes: Uint8Array }[]).reduce(
    (sum, one) => sum + one.bytes.length,
    0,
  )

async function reserveIs(bytes: number): Promise<void> {
  for (let tries = 0; (await reserved()) !== bytes; tries++) {
    if (tries > 200) throw new Error(`the reserve is ${await reserved()}`)
    await new Promise((go) => setTimeout(go, 5))
  }
}

const saveOne = (book: WholeNotebook) => book.save([outreachEdit(book.newId())])

/** Waits until the page would say so. */
const roomIs = (book: WholeNotebook, room: Room) => when(book.care.health, (one) => one.room === room, room)

describe('a store that gets full', () => {
  it('[L-29] [I-4] takes text into the reserve, then refuses the whole edit, and keeps everything that was there', async () => {
    const { storage, book } = await phone()
    expect(await saveOne(book)).toMatchObject({ ok: true })
    await roomIs(book, 'plenty')
    storage.capacity = storage.bytes + 100
    expect(await saveOne(book)).toMatchObject({ ok: true })
    expect(await reserved()).toBe(0)
    expect((await expectSound(browser)).out).toHaveLength(2)
    await roomIs(book, 'low')
    let saved = 2
    while ((await saveOne(book)).ok) saved++
    expect(await saveOne(book)).toEqual({ ok: false, reason: 'storage-full' })
    expect(saved).toBeGreaterThan(4)
    await roomIs(book, 'full')
    expect(readMarks(browser.ports.marks).room).toBe('full')
    const draft = {
      id: book.newId(),
      form: 'dispute',
      title: '',
      at: 1,
      values: { facts: '水'.repeat(3000) },
    }
    expect(await book.drafts.put(draft)).toEqual({ ok: false, reason: 'storage-full' })
    expect((await expectSound(browser)).out).toHaveLength(saved)
    // What waits still goes: handing in writes too, and is helped like a save.
    storage.capacity += 10_000
    browser.sky.now = null
    await book.tryNow()
    const held = await expectSound(browser)
    expect([held.out.length, held.ring.length]).toEqual([0, saved])
  })

  it('[L-29] [I-4] hears what was decided when there is no room for what is new: what waited is handed in', async () => {
    const { storage, book } = await phone()
    for (let at = 0; at < 3; at++) expect(await saveOne(book)).toMatchObject({ ok: true })
    for (let at = 0; at < 30; at++)
      await server.other(makeOp({ n: at + 1, e: ['dispute', idAt(at)], r: VILLAGE }))
    // A page of records is what finds no room.
    storage.weather.commit = ({ stores }) => {
      if (stores.includes('cur') && stores.includes('rec'))
        throw new DOMException('no room', 'QuotaExceededError')
    }
    browser.sky.now = null
    await book.tryNow()
    const held = await expectSound(browser)
    expect([held.out.length, held.ring.length]).toEqual([0, 3])
    expect(book.status.get()?.link, 'the line is not to blame').toBe('up')
    browser.faults.splice(0)
    storage.weather = {}
    await book.tryNow()
    expect((await expectSound(browser)).recs).toHaveLength(33)
  })

  it('[I-4] that takes nothing more keeps nobody from opening, reading and handing in, whatever stood aside', async () => {
    const { storage, book } = await phone()
    expect(await saveOne(book)).toMatchObject({ ok: true })
    Object.assign(browser.sky, { now: null, instead: { status: 413 } })
    await book.tryNow()
    expect((await heldBy(browser)).out.map(({ row }) => row.state)).toEqual(['held'])
    await browser.closeAll()
    storage.weather.commit = ({ durability }) => {
      if (durability === 'relaxed') throw new DOMException('no room', 'QuotaExceededError')
    }
    browser.sky.now = 'down'
    const again = await browser.open()
    expect(await when(again.rows, (rows) => rows.length === 1)).toHaveLength(1)
    expect(again.status.get()).toMatchObject({ waiting: 1 })
    storage.weather = {}
    Object.assign(browser.sky, { now: null, instead: null })
    await again.tryNow()
    expect((await expectSound(browser)).out).toEqual([])
    browser.faults.splice(0)
  })

  it('[L-29] lets public content go before it refuses text, and makes the reserve anew when there is room', async () => {
    let content = 50_000
    const { storage, book } = await phone({
      async yieldContent() {
        if (content === 0) return false
        storage.capacity = (storage.capacity ?? 0) + content
        content = 0
        return true
      },
    })
    storage.capacity = storage.bytes + 100
    for (let at = 0; at < 40; at++) expect(await saveOne(book)).toMatchObject({ ok: true })
    expect(content).toBe(0)
    storage.capacity = null
    browser.clock.pass(700_000)
    expect(await saveOne(book)).toMatchObject({ ok: true })
    await reserveIs(RESERVE)
    browser.clock.pass(100_000)
    await roomIs(book, 'plenty')
    expect(readMarks(browser.ports.marks).room).toBeUndefined()
  })

  it('[L-29] refuses files while room is low, and takes text; what the server can send again is not helped', async () => {
    const space = { quota: 1_000_000_000, usage: 100 }
    const { storage, book } = await phone({ space: async () => space })
    const parent = book.newId()
    await book.save([disputeEdit(parent)])
    const files = (book as unknown as { files: { add(...args: unknown[]): Promise<unknown> } }).files
    const photo = () => ({
      bytes: new Uint8Array([0xff, 0xd8, 0xff, 0xe0, ...new Uint8Array(5000)]),
      mime: 'image/jpeg',
      name: '',
      thumb: null,
      takenOn: '2026-11-20',
      caption: '',
      seconds: null,
    })
    const to = { kind: 'dispute', id: parent, region: (book.rows.get() ?? [])[0]?.region, flags: [] }
    expect(await files.add(to, [photo()])).toMatchObject({ ok: true })
    space.usage = space.quota - 1000
    expect(await files.add(to, [photo()])).toEqual({ ok: false, reason: 'storage-low' })
    expect(await saveOne(book)).toMatchObject({ ok: true })
    storage.capacity = storage.bytes
    await book.deskCache.put('/api/desk/overview', { disputes: 1 }, 1)
    expect(await book.deskCache.get('/api/desk/overview')).toBeNull()
    expect(await reserved()).toBe(RESERVE)
  })

  it('counts what it keeps by its own account', async () => {
    const { book } = await phone()
    const before = (await when(book.care.health, () => true)).workBytes ?? 0
    for (let at = 0; at < 5; at++) await saveOne(book)
    browser.clock.pass(61_000)
    const { raw } = await heldBy(browser)
    const boxes = ['rec', 'out'].flatMap((store) => raw[store] as { box: Uint8Array }[])
    const bytes = boxes.reduce((sum, row) => sum + row.box.length, 0)
    const grown = await when(book.care.health, (one) => (one.workBytes ?? 0) > before)
    const after = grown.workBytes ?? 0
    expect(after - before).toBeGreaterThanOrEqual(bytes)
    expect(after - before).toBeLessThan(bytes + 2000)
  })
})

describe('public content', () => {
  const pack = (name: string) => ({ name, sha256: 'a'.repeat(64), bytes: new Uint8Array(1000) })
  const index = {
    format: 1,
    version: '2026-11-01',
    pack: `pack-${'0'.repeat(16)}.json`,
    hash: 'a'.repeat(64),
    sha256: 'b'.repeat(64),
    bytes: 9,
  }

  it('[L-29] is not fetched when it would not fit, and that is known before it is begun', async () => {
    browser = await makeBrowser(new TinyServer(() => START_AT))
    const asked: string[] = []
    const sizes: number[] = []
    const shelf = createContentShelf({
      indexedDB: new IDBFactory(),
      subtle: crypto.subtle,
      async fits(bytes) {
        sizes.push(bytes)
        return false
      },
      async fetch(url) {
        asked.push(url)
        return new Response(JSON.stringify({ ...index, bytes: 5_000_000 }))
      },
    })
    expect(await shelf.look()).toBe('no-room')
    expect([asked, sizes]).toEqual([['/api/content/index.json'], [5_000_000]])
    shelf.close()
  })

  it('[L-29] fits while work has plenty of room, and beside it', async () => {
    browser = await makeBrowser(new TinyServer(() => START_AT))
    const { marks } = browser.ports
    const storage = (free: number) => ({
      estimate: async () => ({ quota: 2_000_000_000, usage: 2_000_000_000 - free }),
    })
    expect(await roomForContent(1_000_000, marks, storage(500_000_000))).toBe(true)
    expect(await roomForContent(1_000_000, marks, storage(50_000_000))).toBe(false)
    expect(await roomForContent(1_000_000, marks, {})).toBe(true)
    marks.set(JSON.stringify({ current: null, vaults: [], room: 'low' }))
    expect(await roomForContent(1_000_000, marks, storage(500_000_000))).toBe(false)
  })

  it('[L-29] goes when work needs the room: what is half fetched first, then the rest', async () => {
    browser = await makeBrowser(new TinyServer(() => START_AT))
    const factory = new IDBFactory()
    expect(await yieldContent(factory)).toBe(false)
    const db = await openShelf(factory)
    await putPack(db, pack(CURRENT))
    await putPack(db, pack(PARTIAL))
    expect(await yieldContent(factory)).toBe(true)
    expect([await readPack(db, PARTIAL), (await readPack(db, CURRENT))?.name]).toEqual([undefined, CURRENT])
    expect(await yieldContent(factory)).toBe(true)
    expect(await yieldContent(factory)).toBe(false)
    db.close()
  })
})
