import { IDBObjectStore as FakeStore } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { countersign } from '#domain/receipt.ts'
import type { WholeNotebook } from '#phone/api.ts'
import type { RefusedOp } from '#phone/care.ts'
import { isSame, stampOf } from '#phone/engine/refold.ts'
import type { Op } from '#sync/protocol/op.ts'
import { VILLAGE } from '#tests/support/make-rights.ts'
import { makeOp } from '#tests/support/make-op.ts'
import { expectSound } from '#tests/support/phone-check.ts'
import { agreeEdit, disputeEdit, outreachEdit, patchEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, START_AT, when, type Browser } from '#tests/support/phone-world.ts'

const DEVICE = 70
let server: TinyServer
let browser: Browser
let book: WholeNotebook

beforeEach(async () => {
  server = new TinyServer(() => START_AT)
  browser = await makeBrowser(server, { device: DEVICE })
  book = await browser.open()
  await book.tryNow()
})
afterEach(() => browser.closeAll())

/** A change of a known dispute by somebody else. */
const others = (id: string, n: number, a: Op['a'], over: Partial<Op> = {}): Op =>
  makeOp({ i: id, n, k: 'patch', a, b: 1, e: ['dispute', id], r: VILLAGE, ...over })

/** The server refuses what a rule picks, for want of a right, and nothing else. */
const refusing = (picks: (op: Op) => boolean): void => {
  server.rules.decide = (op) => (picks(op) ? [op.n, 'rejected', 0, 0, { code: 'out-of-scope' }] : null)
}

const refused = (count: number): Promise<readonly RefusedOp[]> =>
  when(book.care.refused, (list) => list.length === count, `${count} refused`)

/** A dispute that was refused with an agreement that hangs on it. */
async function refusedDispute(): Promise<string> {
  const id = book.newId()
  refusing((op) => op.k === 'create')
  browser.sky.now = 'down'
  await book.save([disputeEdit(id, { facts: '水沟堵了' })])
  await book.save([agreeEdit(id)])
  browser.sky.now = null
  await book.tryNow()
  return id
}

describe('what was not accepted', () => {
  it('[I-26] [L-9] is listed with its reason and what was typed', async () => {
    const id = await refusedDispute()
    const [one] = await refused(1)
    expect(one).toMatchObject({
      n: 1,
      key: `dispute/${id}`,
      kind: 'dispute',
      id,
      title: '王家和李家·排水',
      code: 'out-of-scope',
      op: 'create',
      args: { facts: '水沟堵了' },
      at: START_AT,
      askedAt: null,
    })
  })

  it('[I-26] is sent again as edited, in the place of the refused one, with what hangs on it', async () => {
    const id = await refusedDispute()
    server.rules.decide = undefined
    await refused(1)
    expect(await book.care.resend(1, [disputeEdit(id, { facts: '是路占了' })])).toMatchObject({ ok: true })
    const held = await expectSound(browser)
    expect(held.dead).toEqual([])
    expect(held.ring.map((row) => row.n)).toEqual([1, 2])
    expect(held.out.map(({ op }) => [op.n, op.k, op.s, op.d])).toEqual([
      [3, 'create', [DEVICE, 1], undefined],
      [4, 'dispute.agree', undefined, [3]],
    ])
    await book.tryNow()
    const record = server.records.get(`dispute/${id}`)?.state.body
    expect(record).toMatchObject({ facts: '是路占了', stage: 'agreed' })
    await when(book.rows, (rows) => rows[0]?.word === 'handed-in')
    await refused(0)
    expect(await book.care.resend(1, [disputeEdit(id)])).toEqual({ ok: false, reason: 'decided' })
  })

  it('[I-5] a record is another one as soon as it was written anew, though version and number of waiting ops are the same', () => {
    const row = { id: book.newId(), kind: 'dispute', village: VILLAGE, pending: 1, rv: 3 }
    const read = stampOf({ ...row, box: Uint8Array.of(1, 2, 3) })
    expect(isSame({ ...row, box: Uint8Array.of(1, 2, 3) }, read)).toBe(true)
    for (const box of [Uint8Array.of(1, 2, 4), Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3, 0)])
      expect(isSame({ ...row, box }, read)).toBe(false)
    expect([isSame(undefined, null), isSame(undefined, read)]).toEqual([true, false])
  })

  it('[I-26] one that nobody can read any more hides neither its record nor the others', async () => {
    const id = await refusedDispute()
    await refused(1)
    const tables = await browser.ports.openTables(browser.vault)
    await tables.write(['dead'], 'relaxed', async ({ dead }) => {
      const [row] = await dead.all()
      if (row) await dead.put({ ...row, box: row.box.map((byte) => byte ^ 1) })
    })
    tables.close()
    const opened = await when(book.open('dispute', id), (one) => one !== null)
    expect(opened).toMatchObject({ word: 'needs-you', refused: [], body: { facts: '水沟堵了' } })
  })

  it('[L-13] [I-26] what is written on a record that was refused hangs on it, waits with it, and goes when it is mended', async () => {
    const id = book.newId()
    refusing((op) => op.k === 'create')
    await book.save([disputeEdit(id, { facts: '水沟堵了' })])
    await refused(1)
    expect(await book.save([agreeEdit(id)])).toMatchObject({ ok: true })
    await book.tryNow()
    const held = await expectSound(browser)
    expect(held.out.map(({ op, row }) => [op.k, op.d, row.state])).toEqual([
      ['dispute.agree', [1], 'blocked'],
    ])
    await refused(1)
    server.rules.decide = undefined
    expect(await book.care.resend(1, [disputeEdit(id, { facts: '是路占了' })])).toMatchObject({ ok: true })
    await book.tryNow()
    expect(server.records.get(`dispute/${id}`)?.state.body).toMatchObject({ stage: 'agreed' })
    expect((await expectSound(browser)).out).toEqual([])
  })

  it('[I-26] stays when what should replace it does not fit either', async () => {
    const id = await refusedDispute()
    await refused(1)
    const wrong = disputeEdit(id, { type: 'D15', topic: '' })
    expect(await book.care.resend(1, [wrong])).toEqual({ ok: false, reason: 'needs-topic' })
    expect(await book.care.resend(1, [])).toEqual({ ok: false, reason: 'malformed' })
    const held = await expectSound(browser)
    expect([held.dead.length, held.out.length, held.next]).toEqual([1, 1, 3])
  })

  it('[I-26] [L-9] is given up with a reason, which is handed in; what hangs on it goes with it', async () => {
    const id = await refusedDispute()
    await refused(1)
    browser.sky.now = 'down'
    expect(await book.care.discard(1, '记重了')).toEqual({ ok: true, value: true })
    await when(book.rows, (rows) => rows.length === 0)
    expect(await when(book.open('dispute', id), () => true)).toBeNull()
    await expectSound(browser)
    browser.sky.now = null
    await book.tryNow()
    expect(server.said.map(({ op }) => [op.k, op.e, op.a])).toEqual([
      ['refusal.give-up', ['dispute', id], { device: DEVICE, n: 1, reason: '记重了' }],
    ])
    const held = await expectSound(browser)
    expect([held.recs, held.out, held.dead].map((one) => one.length)).toEqual([0, 0, 0])
    expect(held.ring.map((row) => row.n)).toEqual([1, 2, 3])
    // Given up twice, from two tabs, is given up.
    expect(await book.care.discard(1, '')).toEqual({ ok: true, value: true })
  })

  it('[I-26] takes what hangs on it along, also what the server has not been asked about yet', async () => {
    const id = book.newId()
    server.rules.decide = (op) => [op.n, op.k === 'create' ? 'rejected' : 'later', 0, 0, {}]
    browser.sky.now = 'down'
    await book.save([disputeEdit(id)])
    await book.save([agreeEdit(id)])
    browser.sky.now = null
    await book.tryNow()
    browser.sky.now = 'down'
    const before = await expectSound(browser)
    expect(before.out.map(({ row, op }) => [row.state, op.d])).toEqual([['later', [1]]])
    await book.care.discard(1, '')
    expect((await expectSound(browser)).out.map(({ op }) => op.k)).toEqual(['refusal.give-up'])
  })

  it('[I-26] a change that was given up leaves the record as the server has it', async () => {
    const id = book.newId()
    await book.save([disputeEdit(id, { facts: '水沟堵了' })])
    await book.tryNow()
    refusing((op) => op.k === 'patch')
    await book.save([patchEdit(id, { facts: '改不得的' })])
    await book.tryNow()
    await refused(1)
    await book.care.discard(2, '')
    const opened = await when(book.open('dispute', id), (one) => one?.refused.length === 0)
    expect(opened).toMatchObject({ body: { facts: '水沟堵了' }, word: 'saved', pending: 1 })
    await book.tryNow()
    await when(book.rows, (rows) => rows[0]?.word === 'handed-in')
    await expectSound(browser)
  })

  it('[I-26] is shown to a supervisor when its author asks, and stays', async () => {
    const id = await refusedDispute()
    await refused(1)
    expect(await book.care.askSupervisor(1, '请帮我看看')).toEqual({ ok: true, value: true })
    await book.tryNow()
    expect(server.said.map(({ op }) => [op.k, op.r, op.a])).toEqual([
      ['refusal.ask', VILLAGE, { device: DEVICE, n: 1, note: '请帮我看看' }],
    ])
    expect(await when(book.care.refused, (list) => list[0]?.askedAt !== null)).toMatchObject([
      { askedAt: START_AT, args: { facts: '水沟堵了' } },
    ])
    expect(await when(book.open('dispute', id), (one) => one?.state === 'stuck')).toMatchObject({
      body: { facts: '水沟堵了', stage: 'agreed' },
    })
    expect(await book.care.askSupervisor(9, '')).toEqual({ ok: false, reason: 'decided' })
    await expectSound(browser)
  })

  it('[I-4] a decision that finds no room changes nothing and says so', async () => {
    await refusedDispute()
    await refused(1)
    const { prototype } = FakeStore
    const { put } = prototype
    prototype.put = () => {
      throw new DOMException('full', 'QuotaExceededError')
    }
    try {
      expect(await book.care.discard(1, '')).toEqual({ ok: false, reason: 'storage-full' })
    } finally {
      prototype.put = put
    }
    const held = await expectSound(browser)
    expect([held.dead.length, held.out.length]).toEqual([1, 1])
  })
})

describe('two values of one field', () => {
  /** Two mediators wrote the facts without sight of each other; the other one was later. */
  async function quarrel(): Promise<string> {
    const id = book.newId()
    await book.save([disputeEdit(id)])
    await book.tryNow()
    browser.sky.now = 'down'
    await book.save([patchEdit(id, { facts: '先堵的' })])
    server.now = () => START_AT + 5000
    await server.other(others(id, 1, { facts: '后挖的' }, { t: [START_AT + 1000, 0, 0] }))
    browser.sky.now = null
    await book.tryNow()
    return id
  }

  it('[L-21] are both on the phone, and one press puts the other back', async () => {
    const id = await quarrel()
    const opened = await when(book.open('dispute', id), (one) => one?.state === 'conflict')
    expect(opened).toMatchObject({ word: 'needs-you', body: { facts: '后挖的' } })
    expect(opened?.conflicts).toMatchObject([
      { field: 'facts', rv: 3, lost: '先堵的', kept: '后挖的', mine: true },
    ])
    expect(opened?.conflicts[0]?.at).toBeLessThan(START_AT + 1000)
    await book.save([patchEdit(id, { facts: '先堵的' })])
    const settled = await when(book.open('dispute', id), (one) => one?.body['facts'] === '先堵的')
    expect(settled?.conflicts).toEqual([])
    await book.tryNow()
    expect(server.records.get(`dispute/${id}`)?.state).toMatchObject({ body: { facts: '先堵的' } })
    expect(server.records.get(`dispute/${id}`)?.state.losses).toBeUndefined()
  })

  it('[L-21] are settled by letting the one stand', async () => {
    const id = await quarrel()
    await when(book.rows, (rows) => rows[0]?.word === 'needs-you')
    await book.save([
      { op: 'loss.settle', kind: 'dispute', id, region: VILLAGE, args: { field: 'facts', rv: 3 } },
    ])
    await book.tryNow()
    await when(book.rows, (rows) => rows[0]?.word === 'handed-in')
    expect(server.records.get(`dispute/${id}`)?.state.losses).toBeUndefined()
    await expectSound(browser)
  })
})

describe('the mark behind the short number', () => {
  it('[D-39] is there when the server has the record, and stays the same through later changes', async () => {
    const id = book.newId()
    browser.sky.now = 'down'
    await book.save([disputeEdit(id)])
    expect((await when(book.open('dispute', id), (one) => one !== null))?.countersign).toBeNull()
    browser.sky.now = null
    await book.tryNow()
    const mark = countersign(id, START_AT)
    server.now = () => START_AT + 5000
    await when(book.open('dispute', id), (one) => one?.countersign === mark)
    await book.save([agreeEdit(id)])
    await book.tryNow()
    await when(book.open('dispute', id), (one) => one?.rv === 2 && one.countersign === mark)
  })
})

describe('how things stand', () => {
  it('[L-18] is not called handed in for all while anything waits, was refused, or was never compared', async () => {
    const id = book.newId()
    browser.sky.now = 'down'
    await book.save([outreachEdit(id)])
    const waiting = await when(book.care.health, (one) => one.ring === 0)
    expect(waiting).toMatchObject({ allHandedIn: false, held: 0, blobs: 0, blobBytes: 0, backupAt: null })
    browser.sky.now = null
    await book.tryNow()
    const sent = await when(book.care.health, (one) => one.ring === 1)
    expect(sent.allHandedIn).toBe(sent.agreement === 'match')
    refusing(() => true)
    await book.save([outreachEdit(book.newId())])
    await book.tryNow()
    await refused(1)
    expect((await when(book.care.health, () => true)).allHandedIn).toBe(false)
  })

  it('[I-31] counts what the server does not know yet as held', async () => {
    server.rules.decide = (op) => [op.n, 'later', 0, 0, {}]
    await book.save([outreachEdit(book.newId())])
    await book.tryNow()
    expect(await when(book.care.health, (one) => one.held === 1)).toMatchObject({ allHandedIn: false })
  })
})
