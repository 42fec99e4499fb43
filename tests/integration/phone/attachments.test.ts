import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IDBDatabase } from 'fake-indexeddb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Attachments, Parent, Taken } from '#phone/attachments/api.ts'
import { fetchFiles } from '#phone/attachments/files-net.ts'
import type { Edit, WholeNotebook } from '#phone/api.ts'
import { existingTables } from '#phone/database/existing-tables.ts'
import { handInWaiting } from '#phone/hand-in.ts'
import { fetchNet } from '#phone/net.ts'
import { NoAnswer, type Net } from '#sync/engine/ports.ts'
import { openInMemory } from '#server/database/embedded.ts'
import type { Database } from '#server/database/database.ts'
import { storedPath } from '#server/services/attachments/files.ts'
import { embeddedTemplate } from '#tests/support/databases.ts'
import { makeMe, makeBrowser, when, type Browser } from '#tests/support/phone-world.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { newDispute } from '#tests/support/server-ops.ts'
import { grantsOf, NOW, ServerWorld, VILLAGE, type Phone } from '#tests/support/server-world.ts'
import { photo, sha256 } from '#tests/support/upload-client.ts'
import { WeatherLine } from '#tests/support/weather-line.ts'

type Book = WholeNotebook & { files: Attachments }

let database: Database
let folder: string
let world: ServerWorld
let port: number

beforeAll(async () => {
  database = await openInMemory(await embeddedTemplate())
  folder = mkdtempSync(join(tmpdir(), 'mb-files-'))
  world = await ServerWorld.open(database, [], { MINGBAI_FILES: folder })
  await world.app.listen({ port: 0, host: '127.0.0.1', listenTextResolver: () => 'listening' })
  port = (world.app.server.address() as AddressInfo).port
})
afterAll(async () => {
  await world.app.close()
  await database.close()
  rmSync(folder, { recursive: true, force: true })
})

let phone: Phone
let line: WeatherLine
let browser: Browser
let metered: boolean | null

/** Holds answers of the text's way, and pieces on the files' way, until it is opened. */
interface Gates {
  text: Promise<unknown> | null
  files: Promise<unknown> | null
  /** An answer stands at the gate. */
  isAnswered: boolean
}
let gates: Gates

async function enter(options: { locks?: boolean } = {}): Promise<void> {
  gates = { text: null, files: null, isAnswered: false }
  const held = gates
  phone = await world.phone(grantsOf('mediator', VILLAGE))
  line = await WeatherLine.to(port, phone.device)
  metered = null
  books = []
  const [net, files] = [fetchNet(line.origin), fetchFiles(line.origin)]
  const ask: NonNullable<Net['head']> = net.head ?? (() => Promise.reject(new NoAnswer()))
  const atGate = async <T>(asked: Promise<T>): Promise<T> => {
    const answer = await asked
    held.isAnswered = held.text !== null
    await held.text
    return answer
  }
  browser = await makeBrowser(new TinyServer(() => NOW), {
    me: makeMe({ person: phone.person, grants: [...phone.rights.grants] }),
    device: phone.device,
    ...options,
    ports: {
      net: {
        ...net,
        exchange: (body) => atGate(net.exchange(body)),
        head: (counties) => atGate(ask(counties)),
      },
      files: {
        net: {
          ...files,
          async append(...piece) {
            await held.files
            return files.append(...piece)
          },
        },
        network: { metered: () => metered },
      },
    },
  })
}
/** Shuts a gate. @returns opens it for those who stand there */
function holdAt(gate: 'text' | 'files'): () => void {
  let go: () => void = () => undefined
  gates[gate] = new Promise<void>((done) => (go = done))
  return () => go()
}
/** The notebooks that are open, one for each tab. */
let books: Book[] = []
async function open(): Promise<Book> {
  const book = (await browser.open()) as Book
  books.push(book)
  return book
}

beforeEach(() => {
  world.now = NOW
  return enter()
})
afterEach(async () => {
  line.weather = 'down'
  await browser.closeAll()
  await line.close()
})

const taken = (bytes: Buffer, more: Partial<Taken> = {}): Taken => ({
  bytes: new Uint8Array(bytes),
  mime: 'image/jpeg',
  name: 'IMG_0001.jpg',
  thumb: '/9j/AAAA',
  takenOn: '2026-11-20',
  caption: '',
  seconds: null,
  ...more,
})

/** A dispute saved on this phone, and what files of it are added to. */
async function dispute(book: Book): Promise<Parent> {
  const id = book.newId()
  const edit: Edit = { op: 'create', kind: 'dispute', id, region: VILLAGE, args: newDispute() }
  const saved = await book.save([edit])
  expect(saved.ok).toBe(true)
  return { kind: 'dispute', id, region: VILLAGE, flags: [] }
}

/** Time passes here and at the server. */
function letPass(ms: number): void {
  browser.clock.pass(ms)
  world.now = browser.clock.now()
}

/** Lets time pass and the line work until something holds. */
async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  let idle = 0
  for (let round = 0; round < 1500; round++) {
    if (await holds()) return
    // Not while a real answer is on its way, or the phone would call the line silent.
    const isBusy = line.busy > 0 || books.some((one) => one.status.get()?.running)
    idle = isBusy ? 0 : idle + 1
    letPass(idle > 2 ? 4000 : 10)
    await new Promise((done) => setTimeout(done, 20))
  }
  throw new Error(`never: ${what}`)
}

const filesOf = (book: Book, parent: Parent) =>
  (book.files.rows.get() ?? []).filter((one) => one.of === `${parent.kind}/${parent.id}`)

async function stateOf(book: Book, id: string): Promise<unknown> {
  const opened = await when(book.open('attachment', id), (one) => one !== null, 'the file’s record')
  return opened?.body['state']
}
const allStored = (book: Book, parent: Parent, count: number) => async (): Promise<boolean> => {
  const rows = filesOf(book, parent)
  const states = await Promise.all(rows.map((one) => stateOf(book, one.id)))
  return rows.length === count && states.every((one) => one === 'stored')
}
function isKept(bytes: Buffer): boolean {
  const path = storedPath(folder, sha256(bytes))
  return existsSync(path) && readFileSync(path).equals(bytes)
}

describe('a photograph', () => {
  it('[I-41] taken without a network, the phone killed, comes back and is handed in after the text; its bytes stay', async () => {
    const bytes = photo(600_000)
    line.weather = 'down'
    const first = await open()
    const parent = await dispute(first)
    const added = await first.files.add(parent, [taken(bytes)])
    expect(added.ok).toBe(true)
    await browser.closeAll()

    line.weather = null
    const book = await open()
    await until(allStored(book, parent, 1), 'the photograph is stored')
    expect(isKept(bytes)).toBe(true)
    const texts = line.went.findIndex((one) => one.startsWith('POST /api/sync'))
    expect(texts).toBeGreaterThanOrEqual(0)
    expect(texts).toBeLessThan(line.went.findIndex((one) => one.includes('/api/files')))

    const [row] = filesOf(book, parent)
    const here = await book.files.bytes(row?.id ?? '')
    expect(Buffer.from(here ?? []).equals(bytes)).toBe(true)
    const back = await book.files.fetch(row?.id ?? '')
    expect(back.ok && Buffer.from(back.value).equals(bytes)).toBe(true)
  })

  it('[I-41] that is handed in while an exchange is under way is called so by the next one, which follows at once', async () => {
    const book = await open()
    const parent = await dispute(book)
    const openFiles = holdAt('files')
    await book.files.add(parent, [taken(photo(40_000))])
    await until(() => (book.files.waiting.get()?.sending ?? null) !== null, 'the photograph is on its way')
    // An exchange that was answered before the bytes were there.
    const openText = holdAt('text')
    const asked = book.tryNow()
    try {
      await vi.waitFor(() => expect(gates.isAnswered).toBe(true), { timeout: 10_000 })
      openFiles()
      const isIn = () => expect(book.files.waiting.get()?.sending).toBe(null)
      await vi.waitFor(isIn, { timeout: 10_000 })
    } finally {
      gates.text = null
      openFiles()
      openText()
    }
    await asked
    // No time passes for the phone: nothing but what happened wakes it.
    await vi.waitFor(async () => expect(await allStored(book, parent, 1)()).toBe(true), { timeout: 5000 })
  })

  it('[I-41] its bytes go only when the server has them, thirty-five days have passed and a backup is sure; the small picture stays', async () => {
    const bytes = photo(300_000)
    const book = await open()
    const parent = await dispute(book)
    await book.files.add(parent, [taken(bytes)])
    await until(allStored(book, parent, 1), 'stored')
    const [row] = filesOf(book, parent)
    const id = row?.id ?? ''

    // Weeks pass; no backup of the server's was ever verified.
    letPass(40 * 86_400_000)
    await book.tryNow()
    await until(async () => (await book.files.bytes(id)) !== null, 'still here')
    await database.as('owner', {}, (tx) =>
      tx.execute(`UPDATE sync_meta SET ring_safe_before = to_timestamp(${world.now / 1000})`),
    )
    await dispute(book)
    await until(() => book.status.get()?.waiting === 0, 'the phone has heard of it')
    letPass(7 * 3_600_000)
    await until(async () => (await book.files.bytes(id)) === null, 'let go')
    const opened = await when(book.open('attachment', id), (one) => one !== null, 'the record')
    expect(opened?.body['thumb']).toBe('/9j/AAAA')
    await database.as('owner', {}, (tx) => tx.execute('UPDATE sync_meta SET ring_safe_before = NULL'))
  })

  it('[I-42] however the line breaks, no more is sent than the file and one piece for each break', async () => {
    const bytes = photo(1_500_000)
    const book = await open()
    const parent = await dispute(book)
    line.breaks = [0, 1, 100_000, 262_143, 5000, 200_000, 262_143, 77_777]
    const interruptions = line.breaks.length
    await book.files.add(parent, [taken(bytes)])
    await until(allStored(book, parent, 1), 'stored')
    expect(isKept(bytes)).toBe(true)
    expect(line.breaks).toEqual([])
    expect(line.fileBytes).toBeLessThanOrEqual(bytes.length + interruptions * 262_144)
    // Every resumption asks first.
    const asked = line.went.filter((one) => one.startsWith('HEAD /api/files'))
    expect(asked.length).toBeGreaterThanOrEqual(interruptions)
  })

  it('[I-42] [I-29] a clock that is set back puts the next try off by nothing', async () => {
    const bytes = photo(200_000)
    const book = await open()
    const parent = await dispute(book)
    await until(() => book.status.get()?.waiting === 0, 'the text is there')
    line.breaks = [0, 0, 0]
    await book.files.add(parent, [taken(bytes)])
    await until(() => line.breaks.length < 3, 'a try broke off')
    browser.clock.wall -= 5 * 3_600_000
    const from = browser.clock.mono()
    await until(allStored(book, parent, 1), 'stored')
    expect(browser.clock.mono() - from).toBeLessThan(3_600_000)
  })

  it('[I-42] a lost answer is not a lost file', async () => {
    const bytes = photo(700_000)
    const book = await open()
    const parent = await dispute(book)
    line.loses = ['POST', 'PATCH', 'PATCH', 'PATCH']
    await book.files.add(parent, [taken(bytes)])
    await until(allStored(book, parent, 1), 'stored')
    expect(isKept(bytes)).toBe(true)
    expect(line.fileBytes).toBeLessThanOrEqual(bytes.length)
  })

  it.each([true, false])('[I-42] two tabs hand it in once (Web Locks: %s)', async (locks) => {
    await browser.closeAll()
    await line.close()
    await enter({ locks })
    const bytes = photo(900_000)
    const one = await open()
    const two = await open()
    const parent = await dispute(one)
    await one.files.add(parent, [taken(bytes)])
    two.files.force()
    one.files.force()
    await until(allStored(two, parent, 1), 'stored')
    expect(isKept(bytes)).toBe(true)
    expect(line.fileBytes).toBe(bytes.length)
  })

  it('[I-41] a record that the server has put back to awaited brings its bytes again', async () => {
    const bytes = photo(200_000)
    const book = await open()
    const parent = await dispute(book)
    await book.files.add(parent, [taken(bytes)])
    await until(allStored(book, parent, 1), 'stored')
    rmSync(storedPath(folder, sha256(bytes)))
    const { awaitMissing } = await import('#server/services/attachments/sweep.ts')
    const { sqlSyncDatabase } = await import('#server/repositories/sync/sync-database.ts')
    const ledger = {
      tables: sqlSyncDatabase(database),
      heads: { moved: () => undefined },
      clock: () => world.now,
    }
    expect(await awaitMissing({ database, ledger, clock: () => world.now }, folder)).toBe(1)
    await new Promise((done) => setTimeout(done, 10))
    letPass(5000)
    await until(async () => {
      await book.tryNow()
      return isKept(bytes)
    }, 'came again')
  })
})

describe('several files', () => {
  it('[L-6] of the same name, size and day stay several; of the same content, one is handed in', async () => {
    const same = photo(150_000)
    const others = photo(150_000)
    const book = await open()
    const parent = await dispute(book)
    const added = await book.files.add(parent, [taken(same), taken(same), taken(others)])
    expect(added.ok && added.value.keys.length).toBe(3)
    await until(allStored(book, parent, 3), 'all three are stored')
    expect(new Set(filesOf(book, parent).map((one) => one.id)).size).toBe(3)
    expect(isKept(same) && isKept(others)).toBe(true)
    expect(line.fileBytes).toBe(same.length + others.length)
  })

  it(
    '[TR-36] thirty days of records and photographs over a line that is down for most of them and breaks: all arrive, once, text first',
    { timeout: 120_000 },
    async () => {
      const DAYS = 30
      let book = await open()
      const photos = new Map<string, Buffer>()
      const parents: Parent[] = []
      const added: boolean[] = []
      for (let day = 0; day < DAYS; day++) {
        line.weather = 'down'
        const parent = await dispute(book)
        parents.push(parent)
        if (day % 4 === 0) {
          const bytes = photo(60_000 + day * 9000)
          photos.set(parent.id, bytes)
          added.push((await book.files.add(parent, [taken(bytes)])).ok)
        }
        if (day % 7 === 6) {
          // A moment of signal, in which a piece and an answer are lost; then the phone is switched off.
          line.weather = null
          line.breaks = [30_000]
          line.loses = ['POST']
          await book.tryNow()
          await until(() => line.loses.length === 0, 'an answer was lost')
          line.weather = 'down'
          await browser.closeAll()
          books = []
          book = await open()
        }
        letPass(86_400_000)
      }
      expect(added).not.toContain(false)
      line.weather = null
      line.breaks = [40_000, 0, 90_000]
      line.loses = ['POST', 'PATCH']
      const last = line.went.length
      await book.tryNow()
      await until(() => book.status.get()?.waiting === 0, 'all text is there')
      for (const [id, bytes] of photos) {
        const parent = parents.find((one) => one.id === id) as Parent
        await until(allStored(book, parent, 1), 'its photograph is there')
        expect(isKept(bytes)).toBe(true)
      }
      const { rows } = await database.as('owner', {}, (tx) =>
        tx.execute(
          `SELECT id FROM record WHERE kind = 'dispute' AND id IN (${parents.map(({ id }) => `'${id}'`).join()})`,
        ),
      )
      expect(rows).toHaveLength(DAYS)
      const went = line.went.slice(last)
      expect(went.findIndex((one) => one.startsWith('POST /api/sync'))).toBeLessThan(
        went.findIndex((one) => one.startsWith('PATCH /api/files')),
      )
    },
  )

  it('[D-46] of which one is not taken are refused together, and the phone goes on', async () => {
    const book = await open()
    const parent = await dispute(book)
    expect(await book.files.add(parent, [taken(Buffer.from('<html>'))])).toEqual({
      ok: false,
      reason: 'wrong-file',
    })
    const huge = Buffer.concat([photo(1000), Buffer.alloc(25 * 1024 * 1024)])
    expect(await book.files.add(parent, [taken(photo(1000)), taken(huge)])).toEqual({
      ok: false,
      reason: 'too-large',
    })
    expect(filesOf(book, parent)).toEqual([])
    expect((await book.files.add(parent, [taken(photo(1000))])).ok).toBe(true)
    await until(allStored(book, parent, 1), 'the one that was kept')
  })

  it('[I-41] what its author took back is not handed in', async () => {
    line.weather = 'down'
    const book = await open()
    const parent = await dispute(book)
    await book.files.add(parent, [taken(photo(100_000)), taken(photo(100_000))])
    await until(() => filesOf(book, parent).length === 2, 'both are listed')
    const [wrong, right] = filesOf(book, parent)
    await book.save([
      { op: 'patch', kind: 'attachment', id: wrong?.id ?? '', region: VILLAGE, args: { cancelled: true } },
    ])
    line.weather = null
    await book.tryNow()
    await until(async () => (await stateOf(book, right?.id ?? '')) === 'stored', 'the other one')
    await until(() => book.files.waiting.get()?.files === 0, 'nothing waits')
    expect(await stateOf(book, wrong?.id ?? '')).toBe('awaited')
    expect(line.fileBytes).toBe(100_000)
  })

  it('wait for a wireless network when they were asked to, and go when a person says so; text does not wait', async () => {
    metered = true
    const book = await open()
    await book.files.setWifiOnly(true)
    expect(await book.files.wifiOnly()).toBe(true)
    const parent = await dispute(book)
    await book.files.add(parent, [taken(photo(120_000))])
    await until(() => book.files.waiting.get()?.held === 'wifi', 'held back')
    await until(() => (book.status.get()?.waiting ?? 1) === 0, 'the text went')
    expect(line.fileBytes).toBe(0)
    book.files.force()
    await until(allStored(book, parent, 1), 'stored')
  })

  it('are looked at ever more seldom while their text cannot go, and go by themselves soon after it', async () => {
    line.weather = 'down'
    const book = await open()
    const parent = await dispute(book)
    await book.files.add(parent, [taken(photo(50_000))])
    await until(() => book.files.waiting.get()?.files === 1, 'it waits')
    const begun = vi.spyOn(IDBDatabase.prototype, 'transaction')
    for (let minute = 0; minute < 360; minute++) {
      letPass(60_000)
      await new Promise((done) => setTimeout(done, 4))
    }
    const looks = begun.mock.calls.filter(([stores]) => [stores].flat().join() === 'blob,rec,out').length
    begun.mockRestore()
    expect(looks).toBeGreaterThan(10)
    expect(looks, 'each of them opens every file that lies here').toBeLessThan(120)
    line.weather = null
    await until(allStored(book, parent, 1), 'stored')
  })
})

describe('without a page', () => {
  const NEEDS = ['out', 'dead', 'blob', 'chunk', 'rec', 'meta', 'key'] as const
  /** A worker of the same browser. */
  const handIn = (): ReturnType<typeof handInWaiting> =>
    handInWaiting(browser.vault, {
      ...browser.ports,
      openTables: (vault) => existingTables(vault, browser.ports, NEEDS, browser.clock.after),
    })

  /** What was photographed where there is no signal, the page closed. */
  async function photographed(bytes: Buffer): Promise<Parent> {
    line.weather = 'down'
    const book = await open()
    const parent = await dispute(book)
    await book.files.add(parent, [taken(bytes)])
    await browser.closeAll()
    line.weather = null
    return parent
  }

  it('[I-41] [I-48] a photograph follows its text by the worker alone; the next page is told that it is stored and sends nothing', async () => {
    const bytes = photo(600_000)
    const parent = await photographed(bytes)
    expect(await handIn()).toBe('idle')
    expect(isKept(bytes)).toBe(true)
    expect(line.fileBytes).toBe(bytes.length)
    const book = await open()
    await until(allStored(book, parent, 1), 'the page has heard of it')
    expect(line.fileBytes).toBe(bytes.length)
    expect(
      Buffer.from((await book.files.bytes(filesOf(book, parent)[0]?.id ?? '')) ?? []).equals(bytes),
    ).toBe(true)
  })

  it('[I-42] a worker whose line breaks asks to be called again, and goes on where the server stands; so does a page after it', async () => {
    const bytes = photo(900_000)
    const parent = await photographed(bytes)
    line.breaks = [200_000]
    expect(await handIn()).toBe('backing-off')
    const sent = line.fileBytes
    expect(sent).toBeGreaterThanOrEqual(200_000)
    line.breaks = [Infinity, 100_000]
    expect(await handIn()).toBe('backing-off')
    expect(line.fileBytes).toBeGreaterThan(sent)
    const book = await open()
    await until(allStored(book, parent, 1), 'the page brought the rest')
    expect(isKept(bytes)).toBe(true)
    expect(line.fileBytes).toBeLessThanOrEqual(bytes.length + 2 * 262_144)
  })

  it('[I-41] what waits for a wireless network waits for it in the worker too', async () => {
    const bytes = photo(50_000)
    metered = true
    const first = await open()
    await first.files.setWifiOnly(true)
    await browser.closeAll()
    await photographed(bytes)
    expect(await handIn()).toBe('idle')
    expect(isKept(bytes)).toBe(false)
    metered = false
    expect(await handIn()).toBe('idle')
    expect(isKept(bytes)).toBe(true)
  })

  it('[I-48] the browser is asked for it when a page is left while nothing but a photograph waits', async () => {
    let isAsked: () => boolean = () => false
    browser.ports.background = {
      failed: () => undefined,
      onLeave(_vault, isWaiting) {
        isAsked = isWaiting
        return () => undefined
      },
    }
    const book = await open()
    const parent = await dispute(book)
    line.breaks = Array.from({ length: 500 }, () => 0)
    await book.files.add(parent, [taken(photo(50_000))])
    await until(() => line.breaks.length < 500 && book.status.get()?.waiting === 0, 'only the bytes wait')
    expect(isAsked()).toBe(true)
    line.breaks = []
    await until(allStored(book, parent, 1), 'stored')
    // The page counts anew a moment after its database has it.
    await until(() => !isAsked(), 'nothing is left to ask for')
    expect(isAsked()).toBe(false)
  })

  it.each([true, false])(
    '[I-42] a worker leaves to a page what the page is handing in (Web Locks: %s)',
    async (locks) => {
      await browser.closeAll()
      await line.close()
      await enter({ locks })
      const bytes = photo(300_000)
      const book = await open()
      const parent = await dispute(book)
      const openFiles = holdAt('files')
      await book.files.add(parent, [taken(bytes)])
      await until(() => (book.files.waiting.get()?.sending ?? null) !== null, 'the photograph is on its way')
      const asked = line.went.length
      await handIn()
      expect(line.went.slice(asked).filter((one) => one.includes('/api/files'))).toEqual([])
      openFiles()
      await until(allStored(book, parent, 1), 'stored')
      expect(line.fileBytes).toBe(bytes.length)
    },
  )
})
