import { IDBFactory } from 'fake-indexeddb'
import { afterEach, describe, expect, it } from 'vitest'
import type { Id } from '#domain/id.ts'
import type { Kind } from '#domain/record/kind.ts'
import type { WholeNotebook } from '#phone/api.ts'
import { openVault } from '#phone/enrolment.ts'
import { createNotebook } from '#phone/notebook.ts'
import { restorePhone } from '#tests/support/phone-dump.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, TestClock, titles, when } from '#tests/support/phone-world.ts'
import { LANDED, phoneOf } from './landed.ts'

describe.each(LANDED)('a phone from landing %i', (landed) => {
  const fixture = phoneOf(landed)
  const { seen } = fixture
  let book: WholeNotebook | undefined
  afterEach(() => book?.close())

  /** The old phone opened by today's build, beside the server that had taken part of its work. */
  async function open() {
    const server = new TinyServer(() => fixture.at)
    const clock = new TestClock()
    clock.wall = fixture.at
    const browser = await makeBrowser(server, { clock, device: fixture.device })
    await server.push(fixture.device, fixture.taken)
    const indexedDB = new IDBFactory()
    await restorePhone(indexedDB, fixture.dump)
    browser.marks.text = fixture.marks
    browser.sky.now = 'down'
    browser.ports.indexedDB = indexedDB
    const { ports } = browser
    const found = await openVault(ports)
    expect(found).toEqual({ vault: fixture.vault, vanished: null })
    book = await createNotebook(ports, { vault: fixture.vault })
    return { server, browser, book }
  }

  it('shows everything it held, before any network', async () => {
    const phone = await open()
    expect((await when(phone.book.me, (me) => me !== null))?.person).toBe(seen.person)
    expect(titles(await when(phone.book.rows, (rows) => rows.length > 0))).toEqual(seen.titles)
    for (const [key, body] of Object.entries(seen.bodies)) {
      const opened = await when(phone.book.open(...(key.split('/') as [Kind, Id])), (one) => one !== null)
      expect(opened?.body, key).toMatchObject(body)
    }
    const queue = await when(phone.book.queue, (list) => list.length > 0)
    expect(queue.map(({ n, key }) => ({ n, key }))).toEqual(seen.waiting)
    expect((await when(phone.book.status, (status) => status.refused > 0)).refused).toBe(seen.refused)
    expect((await when(phone.book.drafts.list, (list) => list.length > 0)).map((one) => one.title)).toEqual(
      seen.drafts,
    )
    expect(await phone.book.deskCache.get('/api/desk/overview')).toEqual({
      asOf: fixture.at,
      value: { disputes: 1 },
    })
  })

  it('hands in what waited, each once, when there is a network', async () => {
    const phone = await open()
    const before = phone.server.applied.length
    phone.browser.sky.now = null
    await phone.book.tryNow()
    await when(phone.book.status, (status) => status.waiting === 0, 'an empty outbox')
    expect(phone.server.applied.slice(before).map((one) => one.op.n)).toEqual(
      seen.waiting.map((one) => one.n),
    )
    await phone.book.tryNow()
    expect(phone.server.applied.length).toBe(before + seen.waiting.length)
  })
})
