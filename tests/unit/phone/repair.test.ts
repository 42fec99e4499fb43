import { IDBObjectStore } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { WholeNotebook } from '#phone/api.ts'
import type { RecRow } from '#phone/database/rows.ts'
import { evict } from '#phone/database/evict.ts'
import type { WriteTables } from '#phone/database/tables.ts'
import { readAgreed } from '#phone/engine/agreement.ts'
import { makeGrants, VILLAGE } from '#tests/support/make-rights.ts'
import { makeOp } from '#tests/support/make-op.ts'
import { contents, expectSound, heldBy } from '#tests/support/phone-check.ts'
import { disputeEdit, NEXT_VILLAGE, patchEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, makeMe, START_AT, when, type Browser } from '#tests/support/phone-world.ts'

let server: TinyServer
let browser: Browser
let book: WholeNotebook
const county = VILLAGE.slice(0, 6)

beforeEach(async () => {
  server = new TinyServer(() => START_AT + (browser?.clock.ran ?? 0))
  browser = await makeBrowser(server)
  book = await browser.open()
  await book.tryNow()
})
afterEach(() => browser.closeAll())

const idAt = (at: number): string => `01912345-0000-7000-8000-${String(at).padStart(12, '0')}`

async function others(count: number, region = VILLAGE, from = 0): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, at) => idAt(from + at))
  for (const [at, id] of ids.entries())
    await server.other(makeOp({ n: from + at + 1, e: ['dispute', id], r: region }))
  return ids
}

/** Works on the tables behind everybody's back, as a fault of the store would. */
async function behindItsBack(
  work: (tables: WriteTables<'rec' | 'out' | 'dead'>) => Promise<unknown>,
): Promise<void> {
  const tables = await browser.ports.openTables(browser.vault)
  await tables.write(['rec', 'out', 'dead'], 'strict', work)
  tables.close()
}
const change = (id: string, over: Partial<RecRow>) =>
  behindItsBack(async ({ rec }) => {
    const row = (await rec.get(id)) as RecRow
    await rec.put({ ...row, ...over })
  })

/** So long that the phone no longer relies on what it remembers of its rows. */
const hoursLater = () => void (browser.clock.ran += 7 * 3_600_000)

async function agreed() {
  const tables = await browser.ports.openTables(browser.vault)
  const found = await readAgreed({ tables, sealer: await browser.ports.openSealer(tables) })
  tables.close()
  return { state: found.counties[county]?.state, repaired: found.repaired }
}

/** Something new on the server, so that there is a reason to talk. */
const news = () => others(1, VILLAGE, 5000 + server.applied.length)
const onServer = () =>
  Object.fromEntries(
    [...server.records].map(([key, { state }]) => [
      key,
      { rv: state.rv, region: state.region, body: state.body },
    ]),
  )

describe('phone and server', () => {
  it('[I-28] agree after a whole exchange, and two phones of one scope hold the same', async () => {
    await others(30)
    await book.save([disputeEdit(book.newId())])
    await book.tryNow()
    expect(await agreed()).toEqual({ state: 'match', repaired: 0 })
    const second = await makeBrowser(server, { me: makeMe({ person: idAt(9999) }) })
    const other = await second.open()
    await other.tryNow()
    expect(contents(await heldBy(second))).toEqual(contents(await heldBy(browser)))
    await second.closeAll()
  })

  it('[L-18] are not said to agree while what was handed in has not come back', async () => {
    await book.save([disputeEdit(book.newId())])
    const answer = server.exchange.bind(server)
    server.exchange = async (body) => {
      const text = new TextDecoder().decode(await answer(body))
      return new TextEncoder().encode(text.slice(0, text.indexOf('{"page"')))
    }
    await book.tryNow()
    expect((await expectSound(browser)).out).toEqual([])
    expect((await agreed()).state).toBe('unknown')
    server.exchange = answer
    await book.tryNow()
    expect((await agreed()).state).toBe('match')
  })

  it('[I-36] a record that was lost here comes back with the next exchange', async () => {
    const [id = ''] = await others(20)
    await book.tryNow()
    await behindItsBack((tables) => evict(tables, [id]))
    await news()
    hoursLater()
    await book.tryNow()
    expect(contents(await expectSound(browser))).toEqual(onServer())
    expect(await agreed()).toEqual({ state: 'match', repaired: 1 })
  })

  it('[I-36] a record that was rolled back, doubled under another id, or is of a wrong village is put right', async () => {
    const [one = '', two = '', three = ''] = await others(20)
    const old = (await heldBy(browser)).recs
    expect(old).toEqual([])
    await book.tryNow()
    await server.other(
      makeOp({ n: 900, k: 'patch', a: { place: '村口' }, b: 1, e: ['dispute', one], r: VILLAGE }),
    )
    const before = (await heldBy(browser)).recs.find((each) => each.row.id === one)?.row as RecRow
    await book.tryNow()
    await change(one, before)
    await behindItsBack(async ({ rec }) => {
      const row = (await rec.get(two)) as RecRow
      await rec.put({ ...row, id: idAt(777) })
    })
    await change(three, { village: NEXT_VILLAGE })
    await news()
    hoursLater()
    await book.tryNow()
    expect(contents(await expectSound(browser))).toEqual(onServer())
    expect((await agreed()).state).toBe('match')
  })

  it('[I-36] [L-20] a record with waiting work that was lost here comes back under that work', async () => {
    const [id = ''] = await others(3)
    await book.tryNow()
    browser.sky.now = 'down'
    await book.save([patchEdit(id, { facts: '水沟堵了' })])
    await book.tryNow()
    // Around the one function that removes records, which would refuse.
    await behindItsBack(({ rec }) => (rec as unknown as WriteTables<'out'>['out']).deleteMany([id as never]))
    server.rules.decide = (op, device) => (device === 999 ? null : [op.n, 'later', 0, 0, {}])
    await news()
    browser.sky.now = null
    await book.tryNow()
    const held = await expectSound(browser)
    const record = held.recs.find((one) => one.row.id === id)
    expect(held.out).toHaveLength(1)
    expect(record?.row).toMatchObject({ rv: 1, pending: 1 })
    expect(record?.stored.now.body).toMatchObject({ facts: '水沟堵了' })
    expect(record?.stored.base?.body['facts']).toBe('')
    expect((await agreed()).state).toBe('match')
  })

  it('[I-36] [TR-33] a record nobody can read any more, with work on it, is brought again and the work stays', async () => {
    const [id = ''] = await others(3)
    await book.tryNow()
    browser.sky.now = 'down'
    await book.save([patchEdit(id, { facts: '水沟堵了' })])
    await change(id, { box: new Uint8Array(80) })
    server.rules.decide = (op, device) => (device === 999 ? null : [op.n, 'later', 0, 0, {}])
    await news()
    browser.sky.now = null
    await book.tryNow()
    const held = await expectSound(browser)
    expect(held.recs.find((one) => one.row.id === id)?.stored.now.body).toMatchObject({ facts: '水沟堵了' })
    expect(held.out).toHaveLength(1)
    expect((await agreed()).state).toBe('match')
  })

  it('[I-36] what is remembered of the rows is only believed where it agrees, and reads no row that did not change', async () => {
    const [one = '', two = ''] = await others(20)
    await book.tryNow()
    const whole = vi.spyOn(IDBObjectStore.prototype, 'getAll')
    await server.other(
      makeOp({ n: 901, k: 'patch', a: { place: '村口' }, b: 1, e: ['dispute', one], r: VILLAGE }),
    )
    await book.tryNow()
    expect(whole.mock.contexts.filter((store) => (store as IDBObjectStore).name === 'rec')).toEqual([])
    expect((await agreed()).state).toBe('match')
    // Another page wrote it and could not tell.
    await change(two, { rv: 7 })
    await server.other(
      makeOp({ n: 902, k: 'patch', a: { place: '村口' }, b: 1, e: ['dispute', two], r: VILLAGE }),
    )
    await book.tryNow()
    whole.mockRestore()
    expect(contents(await expectSound(browser))).toEqual(onServer())
    expect((await agreed()).state).toBe('match')
  })

  it('[I-36] where what is remembered does not agree, the database itself is asked before anything is repaired', async () => {
    const [, two = ''] = await others(5)
    await book.tryNow()
    // Another page let go of it and could not tell; the server no longer counts it either.
    server.records.delete(`dispute/${two}`)
    await behindItsBack((tables) => evict(tables, [two]))
    await news()
    const sent = browser.sky.sent
    await book.tryNow()
    expect(browser.sky.sent - sent).toBe(1)
    expect(await agreed()).toEqual({ state: 'match', repaired: 0 })
  })

  it('[I-36] a record that rots is brought again as soon as somebody looks, without any news of it', async () => {
    const [one = '', two = ''] = await others(5)
    await book.tryNow()
    await when(book.rows, (rows) => rows.length === 5)
    await change(one, { box: new Uint8Array(80) })
    await change(two, { box: new Uint8Array(80) })
    await book.tryNow()
    await when(book.open('dispute', one), (found) => found !== null)
    await browser.closeAll()
    book = await browser.open()
    await when(book.rows, (rows) => rows.length === 5)
    expect(contents(await expectSound(browser))).toEqual(onServer())
    expect(
      (await heldBy(browser)).raw['meta']?.map((row) => (row as { name: string }).name).join(),
    ).not.toMatch(/damaged/)
  })

  it('[I-36] [TR-33] an unsent record that rots is folded from the work that waits', async () => {
    const id = book.newId()
    browser.sky.now = 'down'
    await book.save([disputeEdit(id, { place: '村口' })])
    await book.save([patchEdit(id, { facts: '水沟堵了' })])
    await change(id, { box: new Uint8Array(80) })
    await when(book.open('dispute', id), (found) => found === null)
    server.rules.decide = (op) => [op.n, 'later', 0, 0, {}]
    browser.sky.now = null
    await book.tryNow()
    const held = await expectSound(browser)
    expect(held.recs[0]?.stored.now.body).toMatchObject({ place: '村口', facts: '水沟堵了' })
    server.rules.decide = undefined
    await book.tryNow()
    expect(contents(await expectSound(browser))).toEqual(onServer())
  })

  it('[I-16] what is repaired never becomes older, except by a server that insists', async () => {
    const [id = ''] = await others(3)
    await book.tryNow()
    await change(id, { rv: 7 })
    await news()
    hoursLater()
    await book.tryNow()
    const record = (await expectSound(browser)).recs.find((one) => one.row.id === id)
    expect(record?.row.rv).toBe(1)
    expect((await agreed()).state).toBe('match')
  })

  it('a repair that does not help is given up for a while, and the rest goes on', async () => {
    await others(3)
    const answer = server.exchange.bind(server)
    server.exchange = async (body) => {
      const text = new TextDecoder().decode(await answer(body))
      const at = text.indexOf('"digest"')
      if (at < 0) return new TextEncoder().encode(text)
      const { crc32, crcText } = await import('#sync/protocol/crc.ts')
      const lines = text.slice(0, text.indexOf('{"end"')).replaceAll('"casework",3,', '"casework",4,')
      const end = JSON.parse(text.slice(text.indexOf('{"end"'))) as { crc: string }
      end.crc = crcText(crc32(new TextEncoder().encode(lines)))
      return new TextEncoder().encode(`${lines}${JSON.stringify(end)}\n`)
    }
    await book.tryNow()
    expect((await agreed()).state).toBe('differs')
    expect(server.exchanges).toBeLessThan(12)
    const before = server.exchanges
    await book.tryNow()
    expect(server.exchanges, 'not again at once').toBe(before + 1)
    expect((await expectSound(browser)).recs).toHaveLength(3)
  })
})

describe('scope', () => {
  const grants = (...villages: string[]) => villages.flatMap((one) => makeGrants('mediator', one))

  it('[I-23] [L-24] new rights bring what they show and nothing that is here already', async () => {
    server.rules.sees = (_device, region) => region === VILLAGE
    await others(40)
    await others(25, NEXT_VILLAGE, 100)
    await book.tryNow()
    expect((await heldBy(browser)).recs).toHaveLength(40)
    server.rules.sees = () => true
    Object.assign(server.rules, { scopeRev: 2, me: makeMe({ grants: grants(VILLAGE, NEXT_VILLAGE) }) })
    const rows: number[] = []
    const answer = server.exchange.bind(server)
    server.exchange = async (body) => {
      const bytes = await answer(body)
      rows.push(new TextDecoder().decode(bytes).split('"facts"').length - 1)
      return bytes
    }
    await news()
    await book.tryNow()
    expect(contents(await expectSound(browser))).toEqual(onServer())
    expect(rows.reduce((sum, one) => sum + one, 0)).toBe(25 + 1)
    expect((await heldBy(browser)).cursors[county]).toBe(66)
  })

  it('a server that sends no sums is walked anew when rights grew', async () => {
    server.rules.mute = true
    server.rules.sees = (_device, region) => region === VILLAGE
    await others(4)
    await others(5, NEXT_VILLAGE, 100)
    await book.tryNow()
    server.rules.sees = () => true
    Object.assign(server.rules, { scopeRev: 2, me: makeMe({ grants: grants(VILLAGE, NEXT_VILLAGE) }) })
    await book.tryNow()
    expect(contents(await expectSound(browser))).toEqual(onServer())
  })

  it('[I-23] a busy server that puts fetching off is not taken for one that sends no sums', async () => {
    server.rules.sees = (_device, region) => region === VILLAGE
    await others(4)
    await book.tryNow()
    server.rules.sees = () => true
    Object.assign(server.rules, { scopeRev: 2, me: makeMe({ grants: grants(VILLAGE, NEXT_VILLAGE) }) })
    await others(5, NEXT_VILLAGE, 100)
    server.rules.putsOff = true
    await book.tryNow()
    expect((await heldBy(browser)).cursors[county]).toBe(4)
    server.rules.putsOff = false
    await book.tryNow()
    expect(contents(await expectSound(browser))).toEqual(onServer())
  })

  it('[I-22] [L-20] rights that went take thousands of records in pieces, and none with work on it', async () => {
    Object.assign(server.rules, { scopeRev: 2, me: makeMe({ grants: grants(VILLAGE, NEXT_VILLAGE) }) })
    const ids = await others(1200, NEXT_VILLAGE)
    await others(10, VILLAGE, 2000)
    await book.tryNow()
    expect((await heldBy(browser)).recs).toHaveLength(1210)
    browser.sky.now = 'down'
    const worked = ids.filter((_id, at) => at % 300 === 7)
    for (const id of worked)
      await book.save([{ ...patchEdit(id, { facts: '水沟堵了' }), region: NEXT_VILLAGE }])
    Object.assign(server.rules, { scopeRev: 3, me: makeMe({ grants: grants(VILLAGE) }) })
    server.rules.sees = (_device, region) => region === VILLAGE
    server.rules.decide = (op, device) => (device === 999 ? null : [op.n, 'later', 0, 0, {}])
    browser.sky.now = null
    await book.tryNow()
    const held = await expectSound(browser)
    expect(held.recs.filter((one) => one.row.village === NEXT_VILLAGE).map((one) => one.row.id)).toEqual(
      worked,
    )
    expect(held.recs).toHaveLength(10 + worked.length)
    expect((await agreed()).state).toBe('match')
    server.rules.decide = undefined
    await book.tryNow()
    expect((await expectSound(browser)).recs, 'decided, so it goes').toHaveLength(10)
  })

  it('[I-23] a phone that was away so long that exits are forgotten ends with what is its own, its outbox untouched', async () => {
    server.rules.sees = (_device, region) => region === VILLAGE
    const [one = '', two = '', three = ''] = await others(12)
    await book.tryNow()
    browser.sky.now = 'down'
    await book.save([patchEdit(two, { facts: '水沟堵了' })])
    for (const id of [one, two, three]) server.move(`dispute/${id}`, NEXT_VILLAGE)
    server.rules.floor = 99
    await others(100, VILLAGE, 200)
    server.rules.decide = (op, device) => (device === 999 ? null : [op.n, 'later', 0, 0, {}])
    browser.sky.now = null
    await book.tryNow()
    const held = await expectSound(browser)
    expect(held.out).toHaveLength(1)
    expect(held.recs.find((each) => each.row.id === two)?.stored.gone).toBe(true)
    expect(held.recs.map((each) => each.row.id)).not.toContain(one)
    expect(held.recs).toHaveLength(12 - 3 + 1 + 100)
    expect((await agreed()).state).toBe('match')
  })
})
