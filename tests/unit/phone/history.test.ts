import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WholeNotebook } from '#phone/api.ts'
import { makeOp } from '#tests/support/make-op.ts'
import { VILLAGE } from '#tests/support/make-rights.ts'
import { contents, expectSound, heldBy } from '#tests/support/phone-check.ts'
import { agreeEdit, disputeEdit, patchEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, makeMe, START_AT, type Browser } from '#tests/support/phone-world.ts'

const DAY_MS = 86_400_000
const county = VILLAGE.slice(0, 6)

let now = START_AT
let server: TinyServer
let browser: Browser
let book: WholeNotebook

beforeEach(async () => {
  now = START_AT
  server = new TinyServer(() => now)
  browser = await makeBrowser(server)
  book = await browser.open()
  await book.tryNow()
})
afterEach(() => browser.closeAll())

const onServer = () =>
  Object.fromEntries(
    [...server.records].map(([key, { state }]) => [
      key,
      { rv: state.rv, region: state.region, body: state.body },
    ]),
  )
const keys = () => [...server.records.keys()]
/** A record of others, and where they say that it happened. */
const RECORD = '01912345-0000-7000-8000-00000000a001'
const change = (n: number, place: string) =>
  makeOp({
    i: `01912345-0000-7000-8000-00000000e10${n}`,
    n,
    k: 'patch',
    e: ['dispute', RECORD],
    r: VILLAGE,
    b: 1,
    a: { place },
  })
const pass = async (days: number): Promise<void> => {
  now += days * DAY_MS
  browser.clock.wall += days * DAY_MS
  await book.tryNow()
}

describe('a server that lost the newest of what it had taken', () => {
  it('[I-33] [L-19] hears it again from the phone that made it, once, without anybody doing anything', async () => {
    const [kept, lost] = [book.newId(), book.newId()]
    await book.save([disputeEdit(kept)])
    await book.tryNow()
    const before = server.state()
    await book.save([disputeEdit(lost), agreeEdit(lost)])
    await book.save([patchEdit(kept, { place: '村口' })])
    await book.tryNow()
    server.restore(before, 'e2')
    await book.tryNow()
    expect(keys().sort()).toEqual([`dispute/${kept}`, `dispute/${lost}`].sort())
    expect(server.records.get(`dispute/${lost}`)?.state.body['stage']).toBe('agreed')
    expect(server.records.get(`dispute/${kept}`)?.state.body['place']).toBe('村口')
    const held = await expectSound(browser)
    expect(contents(held)).toEqual(onServer())
    expect(held.ring.filter((row) => row.again)).toEqual([])
    expect(held.ring).toHaveLength(4)
    const applied = server.applied.length
    await book.tryNow()
    expect(server.applied).toHaveLength(applied)
  })

  it('[I-33] [I-16] is believed about what it no longer has, even where its version is the lower one', async () => {
    const id = book.newId()
    await book.save([disputeEdit(id)])
    await book.tryNow()
    const before = server.state()
    const ghost = '01912345-0000-7000-8000-00000000f002'
    await server.other(makeOp({ n: 1, e: ['dispute', ghost], r: VILLAGE }))
    await server.other(
      makeOp({ n: 2, k: 'patch', a: { place: '村口' }, b: 1, e: ['dispute', id], r: VILLAGE }),
    )
    await book.tryNow()
    expect((await heldBy(browser)).recs).toHaveLength(2)
    server.restore(before, 'e2')
    await book.tryNow()
    const held = await expectSound(browser)
    expect(held.recs.map((one) => one.row.id)).toEqual([id])
    expect(held.recs[0]?.stored.now.body['place']).toBe('')
    expect(contents(held)).toEqual(onServer())
  })

  it('[I-35] is walked from its beginning, and nothing that was written afterwards is missed', async () => {
    for (let n = 1; n <= 5; n++)
      await server.other(makeOp({ n, e: ['dispute', `01912345-0000-7000-8000-00000000a00${n}`], r: VILLAGE }))
    const before = server.state()
    for (let n = 6; n <= 9; n++)
      await server.other(makeOp({ n, e: ['dispute', `01912345-0000-7000-8000-00000000a00${n}`], r: VILLAGE }))
    await book.tryNow()
    expect((await heldBy(browser)).cursors[county]).toBe(9)
    server.restore(before, 'e2')
    // As many as were lost: with the same numbers the phone would pass over every one of them.
    for (let n = 6; n <= 9; n++)
      await server.other(
        makeOp({ n, e: ['dispute', `01912345-0000-7000-8000-00000000b00${n}`], r: VILLAGE }),
        888,
      )
    await book.tryNow()
    const held = await expectSound(browser)
    expect(contents(held)).toEqual(onServer())
    expect(held.epoch).toBe('e2')
    expect(held.cursors[county]).toBeGreaterThan(2 ** 33)
  })

  it('[I-35] numbers that were given out again before anybody noticed hide nothing: neither place nor version tells them apart', async () => {
    await server.other(makeOp({ n: 1, e: ['dispute', RECORD], r: VILLAGE }))
    const before = server.state()
    expect(await server.other(change(2, '井边'))).toMatchObject([2, 'ok', 2, 2, {}])
    await book.tryNow()
    server.restoreQuietly(before)
    expect(await server.other(change(3, '桥头'), 888)).toMatchObject([3, 'ok', 2, 2, {}])
    server.restore(server.state(), 'e2')
    await book.tryNow()
    expect(contents(await expectSound(browser))).toEqual(onServer())
  })

  it('[I-35] under work of ours that waits, too, the server’s word is taken where its number is the one we knew', async () => {
    await server.other(makeOp({ n: 1, e: ['dispute', RECORD], r: VILLAGE }))
    const before = server.state()
    await server.other(change(2, '井边'))
    await book.tryNow()
    server.restoreQuietly(before)
    await server.other(change(3, '桥头'), 888)
    server.restore(server.state(), 'e2')
    server.rules.decide = (op) => [op.n, 'later', 0, 0, {}]
    await book.save([patchEdit(RECORD, { facts: '水沟堵了' })])
    await book.tryNow()
    server.rules.decide = undefined
    const held = await heldBy(browser)
    expect(held.recs[0]?.row.pending).toBe(1)
    expect(held.recs[0]?.stored.base?.body).toMatchObject({ place: '桥头' })
    expect(held.recs[0]?.stored.now.body).toMatchObject({ place: '桥头', facts: '水沟堵了' })
  })

  it('[I-35] a history that begins with small numbers again is walked from its beginning', async () => {
    for (let n = 1; n <= 5; n++)
      await server.other(makeOp({ n, e: ['dispute', `01912345-0000-7000-8000-00000000a00${n}`], r: VILLAGE }))
    await book.tryNow()
    const anew = new TinyServer(() => now + 60_000)
    anew.rules.epoch = 'e9'
    await anew.other(makeOp({ n: 1, e: ['dispute', '01912345-0000-7000-8000-00000000b001'], r: VILLAGE }))
    server.exchange = anew.exchange.bind(anew)
    await book.tryNow()
    expect((await expectSound(browser)).recs.map((one) => one.row.id)).toEqual([
      '01912345-0000-7000-8000-00000000b001',
    ])
    expect((await heldBy(browser)).cursors[county]).toBe(1)
  })

  it('[I-33] [L-20] keeps an edit that waited meanwhile, on top of what the new history says', async () => {
    const id = book.newId()
    await book.save([disputeEdit(id)])
    await book.tryNow()
    const before = server.state()
    await server.other(
      makeOp({ n: 2, k: 'patch', a: { place: '村口' }, b: 1, e: ['dispute', id], r: VILLAGE }),
    )
    await book.tryNow()
    browser.sky.now = 'down'
    await book.save([patchEdit(id, { facts: '水沟堵了' })])
    server.restore(before, 'e2')
    browser.sky.now = null
    await book.tryNow()
    const held = await expectSound(browser)
    expect(held.recs[0]?.stored.now.body).toMatchObject({ place: '', facts: '水沟堵了' })
    expect(contents(held)).toEqual(onServer())
  })

  it('[I-34] an older backup brings back all that the ring still holds; what others made comes from their phones', async () => {
    const other = await makeBrowser(server, {
      me: makeMe({ person: '01912345-0000-7000-8000-0000000000bb' }),
    })
    const theirs = await other.open()
    const before = server.state()
    const ids = Array.from({ length: 6 }, () => book.newId())
    for (const id of ids.slice(0, 3)) await book.save([disputeEdit(id)])
    for (const id of ids.slice(3)) await theirs.save([disputeEdit(id)])
    await book.tryNow()
    await theirs.tryNow()
    await book.tryNow()
    expect((await heldBy(browser)).recs).toHaveLength(6)
    server.restore(before, 'e2')
    await book.tryNow()
    expect(keys().sort()).toEqual(
      ids
        .slice(0, 3)
        .map((id) => `dispute/${id}`)
        .sort(),
    )
    expect(contents(await expectSound(browser))).toEqual(onServer())
    await theirs.tryNow()
    await book.tryNow()
    expect(keys()).toHaveLength(6)
    expect(contents(await expectSound(browser))).toEqual(onServer())
    expect(contents(await heldBy(other))).toEqual(onServer())
    await other.closeAll()
  })

  it('[I-33] [I-26] what the new history does not accept any more is shown to its author with the reason', async () => {
    const before = server.state()
    const id = book.newId()
    await book.save([disputeEdit(id)])
    await book.tryNow()
    server.restore(before, 'e2')
    server.rules.decide = (op) => [op.n, 'rejected', 0, 0, { code: 'out-of-scope' }]
    await book.tryNow()
    const held = await expectSound(browser)
    expect(held.dead.map((one) => one.code)).toEqual(['out-of-scope'])
    expect(held.ring).toEqual([])
    expect(held.recs.map((one) => [one.row.id, one.stored.refused])).toEqual([[id, 1]])
  })

  it('[I-33] [I-2] what hangs on it waits again, and goes the way its author decides', async () => {
    const before = server.state()
    const id = book.newId()
    await book.save([disputeEdit(id), agreeEdit(id)])
    await book.tryNow()
    server.restore(before, 'e2')
    server.rules.decide = (op) =>
      op.k === 'create' ? [op.n, 'rejected', 0, 0, { code: 'out-of-scope' }] : null
    await book.tryNow()
    const held = await expectSound(browser)
    expect([held.dead.length, held.out.map((one) => one.row.state), held.ring.length]).toEqual([
      1,
      ['blocked'],
      0,
    ])
    await book.discard(1)
    await book.tryNow()
    const after = await expectSound(browser)
    expect([after.recs.length, after.dead.length]).toEqual([0, 0])
  })

  it('[I-20] a record of another county, on which no work lies any more, goes with the next comparison', async () => {
    const id = book.newId()
    await book.save([{ ...disputeEdit(id), region: '999902101001' }])
    await book.tryNow()
    await book.save([disputeEdit(book.newId())])
    await book.tryNow()
    expect((await expectSound(browser)).recs.map((one) => one.row.village)).toEqual([VILLAGE])
  })

  it('[I-33] what its author had given up is not offered again', async () => {
    const before = server.state()
    server.rules.decide = (op) =>
      op.k === 'create' ? [op.n, 'rejected', 0, 0, { code: 'out-of-scope' }] : null
    await book.save([disputeEdit(book.newId())])
    await book.tryNow()
    await book.discard(1)
    await book.tryNow()
    server.rules.decide = undefined
    server.restore(before, 'e2')
    await book.tryNow()
    expect(server.applied.filter((one) => one.op.k === 'create')).toEqual([])
    expect((await expectSound(browser)).ring.every((row) => row.again === undefined)).toBe(true)
  })
})

describe('the ring', () => {
  it('[I-3] [I-34] lets an op go when it is old and a verified backup holds it, not for one of the two', async () => {
    await book.save([disputeEdit(book.newId())])
    await book.tryNow()
    server.rules.ringSafe = now + DAY_MS
    await pass(30)
    expect((await heldBy(browser)).ring).toHaveLength(1)
    server.rules.ringSafe = 0
    await pass(10)
    expect((await heldBy(browser)).ring).toHaveLength(1)
    server.rules.ringSafe = now
    await pass(1)
    expect((await heldBy(browser)).ring).toEqual([])
  })

  it('[I-29] [I-34] [TR-35] counts its age by the server: a clock that fell back to 1970 lets nothing go', async () => {
    server.rules.ringSafe = now
    browser.clock.wall = 1000
    await book.save([disputeEdit(book.newId())])
    await book.tryNow()
    await book.tryNow()
    const [row] = (await heldBy(browser)).ring
    expect(Math.abs((row?.ackedAt ?? 0) - now)).toBeLessThan(1000)
  })

  it('[I-34] keeps what must still be offered again, however old', async () => {
    const before = server.state()
    await book.save([disputeEdit(book.newId())])
    await book.tryNow()
    server.restore(before, 'e2')
    server.rules.ringSafe = now + 50 * DAY_MS
    server.rules.decide = (op) => [op.n, 'later', 0, 0, {}]
    await pass(40)
    expect((await heldBy(browser)).ring.map((row) => row.again)).toEqual([1])
    server.rules.decide = undefined
    await book.tryNow()
    expect(keys()).toHaveLength(1)
    expect((await heldBy(browser)).ring.map((row) => row.again)).toEqual([undefined])
  })
})

describe('what the server promised', () => {
  it('[I-34] is kept, the newest of it, and shown again at the next exchange', async () => {
    server.rules.proof = 'payload.one'
    await book.tryNow()
    server.rules.proof = 'payload.two'
    await book.save([disputeEdit(book.newId())])
    await book.tryNow()
    expect(server.asked?.proof).toBe('payload.one')
    await browser.closeAll()
    book = await browser.open()
    await book.save([disputeEdit(book.newId())])
    await book.tryNow()
    expect(server.asked?.proof).toBe('payload.two')
  })

  it('[I-33] is shown by every tab, also where they cannot tell each other what they heard', async () => {
    const lone = await makeBrowser(server, { locks: false, ports: { channel: null } })
    const [first, second] = [await lone.open(), await lone.open()]
    server.rules.proof = 'payload.one'
    await second.tryNow()
    server.rules.proof = 'payload.two'
    await first.save([disputeEdit(first.newId())])
    await first.tryNow()
    await second.tryNow()
    expect(server.asked?.proof).toBe('payload.two')
    expect((await heldBy(lone)).ring).toHaveLength(1)
    await lone.closeAll()
  })
})
