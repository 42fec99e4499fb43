import { IDBFactory } from 'fake-indexeddb'
import { afterEach, describe, expect, it } from 'vitest'
import { databaseStorage } from '#phone/database/dexie-tables.ts'
import { DATABASE_VERSION, databaseName } from '#phone/database/rows.ts'
import { createNotebook } from '#phone/notebook.ts'
import { expectSound } from '#tests/support/phone-check.ts'
import { restorePhone } from '#tests/support/phone-dump.ts'
import { disputeEdit, outreachEdit, patchEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, START_AT, titles, when, type Browser } from '#tests/support/phone-world.ts'
import { phoneOf } from '#tests/contract/landed.ts'

let browser: Browser
afterEach(() => browser.closeAll())

/** Opens the database as another build would, at a version, with a store of its own. */
async function otherBuild(version: number): Promise<IDBDatabase> {
  const request = browser.ports.indexedDB.open(databaseName(browser.vault), version * 10)
  request.addEventListener('upgradeneeded', () => request.result.createObjectStore('of-tomorrow'))
  return new Promise((go, fail) => {
    request.addEventListener('success', () => go(request.result))
    request.addEventListener('error', () => fail(request.error ?? new Error('not opened')))
  })
}

describe('a newer build in another tab', () => {
  it('[L-31] [TR-34] waits for a save that is running, and the older one can be read and no longer written to', async () => {
    const server = new TinyServer(() => START_AT)
    browser = await makeBrowser(server)
    browser.sky.now = 'down'
    const book = await browser.open()
    const [first, second] = [book.newId(), book.newId()]
    await book.save([disputeEdit(first, { facts: '先记的' })])
    await when(book.rows, (rows) => rows.length === 1)
    const running = book.save([disputeEdit(second, { facts: '正在记' })])
    const newer = await otherBuild(DATABASE_VERSION + 1)
    const done = await running
    await when(book.status, (status) => status.store === 'newer-build')
    // What is on screen stays there to be read; what cannot be kept is said to be refused, so the words stay in the form.
    expect(titles(book.rows.get() ?? []).length).toBeGreaterThan(0)
    expect(await book.save([patchEdit(first, { facts: '太迟' })])).toEqual({
      ok: false,
      reason: 'storage-broken',
    })
    expect(
      await book.drafts.put({ id: book.newId(), form: 'dispute', title: '', at: START_AT, values: {} }),
    ).toMatchObject({ ok: false })
    newer.close()
    const held = await expectSound(browser)
    const facts = held.recs.map((one) => one.stored.now.body['facts'])
    expect(facts.sort()).toEqual(done.ok ? ['先记的', '正在记'].sort() : ['先记的'])
  })

  it('[L-31] [L-34] that has been closed again leaves a database with which this one works on: nobody is locked out by an update taken back', async () => {
    const server = new TinyServer(() => START_AT)
    browser = await makeBrowser(server)
    browser.sky.now = 'down'
    const before = await browser.open()
    await before.save([disputeEdit(before.newId(), { facts: '旧版记的' })])
    await before.close()
    const newer = await otherBuild(DATABASE_VERSION + 1)
    newer.close()
    const book = await browser.open()
    expect(await when(book.rows, (rows) => rows.length > 0)).toHaveLength(1)
    expect(await book.save([outreachEdit(book.newId())])).toMatchObject({ ok: true })
    browser.sky.now = null
    await book.tryNow()
    await when(book.status, (status) => status.waiting === 0)
    expect(server.applied).toHaveLength(2)
    expect((await expectSound(browser)).out).toEqual([])
  })
})

describe('an older build that does not let go', () => {
  it('[L-31] [L-32] makes the upgrade wait, which goes through as soon as it does, with all the work aboard', async () => {
    const fixture = phoneOf(2)
    browser = await makeBrowser(new TinyServer(() => fixture.at), { device: fixture.device })
    browser.sky.now = 'down'
    browser.ports.indexedDB = new IDBFactory()
    await restorePhone(browser.ports.indexedDB, fixture.dump)
    const deaf = await new Promise<IDBDatabase>((go) => {
      const request = browser.ports.indexedDB.open(fixture.dump.name)
      request.addEventListener('success', () => go(request.result))
    })
    let isOpen = false
    const told: boolean[] = []
    const { openTables } = databaseStorage(browser.ports, browser.clock.after, (one) => void told.push(one))
    const opening = createNotebook({ ...browser.ports, openTables }, { vault: fixture.vault }).then(
      (book) => {
        isOpen = true
        return book
      },
    )
    await new Promise((go) => setTimeout(go, 100))
    expect([isOpen, told]).toEqual([false, []])
    // A page that only finishes what is running is gone by now: somebody has to close this one.
    browser.clock.pass(1000)
    expect([isOpen, told]).toEqual([false, [true]])
    deaf.close()
    const book = await opening
    expect(told).toEqual([true, false])
    expect(titles(await when(book.rows, (rows) => rows.length > 0))).toEqual(fixture.seen.titles)
    await book.close()
    const held = await expectSound({ ports: browser.ports, vault: fixture.vault })
    expect([held.out.length, held.dead.length, held.drafts]).toEqual([3, 1, 1])
  })
})
