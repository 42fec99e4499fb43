import { afterEach, describe, expect, it } from 'vitest'
import { agreeEdit, disputeEdit, outreachEdit, patchEdit } from '#tests/support/phone-people.ts'
import { VILLAGE } from '#tests/support/make-rights.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, START_AT, when, type Browser } from '#tests/support/phone-world.ts'

const server = () => new TinyServer(() => START_AT)
let browser: Browser

afterEach(() => browser.closeAll())

describe('saving', () => {
  it('gives what was typed back from the list and the record, before any network', async () => {
    browser = await makeBrowser(server())
    browser.sky.now = 'down'
    const book = await browser.open()
    const id = book.newId()
    const saved = await book.save([disputeEdit(id, { place: '村口' }), agreeEdit(id)])
    expect(saved.ok).toBe(true)
    const [row] = await when(book.rows, (rows) => rows.length === 1)
    expect(row).toMatchObject({
      id,
      title: '王家和李家·排水',
      stage: 'agreed',
      word: 'saved',
      pending: 2,
      region: VILLAGE,
    })
    const opened = await when(book.open('dispute', id), (one) => one !== null)
    expect(opened?.body).toMatchObject({ place: '村口', stage: 'agreed', paperNo: '石桥 2026–A001' })
    expect(opened?.state).toBe('queued')
  })

  it('hands it in by itself when there is a network, and says so', async () => {
    const tiny = server()
    browser = await makeBrowser(tiny)
    const book = await browser.open()
    const id = book.newId()
    await book.save([disputeEdit(id)])
    await when(book.rows, (rows) => rows[0]?.word === 'handed-in')
    expect(tiny.records.get(`dispute/${id}`)?.state.body).toMatchObject({
      stage: 'open',
      paperNo: '石桥 2026–A001',
    })
    await when(book.status, (status) => status.waiting === 0 && status.link === 'up')
  })

  it('refuses as a whole what the fold refuses, and keeps nothing of it', async () => {
    browser = await makeBrowser(server())
    const book = await browser.open()
    const id = book.newId()
    expect(await book.save([outreachEdit(book.newId()), patchEdit(id, { place: '村口' })])).toEqual({
      ok: false,
      reason: 'no-record',
    })
    expect(await when(book.rows, () => true)).toEqual([])
  })
})
