import { IDBDatabase as FakeDatabase, IDBFactory, IDBObjectStore as FakeStore } from 'fake-indexeddb'
import { afterEach, describe, expect, it } from 'vitest'
import type { WholeNotebook } from '#phone/api.ts'
import { watchdog } from '#phone/database/connect.ts'
import { databaseName } from '#phone/database/rows.ts'
import { enterVault, openVault } from '#phone/enrolment.ts'
import { askPersist, storageFacts, type Manager } from '#phone/storage-facts.ts'
import { MemoryStorage } from '#tests/support/memory-tables.ts'
import { expectSound, heldBy } from '#tests/support/phone-check.ts'
import { disputeEdit, outreachEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, makeMe, START_AT, TestClock, when, type Browser } from '#tests/support/phone-world.ts'
import { plainSealer } from '#tests/support/plain-sealer.ts'

let browser: Browser
const undo: (() => void)[] = []
afterEach(async () => {
  for (const one of undo.splice(0)) one()
  await browser.closeAll()
})

const server = () => new TinyServer(() => START_AT)

/** An open notebook that hears no network. */
async function quietBook(): Promise<WholeNotebook> {
  browser = await makeBrowser(server())
  browser.sky.now = 'down'
  return browser.open()
}

type Method = (...args: unknown[]) => unknown

/** Puts something else in the place of a method, until the test has ended. */
function instead(proto: object, name: string, make: (original: Method) => Method): void {
  const methods = proto as Record<string, Method>
  const original = methods[name] as Method
  methods[name] = make(original)
  undo.push(() => void (methods[name] = original))
}

describe('saved', () => {
  it('[L-5] [TR-28] is said only of what was read back: a store that takes an op and keeps nothing is found out', async () => {
    const book = await quietBook()
    await book.drafts.put({
      id: book.newId(),
      form: 'dispute',
      title: '',
      at: START_AT,
      values: { place: '村口' },
    })
    instead(
      FakeStore.prototype,
      'add',
      (original) =>
        function (this: { name: string; count(): unknown }, ...args) {
          return this.name === 'out' ? this.count() : original.apply(this, args)
        },
    )
    expect(await book.save([disputeEdit(book.newId())])).toEqual({ ok: false, reason: 'storage-broken' })
    const held = await expectSound(browser)
    expect([held.recs.length, held.out.length, held.drafts]).toEqual([0, 0, 1])
  })

  it('[L-5] [TR-28] is refused within seconds by a store that goes silent, and then it is not there', async () => {
    const clock = new TestClock()
    const watched = watchdog(clock.after)
    let abort: () => void = () => undefined
    const write = watched(
      (watcher) =>
        new Promise((_, reject) => {
          watcher.started({ abort: () => reject(new DOMException('aborted', 'AbortError')) })
          abort = () => watcher.moved()
        }),
    )
    // While something moves it may take as long as it needs.
    for (let seconds = 0; seconds < 20; seconds++) {
      abort()
      clock.pass(1000)
    }
    setImmediate(() => clock.pass(10_000))
    await expect(write).rejects.toMatchObject({ name: 'TimeoutError' })
    browser = await makeBrowser(server())
  })
})

describe('a browser that may clean up', () => {
  const manager = (kept: boolean, answer: boolean) => {
    const asked = { times: 0 }
    const storage: Manager = {
      persisted: async () => kept,
      async persist() {
        asked.times++
        return answer
      },
    }
    return { storage, asked }
  }
  const remembering = () => {
    let was = false
    return { get: () => was, set: () => void (was = true) }
  }

  it('[L-27] is asked once to keep the data, and what it says is looked at again in each session', async () => {
    browser = await makeBrowser(server())
    const memory = remembering()
    const no = manager(false, false)
    expect(await askPersist(no.storage, memory)).toBe(false)
    expect(await askPersist(no.storage, memory)).toBe(false)
    expect(no.asked.times).toBe(1)
    const later = manager(true, false)
    expect(await askPersist(later.storage, memory)).toBe(true)
    expect(later.asked.times).toBe(0)
    const kept = manager(true, true)
    expect(await askPersist(kept.storage, remembering())).toBe(true)
    expect(kept.asked.times).toBe(0)
    expect(await askPersist({}, remembering())).toBeNull()
    const failing: Manager = { persisted: () => Promise.reject(new Error('no')) }
    expect((await storageFacts(failing)).persisted).toBeNull()
    expect((await storageFacts(later.storage)).persisted).toBe(true)
  })
})

describe('a database that is taken away', () => {
  it('[L-28] [TR-33] stays told after entering anew, with the number of ops lost, until somebody has seen it', async () => {
    const book = await quietBook()
    for (let at = 0; at < 3; at++) await book.save([outreachEdit(book.newId())])
    await browser.closeAll()
    browser.ports.indexedDB = new IDBFactory()
    const empty = await browser.open()
    await when(empty.status, (status) => status.vanished === 3)
    await empty.close()
    await enterVault({ me: makeMe(), device: 77, epoch: 'e1', scopeRev: 1 }, browser.ports)
    const anew = await browser.open()
    expect((await when(anew.status, () => true)).vanished).toBe(3)
    expect(await anew.save([outreachEdit(anew.newId())])).toMatchObject({ ok: true })
    expect((await when(anew.status, () => true)).vanished).toBe(3)
    anew.seenVanished?.()
    await when(anew.status, (status) => status.vanished === null)
    await browser.closeAll()
    const after = await browser.open()
    expect((await when(after.status, () => true)).vanished).toBeNull()
  })

  it('[L-28] [TR-33] while it is open is told, and no empty one takes its place', async () => {
    const book = await quietBook()
    await book.save([outreachEdit(book.newId())])
    browser.ports.indexedDB.deleteDatabase(databaseName(browser.vault))
    await when(book.status, (status) => status.store === 'gone')
    expect(await book.save([outreachEdit(book.newId())])).toEqual({ ok: false, reason: 'storage-broken' })
    await browser.closeAll()
    expect(await openVault(browser.ports)).toEqual({ vault: browser.vault, vanished: 1 })
    expect(await browser.ports.indexedDB.databases()).toEqual([])
  })

  it('[L-28] behind a closed connection is found out by whoever opens it again', async () => {
    const book = await quietBook()
    await book.save([outreachEdit(book.newId())])
    // oxlint-disable-next-line no-underscore-dangle -- what the cleaner empties
    const databases = (browser.ports.indexedDB as unknown as { _databases: Map<string, unknown> })._databases
    let isLost = true
    instead(
      FakeDatabase.prototype,
      'transaction',
      (original) =>
        function (this: unknown, ...args) {
          if (isLost) {
            isLost = false
            databases.clear()
            throw new DOMException('Connection to Indexed Database server lost', 'UnknownError')
          }
          return original.apply(this, args)
        },
    )
    expect(await book.save([outreachEdit(book.newId())])).toEqual({ ok: false, reason: 'storage-broken' })
    await when(book.status, (status) => status.store === 'gone')
    await browser.closeAll()
    expect(await openVault(browser.ports)).toMatchObject({ vanished: 1 })
  })

  it('[L-30] by a newer build in another tab is closed after what is running, and says so', async () => {
    const book = await quietBook()
    await book.save([outreachEdit(book.newId())])
    const tables = await browser.ports.openTables(browser.vault)
    const running = tables.write(['draft'], 'strict', async ({ draft }) => {
      for (let at = 0; at < 50; at++) await draft.put({ id: `d${at}`, box: new Uint8Array(1) })
    })
    const request = browser.ports.indexedDB.open(databaseName(browser.vault), 990)
    const opened = new Promise<IDBDatabase>((go) => {
      request.addEventListener('success', () => go(request.result))
    })
    await running
    const newer = await opened
    await when(book.status, (status) => status.store === 'newer-build')
    expect(await book.save([outreachEdit(book.newId())])).toEqual({ ok: false, reason: 'storage-broken' })
    const kept = await new Promise<number>((go) => {
      const count = newer.transaction('draft').objectStore('draft').count()
      count.addEventListener('success', () => go(count.result))
    })
    expect(kept).toBe(50)
    newer.close()
  })
})

describe('a connection that breaks in the middle of a save', () => {
  it.each(['before', 'after'] as const)(
    '[L-30] %s it was stored leads to one record, once',
    async (moment) => {
      const storage = new MemoryStorage()
      const { openTables, peekTables, listVaults } = storage
      const ports = { openTables, peekTables, listVaults, openSealer: async () => plainSealer }
      browser = await makeBrowser(server(), { ports })
      browser.sky.now = 'down'
      const book = await browser.open()
      await when(book.status, () => true)
      let breaks = 1
      const lose = ({ stores }: { stores: readonly string[] }) => {
        if (!stores.includes('rec') || breaks === 0) return
        breaks--
        storage.loseConnections()
      }
      storage.weather = moment === 'before' ? { commit: lose } : { committed: lose }
      expect(await book.save([outreachEdit(book.newId())])).toMatchObject({ ok: true })
      expect(breaks).toBe(0)
      storage.weather = {}
      expect((await expectSound(browser)).out).toHaveLength(1)
      expect((await heldBy(browser)).recs).toHaveLength(1)
    },
  )
})
