import { IDBFactory } from 'fake-indexeddb'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Id } from '#domain/id.ts'
import type { WholeNotebook } from '#phone/api.ts'
import type { Bytes } from '#phone/database/rows.ts'
import { enterVault, knownDevice, openVault } from '#phone/enrolment.ts'
import { firstRead } from '#phone/first-read.ts'
import { createNotebook } from '#phone/notebook.ts'
import { isOf, SUITES } from '#phone/seal/box.ts'
import type { Secret, VaultKeys } from '#phone/seal/envelope.ts'
import { openVaultSealer, readKeys, standOf } from '#phone/seal/vault-key.ts'
import { openLockedBook } from '#phone/vault/locked-book.ts'
import { triesLeft, unlockVault } from '#phone/vault/unlock.ts'
import { waitingPeople } from '#phone/waiting-people.ts'
import { LANDED, phoneOf } from '#tests/contract/landed.ts'
import {
  makeMe,
  makeBrowser,
  START_AT,
  TestClock,
  titles,
  when,
  type Browser,
  type BrowserPorts,
} from '#tests/support/phone-world.ts'
import { heldBy } from '#tests/support/phone-check.ts'
import { restorePhone } from '#tests/support/phone-dump.ts'
import { disputeEdit, outreachEdit, patchEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'

/** A phone that may have no memory for Argon2id. */
const argon = vi.hoisted(() => ({ hasMemory: true }))
vi.mock('#phone/backup/argon2.ts', async (original) => {
  const real = await original<typeof import('#phone/backup/argon2.ts')>()
  const argon2: typeof real.argon2 = (wish) =>
    argon.hasMemory
      ? real.argon2(wish)
      : Promise.reject(new RangeError('WebAssembly.Memory(): could not allocate'))
  return { ...real, argon2 }
})

const PIN = '739264'
const WRONG = '480957'

let browser: Browser
let keys: VaultKeys | null = null
const books: { close(): unknown }[] = []
afterEach(async () => {
  await Promise.all(books.splice(0).map((one) => one.close()))
  await browser.closeAll()
  keys = null
})

/** A browser whose sealer has the keys that were unlocked last; a page that is loaded anew has none. */
async function phone(
  server = new TinyServer(() => START_AT),
  clock = new TestClock(),
): Promise<BrowserPorts> {
  browser = await makeBrowser(server, { clock, device: 7 })
  const { ports } = browser
  ports.openSealer = (tables) => openVaultSealer(tables, ports.crypto, keys)
  return ports
}

async function open(ports: BrowserPorts, vault = browser.vault): Promise<WholeNotebook> {
  const book = await createNotebook(ports, { vault })
  books.push(book)
  return book
}

/** Sets a PIN at the least cost there may be: this phone is slow as far as it can tell. */
async function setPin(book: WholeNotebook, pin: string) {
  const { clock } = browser
  const { mono } = clock
  let [slow, step] = [clock.ran, 1000]
  clock.mono = () => (slow += step *= 2)
  return book.guard?.set(pin).finally(() => (clock.mono = mono))
}

const shut = async (): Promise<void> => {
  await Promise.all(books.splice(0).map((one) => one.close()))
  keys = null
}

async function trySecret(ports: BrowserPorts, secret: Secret, vault = browser.vault) {
  const tables = await ports.openTables(vault)
  const done = await unlockVault(tables, secret, ports).finally(() => tables.close())
  if (done.ok) keys = done.value
  return done
}

const tryPin = (ports: BrowserPorts, pin: string, vault = browser.vault) =>
  trySecret(ports, { by: 'pin', words: pin }, vault)

const stand = async (ports: BrowserPorts, vault = browser.vault) => {
  const tables = await ports.openTables(vault)
  return standOf(tables).finally(() => tables.close())
}

/** Every box of a database with the suite it is of. */
async function suites(ports: BrowserPorts, vault: string): Promise<Record<string, number[]>> {
  const tables = await ports.openTables(vault)
  const stores = ['rec', 'out', 'dead', 'ring', 'draft', 'meta', 'desk', 'blob', 'chunk'] as const
  const rows = await tables.read(stores, (all) =>
    Promise.all(stores.map(async (name) => [name, await all[name].all()] as const)),
  )
  tables.close()
  return Object.fromEntries(
    rows.map(([name, found]) => [
      name,
      found.flatMap((row) =>
        Object.values(row).flatMap((one: unknown) => (one instanceof Uint8Array ? [one[1] as number] : [])),
      ),
    ]),
  )
}

/** Waits until nothing is left under the plain key and the key is gone. */
async function resealed(ports: BrowserPorts, vault = browser.vault): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const tables = await ports.openTables(vault)
    const plain = await tables.read(['key'], ({ key }) => key.get('vault'))
    tables.close()
    if (!plain) return
    await new Promise((go) => setTimeout(go, 10))
  }
  throw new Error('the plain key is still there')
}

describe('a PIN on a phone that had none', () => {
  it('[TR-03] locks everything, opens with it, and leaves nothing under the plain key', async () => {
    const ports = await phone()
    browser.sky.now = 'down'
    let book = await open(ports)
    const id = book.newId()
    await book.save([disputeEdit(id, { facts: '水沟堵了' })])
    await book.drafts.put({ id: book.newId(), form: 'outreach', title: '没写完', at: 1, values: {} })
    expect(await setPin(book, '123456')).toEqual({ ok: false, reason: 'sequence' })
    expect(await setPin(book, PIN)).toEqual({ ok: true, value: true })
    // The page that set it holds the old key still: nothing more may go under that.
    expect(await book.save([patchEdit(id, { facts: '太迟' })])).toMatchObject({ ok: false })
    await shut()
    expect(await stand(ports)).toBe('locked')
    expect(await firstRead(browser.vault, ports)).toMatchObject({
      locked: true,
      me: null,
      rows: [],
      waiting: 1,
    })
    await expect(open(ports)).rejects.toThrow('locked')
    expect(await tryPin(ports, WRONG)).toMatchObject({ ok: false, reason: 'wrong' })
    await expect(open(ports)).rejects.toThrow('locked')
    expect(await tryPin(ports, PIN)).toMatchObject({ ok: true })
    book = await open(ports)
    const opened = await when(book.open('dispute', id), (one) => one !== null)
    expect(opened?.body).toMatchObject({ facts: '水沟堵了' })
    await resealed(ports)
    const all = await suites(ports, browser.vault)
    const { meta, ...others } = all
    expect(new Set(Object.values(others).flat())).toEqual(new Set([SUITES.vault]))
    expect(new Set(meta)).toEqual(new Set([SUITES.vault, SUITES.capture]))
    await book.save([patchEdit(id, { facts: '清了' })])
    browser.sky.now = null
    await book.tryNow()
    await when(book.status, (status) => status.waiting === 0)
    expect(await book.guard?.hasPin()).toBe(true)
    expect(await setPin(book, WRONG)).toEqual({ ok: false, reason: 'has-pin' })
    expect(await book.guard?.change({ by: 'pin', words: WRONG }, { by: 'pin', words: '60482759' })).toEqual({
      ok: false,
      reason: 'wrong',
    })
    expect(
      await book.guard?.change({ by: 'pin', words: PIN }, { by: 'pin', words: '60482759' }),
    ).toMatchObject({ ok: true })
    await shut()
    expect(await tryPin(ports, PIN)).toMatchObject({ reason: 'wrong' })
    expect(await tryPin(ports, '60482759')).toMatchObject({ ok: true })
  })

  it('[TR-03] a passphrase beside the PIN opens it too, and sets another PIN for whoever forgot theirs', async () => {
    const ports = await phone()
    browser.sky.now = 'down'
    let book = await open(ports)
    const id = book.newId()
    await book.save([disputeEdit(id)])
    await setPin(book, PIN)
    await shut()
    await tryPin(ports, PIN)
    book = await open(ports)
    const pin = { by: 'pin', words: PIN } as const
    for (const words of ['柿子熟了', '12345678', '啊啊啊啊啊啊啊啊'])
      expect(await book.guard?.change(pin, { by: 'passphrase', words })).toEqual({
        ok: false,
        reason: 'weak-passphrase',
      })
    const phrase = { by: 'passphrase', words: '后山的柿子熟了三回 Café' } as const
    expect(await book.guard?.change(pin, phrase)).toMatchObject({ ok: true })
    expect(await book.guard?.change({ ...phrase, words: '后山的柿子' }, pin)).toMatchObject({
      reason: 'wrong',
    })
    await shut()
    // Another keyboard composes the accent by itself and leaves a blank behind.
    expect(await trySecret(ports, { ...phrase, words: ` ${phrase.words.normalize('NFD')} ` })).toMatchObject({
      ok: true,
    })
    book = await open(ports)
    expect((await when(book.open('dispute', id), (one) => one !== null))?.id).toBe(id)
    expect(await book.guard?.change(phrase, { by: 'pin', words: '60482759' })).toMatchObject({ ok: true })
    await shut()
    expect(await tryPin(ports, PIN)).toMatchObject({ reason: 'wrong' })
    expect(await tryPin(ports, '60482759')).toMatchObject({ ok: true })
  })

  it('[TR-03] when more is asked for than its PIN was made for, it is made anew with the next unlock, and nothing else is', async () => {
    const ports = await phone()
    browser.sky.now = 'down'
    const book = await open(ports)
    await book.save([disputeEdit(book.newId())])
    await setPin(book, PIN)
    const phrase = { by: 'passphrase', words: '后山的柿子熟了三回' } as const
    const pin = { by: 'pin', words: PIN } as const
    await shut()
    await tryPin(ports, PIN)
    await (await open(ports)).guard?.change(pin, phrase)
    await shut()
    const more = { m: 24_576, t: 3 }
    const costs = async () => {
      const tables = await ports.openTables(browser.vault)
      const { envelope } = await readKeys(tables).finally(() => tables.close())
      return envelope?.wraps.map(({ by, kdf }) => [by, kdf.m >= more.m && kdf.t >= more.t])
    }
    const asked = async (words: string) => {
      const tables = await ports.openTables(browser.vault)
      return unlockVault(tables, { by: 'pin', words }, ports, more).finally(() => tables.close())
    }
    expect(await asked(WRONG)).toMatchObject({ ok: false })
    expect((await costs())?.some(([, isRaised]) => isRaised)).toBe(false)
    expect(await asked(PIN)).toMatchObject({ ok: true })
    expect(new Map((await costs()) as [string, boolean][])).toEqual(
      new Map([
        ['pin', true],
        ['passphrase', false],
      ]),
    )
    expect(await tryPin(ports, PIN)).toMatchObject({ ok: true })
    expect(await trySecret(ports, phrase)).toMatchObject({ ok: true })
    expect((await when((await open(ports)).rows, (rows) => rows.length > 0)).length).toBe(1)
  })

  it('[TR-03] another tab that holds the plain key writes nothing under it any more', async () => {
    const ports = await phone()
    browser.sky.now = 'down'
    const [one, other] = [await open(ports), await open(ports)]
    await one.save([disputeEdit(one.newId())])
    expect(await setPin(one, PIN)).toMatchObject({ ok: true })
    expect(await other.save([disputeEdit(other.newId())])).toEqual({ ok: false, reason: 'storage-broken' })
    expect(await setPin(other, WRONG)).toEqual({ ok: false, reason: 'has-pin' })
    await shut()
    await tryPin(ports, PIN)
    const book = await open(ports)
    expect((await when(book.rows, (rows) => rows.length > 0)).length).toBe(1)
  })
})

describe.each(LANDED)('a phone from landing %i that gets a PIN', (landed) => {
  const fixture = phoneOf(landed)

  async function oldPhone(): Promise<BrowserPorts> {
    const clock = new TestClock()
    clock.wall = fixture.at
    const ports = await phone(new TinyServer(() => fixture.at), clock)
    ports.indexedDB = new IDBFactory()
    await restorePhone(ports.indexedDB, fixture.dump)
    browser.marks.text = fixture.marks
    browser.sky.now = 'down'
    const book = await open(ports, fixture.vault)
    expect(await setPin(book, PIN)).toMatchObject({ ok: true })
    await shut()
    return ports
  }

  it('[TR-03] [TR-12] shows and holds all it did, however often it is killed while its rows are sealed anew', async () => {
    const ports = await oldPhone()
    const total = Object.values(await suites(ports, fixture.vault)).flat()
    let kills = 0
    for (let left = Infinity; left > 0; kills++) {
      const done = await tryPin(ports, PIN, fixture.vault)
      if (!done.ok) throw new Error(done.reason)
      // The phone goes off after so many writes of this life.
      let writes = 0
      const { openTables } = ports
      ports.openTables = async (vault) => {
        const tables = await openTables(vault)
        return {
          ...tables,
          write: (stores, durability, work) =>
            kills < 12 && ++writes > 3 + (kills % 3)
              ? Promise.reject(new DOMException('the phone is off', 'UnknownError'))
              : tables.write(stores, durability, work),
        }
      }
      const book = await createNotebook(ports, { vault: fixture.vault }).catch(() => null)
      if (book && kills < 12) await new Promise((go) => setTimeout(go, 40))
      if (book && kills >= 12) await resealed({ ...ports, openTables }, fixture.vault)
      await book?.close().catch(() => undefined)
      ports.openTables = openTables
      keys = null
      left = Object.values(await suites(ports, fixture.vault))
        .flat()
        .filter((one) => one === SUITES.plain).length
      if (kills > 40) throw new Error('it does not come to an end')
    }
    expect(kills).toBeGreaterThan(2)
    await tryPin(ports, PIN, fixture.vault)
    const book = await open(ports, fixture.vault)
    await resealed(ports, fixture.vault)
    expect(titles(await when(book.rows, (rows) => rows.length > 0))).toEqual(fixture.seen.titles)
    const queue = await when(book.queue, (list) => list.length > 0)
    expect(queue.map(({ n, key }) => ({ n, key }))).toEqual(fixture.seen.waiting)
    expect((await when(book.status, (status) => status.refused > 0)).refused).toBe(fixture.seen.refused)
    expect((await when(book.drafts.list, (list) => list.length > 0)).map((one) => one.title)).toEqual(
      fixture.seen.drafts,
    )
    expect(await book.deskCache.get('/api/desk/overview')).toMatchObject({ value: { disputes: 1 } })
    const now = Object.values(await suites(ports, fixture.vault)).flat()
    expect(now.filter((one) => one === SUITES.plain)).toEqual([])
    expect(now.length).toBeGreaterThanOrEqual(total.length)
  })
})

describe('a locked phone', () => {
  async function locked(): Promise<{ ports: BrowserPorts; server: TinyServer; old: Id }> {
    const server = new TinyServer(() => START_AT)
    const ports = await phone(server)
    const book = await open(ports)
    const old = book.newId()
    await book.save([disputeEdit(old, { facts: '水沟堵了' })])
    await book.tryNow()
    expect(await setPin(book, PIN)).toMatchObject({ ok: true })
    await shut()
    return { ports, server, old }
  }

  it('[TR-17] saves what is new without PIN, session or network, and hands it in once after the unlock', async () => {
    const { ports, server, old } = await locked()
    browser.sky.now = 'down'
    const book = await openLockedBook(ports, browser.vault)
    if (!book) throw new Error('it does not open for writing')
    books.push(book)
    expect(book.me.person).toBe(makeMe().person)
    const [id, session, draft] = [book.newId(), book.newId(), book.newId()]
    await book.putDraft({ id: draft, form: 'dispute', title: '锁着写的', at: 1, values: { facts: '一半' } })
    expect(await book.save([disputeEdit(id, { facts: '锁着记的' })])).toMatchObject({ ok: true })
    expect(await book.save([outreachEdit(session)])).toMatchObject({ ok: true })
    // What is in the vault cannot be read, and so not changed.
    expect(await book.save([patchEdit(old, { facts: '改' })])).toEqual({ ok: false, reason: 'locked' })
    const held = await suites(ports, browser.vault)
    expect(held['out']).toEqual([SUITES.sealed, SUITES.sealed])
    expect(held['draft']).toEqual([SUITES.sealed])
    await shut()
    expect(await waitingPeople(ports)).toEqual([{ vault: expect.any(String), name: null, records: 2 }])
    await tryPin(ports, PIN)
    const open1 = await open(ports)
    const rows = await when(open1.rows, (all) => all.length === 3)
    expect(rows.map((row) => row.id).sort()).toEqual([old, id, session].sort())
    const read = await when(open1.open('dispute', id), (one) => one !== null)
    expect(read?.body).toMatchObject({ facts: '锁着记的' })
    expect((await open1.drafts.get(draft))?.values).toEqual({ facts: '一半' })
    const before = server.applied.length
    browser.sky.now = null
    await open1.tryNow()
    await when(open1.status, (status) => status.waiting === 0)
    expect(server.applied.slice(before).map((one) => one.op.e[1])).toEqual([id, session])
    await open1.save([patchEdit(id, { facts: '后来又改' })])
    await open1.tryNow()
    await when(open1.status, (status) => status.waiting === 0)
    expect(server.applied.length).toBe(before + 3)
  })

  it('[TR-17] is found by its person who signs in again, and takes the new number in at the unlock', async () => {
    const { ports } = await locked()
    const book = await openLockedBook(ports, browser.vault)
    await book?.save([disputeEdit(book.newId())])
    book?.close()
    const entered = await enterVault({ me: makeMe(), device: 19, epoch: 'e1', scopeRev: 2 }, ports)
    expect(entered).toEqual({ ok: true, value: browser.vault })
    expect(await openVault(ports)).toEqual({ vault: browser.vault, vanished: null })
    expect(await knownDevice(ports)).toBe(7)
    await tryPin(ports, PIN)
    browser.sky.now = 'down'
    const opened = await open(ports)
    await when(opened.rows, (rows) => rows.length === 2)
    await opened.close()
    expect((await heldBy({ ports, vault: browser.vault })).device).toBe(19)
    expect(await knownDevice(ports)).toBe(19)
  })
})

describe('tries at the PIN', () => {
  async function withPin(): Promise<{ ports: BrowserPorts; clock: TestClock }> {
    const clock = new TestClock()
    const ports = await phone(new TinyServer(() => START_AT), clock)
    browser.sky.now = 'down'
    const book = await open(ports)
    await book.save([disputeEdit(book.newId(), { facts: '没交的' })])
    expect(await setPin(book, PIN)).toMatchObject({ ok: true })
    await shut()
    return { ports, clock }
  }
  const left = async (ports: BrowserPorts) => {
    const tables = await ports.openTables(browser.vault)
    return triesLeft(tables, ports).finally(() => tables.close())
  }
  const MINUTE = 60_000

  it('[TR-04] are counted before the PIN is looked at: killed in between, it has been one', async () => {
    const { ports } = await withPin()
    const { subtle } = crypto
    const dying = new Proxy(crypto, {
      get: (target, name) => {
        if (name !== 'subtle') {
          const own: unknown = Reflect.get(target, name, target)
          return typeof own === 'function' ? own.bind(target) : own
        }
        return new Proxy(subtle, {
          get: (inner, word) => {
            if (word === 'unwrapKey') return () => Promise.reject(new DOMException('off', 'UnknownError'))
            const own: unknown = Reflect.get(inner, word, inner)
            return typeof own === 'function' ? own.bind(inner) : own
          },
        })
      },
    })
    for (let kill = 1; kill <= 4; kill++) {
      await expect(tryPin({ ...ports, crypto: dying }, PIN)).rejects.toThrow('off')
      expect((await left(ports)).failed).toBe(kill)
    }
    expect(await tryPin(ports, PIN)).toMatchObject({ ok: true })
    expect(await left(ports)).toEqual({ failed: 0, left: 10, wait: 0 })
  })

  it('[TR-04] are none when the phone had no memory to look at the PIN', async () => {
    const { ports } = await withPin()
    await tryPin(ports, WRONG)
    argon.hasMemory = false
    for (let at = 0; at < 12; at++) expect(await tryPin(ports, PIN)).toMatchObject({ reason: 'memory' })
    expect((await left(ports)).failed).toBe(1)
    argon.hasMemory = true
    expect(await tryPin(ports, PIN)).toMatchObject({ ok: true })
  })

  it(
    '[TR-04] wait longer and longer; the tenth ends the vault and keeps what was not handed in',
    { timeout: 60_000 },
    async () => {
      const { ports, clock } = await withPin()
      for (let at = 1; at <= 5; at++) expect(await tryPin(ports, WRONG)).toMatchObject({ reason: 'wrong' })
      expect(await tryPin(ports, PIN)).toEqual({ ok: false, reason: 'wait', wait: 30_000 })
      // The clock set forward helps nobody while the page lives; set back, neither.
      clock.wall += 365 * 24 * 60 * MINUTE
      expect(await tryPin(ports, PIN)).toMatchObject({ reason: 'wait' })
      clock.wall -= 2 * 365 * 24 * 60 * MINUTE
      expect(await tryPin(ports, PIN)).toMatchObject({ reason: 'wait', wait: 30_000 })
      for (const minutes of [0.5, 1, 5, 15]) {
        clock.pass(minutes * MINUTE)
        expect(await tryPin(ports, WRONG)).toMatchObject({ reason: 'wrong' })
      }
      expect((await left(ports)).left).toBe(1)
      clock.pass(60 * MINUTE)
      const before = await suites(ports, browser.vault)
      expect(await tryPin(ports, WRONG)).toMatchObject({ reason: 'ended' })
      expect(await tryPin(ports, PIN)).toMatchObject({ reason: 'ended' })
      expect(await stand(ports)).toBe('ended')
      expect(await suites(ports, browser.vault)).toEqual(before)
      await expect(open(ports)).rejects.toThrow('locked')
      // The next start asks who it is; the same person begins beside it, and what waits is named.
      expect(await openVault(ports)).toBeNull()
      expect(await waitingPeople(ports)).toEqual([{ vault: expect.any(String), name: null, records: 1 }])
      const anew = await enterVault({ me: makeMe(), device: 8, epoch: 'e1', scopeRev: 1 }, ports)
      expect(anew.ok && anew.value !== browser.vault).toBe(true)
    },
  )

  it('[TR-04] with nothing unsent the tenth destroys the envelope whole', { timeout: 60_000 }, async () => {
    const clock = new TestClock()
    const ports = await phone(new TinyServer(() => START_AT), clock)
    const book = await open(ports)
    await setPin(book, PIN)
    await shut()
    for (let at = 1; at <= 10; at++) {
      clock.pass(60 * MINUTE)
      await tryPin(ports, WRONG)
    }
    const held = await ports.openTables(browser.vault)
    const rows = await held.read(['key'], ({ key }) => key.all())
    held.close()
    expect(rows.map((one) => one.name).sort()).toEqual(['capture', 'envelope'])
    expect(rows.find((one) => one.name === 'envelope')).toEqual({
      name: 'envelope',
      ended: { id: expect.any(String), at: expect.any(Number) },
    })
  })
})

it('[TR-12] a box says by its first bytes how it was sealed', () => {
  expect(isOf(SUITES.plain, new Uint8Array([0, 1]) as Bytes)).toBe(true)
  expect(isOf(SUITES.vault, new Uint8Array([1, 3]) as Bytes)).toBe(false)
})
