import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WholeNotebook } from '#phone/api.ts'
import type { Op } from '#sync/protocol/op.ts'
import { NEXT_VILLAGE, agreeEdit, disputeEdit, outreachEdit, patchEdit } from '#tests/support/phone-people.ts'
import { VILLAGE } from '#tests/support/make-rights.ts'
import { makeOp } from '#tests/support/make-op.ts'
import { contents, expectSound, heldBy } from '#tests/support/phone-check.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, makeMe, START_AT, TestClock, when, type Browser } from '#tests/support/phone-world.ts'

let server: TinyServer
let browser: Browser
let book: WholeNotebook

beforeEach(async () => {
  server = new TinyServer(() => START_AT)
  browser = await makeBrowser(server)
  book = await browser.open()
  await book.tryNow()
})
afterEach(() => browser.closeAll())

const county = VILLAGE.slice(0, 6)

/** A change of a known dispute by somebody else. */
const others = (id: string, n: number, k: string, a: Op['a'], b = 1): Op =>
  makeOp({ i: id, n, k, a, b, e: ['dispute', id], r: VILLAGE })

async function saved(...edits: Parameters<WholeNotebook['save']>[0]): Promise<void> {
  expect(await book.save(edits)).toMatchObject({ ok: true })
}

describe('receipts', () => {
  it('[I-6] [TR-29] [I-11] an answer lost after the server had done it gives the same records, once', async () => {
    browser.sky.now = 'lost'
    const id = book.newId()
    await saved(disputeEdit(id), agreeEdit(id))
    await book.tryNow()
    expect((await expectSound(browser)).out).toHaveLength(2)
    expect(server.applied).toHaveLength(2)
    browser.sky.now = null
    await book.tryNow()
    const held = await expectSound(browser)
    expect(held.out).toHaveLength(0)
    expect(held.ring).toHaveLength(2)
    expect(server.applied).toHaveLength(2)
    expect(held.recs[0]?.stored.now.body).toEqual(server.records.get(`dispute/${id}`)?.state.body)
  })

  it('[I-7] a number another phone has used stops the engine, is not taken for done, and asks to enter anew', async () => {
    server.rules.decide = (op) => [op.n, 'fork', 0, 0, {}]
    await saved(disputeEdit(book.newId()))
    await when(book.status, (status) => status.needsLogin)
    expect((await expectSound(browser)).out).toHaveLength(1)
    const before = browser.sky.sent
    await book.tryNow()
    expect(browser.sky.sent).toBe(before)
  })

  it('[I-9] one refused op delays none that does not hang on it, and is kept with its reason', async () => {
    const [bad, good] = [book.newId(), book.newId()]
    server.rules.decide = (op) =>
      op.e[1] === bad ? [op.n, 'rejected', 0, 0, { code: 'out-of-scope' }] : null
    browser.sky.now = 'down'
    await saved(disputeEdit(bad))
    await saved(agreeEdit(bad))
    await saved(disputeEdit(good))
    browser.sky.now = null
    await book.tryNow()
    const held = await expectSound(browser)
    expect(server.records.has(`dispute/${good}`)).toBe(true)
    expect(held.dead.map((one) => one.code)).toEqual(['out-of-scope', 'out-of-scope'])
    const opened = await when(book.open('dispute', bad), (one) => one !== null && one.state === 'stuck')
    expect(opened).toMatchObject({ word: 'needs-you', refused: [{ op: 'create' }, { op: 'dispute.agree' }] })
    expect(opened?.body['stage']).toBe('agreed')
  })

  it('[I-26] a refused op stays through restarts until its author gives it up', async () => {
    const id = book.newId()
    server.rules.decide = (op) => [op.n, 'quarantined', 0, 0, {}]
    await saved(disputeEdit(id))
    await book.tryNow()
    await browser.closeAll()
    book = await browser.open()
    await when(book.status, (status) => status.refused === 1)
    const n = (await expectSound(browser)).dead[0]?.row.n as number
    expect(await book.discard(n)).toEqual({ ok: true, value: true })
    await when(book.rows, (rows) => rows.length === 0)
    await book.tryNow()
    const held = await expectSound(browser)
    // Besides the op itself, what was said of it: whatever the server makes of that, nobody is asked about it.
    expect([held.dead.length, held.recs.length, held.ring.length]).toEqual([0, 0, 2])
  })

  it('[I-26] giving up a refused record gives up what the server held back because of it', async () => {
    const id = book.newId()
    browser.sky.now = 'down'
    await saved(disputeEdit(id))
    await saved(agreeEdit(id))
    server.rules.decide = (op) =>
      op.k === 'create' ? [op.n, 'rejected', 0, 0, { code: 'out-of-scope' }] : null
    browser.sky.now = null
    await book.tryNow()
    const held = await expectSound(browser)
    expect([held.dead.length, held.out.map((one) => one.row.state)]).toEqual([1, ['blocked']])
    expect(held.recs[0]?.stored.now.body['stage']).toBe('agreed')
    await book.discard(1)
    await book.tryNow()
    const after = await expectSound(browser)
    expect([after.recs.length, after.out.length, after.dead.length, after.ring.length]).toEqual([0, 0, 0, 3])
  })

  it('[I-8] [I-3] an op the server cannot decide yet waits, and goes when it can', async () => {
    server.rules.decide = (op) => [op.n, 'later', 0, 0, {}]
    const id = book.newId()
    await saved(disputeEdit(id))
    await book.tryNow()
    expect((await expectSound(browser)).out.map((one) => one.row.state)).toEqual(['later'])
    server.rules.decide = undefined
    await book.tryNow()
    expect((await expectSound(browser)).out).toHaveLength(0)
  })

  it('[I-10] an op that nobody can read alone stands aside; the others pass, and it gets another chance with every start', async () => {
    const [bad, good] = [book.newId(), book.newId()]
    const answer = server.exchange.bind(server)
    server.exchange = async (body) => {
      if (new TextDecoder().decode(body).includes(bad)) throw new RangeError('413')
      return answer(body)
    }
    const { net } = browser.ports
    const exchange = net.exchange.bind(net)
    net.exchange = (body) =>
      exchange(body).catch((error: unknown) => {
        if (!(error instanceof RangeError)) throw error
        return { status: 413, retryAfter: null, contentType: '', chunks: (async function* () {})() }
      })
    browser.sky.now = 'down'
    for (const id of [good, bad, book.newId()]) await saved(disputeEdit(id))
    browser.sky.now = null
    await book.tryNow()
    const held = await expectSound(browser)
    expect(held.out.map((one) => [one.op.e[1], one.row.state])).toEqual([[bad, 'held']])
    await when(book.queue, (queue) => queue[0]?.state === 'stuck')
    const before = browser.sky.sent
    browser.clock.pass(60_000)
    await when(book.status, (status) => !status.running)
    expect(browser.sky.sent, 'it is not offered again and again').toBe(before + 1)
    server.exchange = answer
    await browser.closeAll()
    book = await browser.open()
    await book.tryNow()
    expect((await expectSound(browser)).out).toHaveLength(0)
  })
})

describe('order and pull', () => {
  it('[I-14] [I-15] [TR-32] an answer broken at any byte leaves a sound phone, and the next whole one the same state', async () => {
    let broken = 0
    let wanted: unknown
    for (let cut = 0; cut < 2400; cut += 31) {
      const clock = new TestClock()
      const tiny = new TinyServer(() => START_AT)
      const phone = await makeBrowser(tiny, { clock, device: 77 })
      const here = await phone.open()
      await here.tryNow()
      phone.sky.now = 'down'
      const id = '01912345-0000-7000-8000-00000000f001'
      await here.save([disputeEdit(id), agreeEdit(id)])
      await tiny.other(makeOp({ n: 1, e: ['dispute', '01912345-0000-7000-8000-00000000f002'], r: VILLAGE }))
      phone.sky.now = cut
      await here.tryNow()
      const half = await expectSound(phone)
      const cursor = half.cursors[county] ?? 0
      const due = [...tiny.records.values()].filter((one) => one.seq <= cursor).map((one) => one.state.id)
      expect(half.recs.map((one) => one.row.id)).toEqual(expect.arrayContaining(due))
      if (half.out.length > 0 || cursor < 3) broken++
      phone.sky.now = null
      await here.tryNow()
      const whole = await expectSound(phone)
      expect(whole.out, `cut at ${cut}`).toHaveLength(0)
      wanted ??= contents(whole)
      expect(contents(whole), `cut at ${cut}`).toEqual(wanted)
      await phone.closeAll()
    }
    expect(broken).toBeGreaterThan(15)
  }, 60_000)

  it('[I-27] shows what was taken even when the answer breaks off before the record itself comes', async () => {
    const id = book.newId()
    await saved(disputeEdit(id))
    await book.tryNow()
    const answer = server.exchange.bind(server)
    server.exchange = async (body) => {
      const text = new TextDecoder().decode(await answer(body))
      return new TextEncoder().encode(text.slice(0, text.indexOf('{"page"')))
    }
    await saved(agreeEdit(id))
    await book.tryNow()
    const [record] = (await expectSound(browser)).recs
    expect(record?.row).toMatchObject({ pending: 0, rv: 1 })
    expect(record?.stored.now.body['stage']).toBe('agreed')
    server.exchange = answer
    await book.tryNow()
    expect((await expectSound(browser)).recs[0]?.row.rv).toBe(2)
  })

  it('[I-16] an old page never takes a record back', async () => {
    // A page by itself: with sums of villages a server that insists would be believed.
    server.rules.mute = true
    const id = book.newId()
    await saved(disputeEdit(id))
    await book.tryNow()
    const stale = structuredClone(server.records.get(`dispute/${id}`))
    await server.other(others(id, 1, 'patch', { place: '村口' }))
    await book.tryNow()
    if (stale) {
      server.records.set(`dispute/${id}`, { ...stale, seq: 99 })
      server.heads.set(county, 99)
    }
    await book.tryNow()
    const [record] = (await expectSound(browser)).recs
    expect([record?.row.rv, record?.stored.now.body['place']]).toEqual([2, '村口'])
  })

  it('[I-5] a change that arrives goes under what waits here, and both show', async () => {
    const id = book.newId()
    await saved(disputeEdit(id))
    await book.tryNow()
    browser.sky.now = 'down'
    await saved(patchEdit(id, { facts: '水沟堵了' }))
    await server.other(others(id, 1, 'patch', { place: '村口' }))
    browser.sky.now = null
    server.rules.decide = (op, device) => (device === 999 ? null : [op.n, 'later', 0, 0, {}])
    await book.tryNow()
    const [record] = (await expectSound(browser)).recs
    expect(record?.row.rv).toBe(2)
    expect(record?.stored.now.body).toMatchObject({ facts: '水沟堵了', place: '村口' })
  })

  it('[I-20] a record that moved away is gone after the next pull', async () => {
    const id = book.newId()
    server.rules.sees = (_device, region) => region === VILLAGE
    await saved(disputeEdit(id))
    await when(book.rows, (rows) => rows[0]?.word === 'handed-in')
    await book.tryNow()
    server.move(`dispute/${id}`, NEXT_VILLAGE)
    await book.tryNow()
    await when(book.rows, (rows) => rows.length === 0)
    expect((await expectSound(browser)).recs).toEqual([])
  })

  it('[I-22] a record that moved away stays with its author while work on it waits or was refused', async () => {
    const id = book.newId()
    server.rules.sees = (_device, region) => region === VILLAGE
    await saved(disputeEdit(id))
    await book.tryNow()
    browser.sky.now = 'down'
    await saved(patchEdit(id, { facts: '水沟堵了' }))
    server.move(`dispute/${id}`, NEXT_VILLAGE)
    server.rules.decide = (op) => [op.n, 'rejected', 0, 0, { code: 'out-of-scope' }]
    browser.sky.now = null
    await book.tryNow()
    const held = await expectSound(browser)
    expect(held.recs[0]?.stored).toMatchObject({ gone: true, refused: 1 })
    const opened = await when(book.open('dispute', id), (one) => one !== null)
    expect(opened?.refused).toMatchObject([{ code: 'out-of-scope', args: { facts: '水沟堵了' } }])
    expect(opened?.isGone).toBe(true)
  })

  it('[I-14] brings a first thousand records page by page, and every one once', async () => {
    server.rules.pageRows = 100
    // What a cursor skips would be brought by the sums later; here it would stay away.
    server.rules.mute = true
    for (let at = 0; at < 1000; at++) {
      const id = `01912345-0000-7000-8000-${String(at).padStart(12, '0')}`
      await server.other(makeOp({ n: at + 1, e: ['dispute', id], r: VILLAGE }))
    }
    await book.tryNow()
    await when(book.rows, (rows) => rows.length === 1000)
    expect((await heldBy(browser)).cursors[county]).toBe(1000)
  })
})

describe('refused as a whole', () => {
  it('[I-30] an answer that greets somebody else changes nothing here and takes no op; the next of our own does', async () => {
    const id = book.newId()
    await server.other(makeOp({ n: 1, e: ['dispute', id], r: VILLAGE }))
    const answer = server.exchange.bind(server)
    server.exchange = (body) => {
      const told = server.rules
      server.rules = { ...told, me: makeMe({ person: '0190aaaa-0000-7000-8000-00000000beef' }), scopeRev: 9 }
      return answer(body).finally(() => {
        server.rules = told
      })
    }
    await saved(outreachEdit(book.newId()))
    const before = await expectSound(browser)
    await book.tryNow()
    expect(await expectSound(browser)).toEqual(before)
    expect(before.out).toHaveLength(1)
    server.exchange = answer
    await book.tryNow()
    const after = await expectSound(browser)
    expect([after.out.length, after.recs.length]).toEqual([0, 2])
  })

  it('[I-31] a login that has run out stops nobody, loses nothing, and the queue drains by itself after entering', async () => {
    browser.sky.instead = { status: 401 }
    await saved(outreachEdit(book.newId()))
    await when(book.status, (status) => status.needsLogin)
    await saved(outreachEdit(book.newId()))
    expect((await expectSound(browser)).out).toHaveLength(2)
    browser.sky.instead = null
    await book.entered()
    await when(book.status, (status) => status.waiting === 0 && !status.needsLogin)
    expect(server.applied).toHaveLength(2)
  })

  it.each([
    [
      'a captive portal',
      { status: 200, contentType: 'text/html', chunks: page('<html>请登录无线网</html>\n') },
    ],
    ['a server that is down', { status: 502 }],
    [
      'an answer without its end',
      { chunks: page('{"hello":1,"epoch":"e1","now":1,"scopeRev":1,"ringSafe":0,"wait":0}\n') },
    ],
  ])('takes %s for weather and tries again later', async (_name, instead) => {
    browser.sky.instead = instead
    await saved(outreachEdit(book.newId()))
    await when(book.status, (status) => !status.running && status.waiting === 1)
    browser.sky.instead = null
    browser.clock.pass(60_000)
    const status = await when(book.status, (one) => one.waiting === 0)
    expect(status.link).toBe('up')
  })

  it('[I-10] [TR-31] what stood aside because something in between took nothing goes when a person asks, or at the next start', async () => {
    browser.sky.instead = { status: 413 }
    await saved(outreachEdit(book.newId()))
    await when(book.queue, (queue) => queue[0]?.state === 'stuck')
    browser.sky.instead = null
    await book.tryNow()
    expect(await when(book.status, (status) => status.waiting === 0)).toMatchObject({ link: 'up' })
    expect(server.applied).toHaveLength(1)
  })

  it('[I-10] [TR-33] what nobody can read any more stands among what waits and cannot go, and delays nothing else', async () => {
    browser.sky.now = 'down'
    await saved(outreachEdit(book.newId()))
    await saved(outreachEdit(book.newId()))
    const tables = await browser.ports.openTables(browser.vault)
    await tables.write(['out'], 'relaxed', async ({ out }) => {
      const [row] = await out.all()
      if (row) await out.put({ ...row, box: row.box.map((byte) => byte ^ 1) })
    })
    tables.close()
    // What this page remembers of it would still go.
    await browser.closeAll()
    book = await browser.open()
    browser.sky.now = null
    await book.tryNow()
    const queue = await when(book.queue, (all) => all.length === 1)
    expect(queue[0]).toMatchObject({ n: 1, kind: 'outreach', state: 'stuck', at: START_AT })
    expect(server.applied.map(({ op }) => op.n)).toEqual([2])
  })

  it('[TR-31] a page that does not like the request is no reason to set anything aside', async () => {
    browser.sky.instead = { status: 400 }
    await saved(outreachEdit(book.newId()))
    await when(book.status, (status) => !status.running && status.waiting === 1)
    expect((await heldBy(browser)).out.map(({ row }) => row.state)).toEqual(['ready'])
    browser.sky.instead = null
    browser.clock.pass(60_000)
    await when(book.status, (status) => status.waiting === 0)
  })

  it('waits as long as the server asks, even when somebody is looking', async () => {
    browser.sky.instead = { status: 503, retryAfter: 120 }
    await saved(outreachEdit(book.newId()))
    await when(book.status, (status) => !status.running && status.waiting === 1)
    browser.sky.instead = null
    const before = browser.sky.sent
    await book.tryNow()
    browser.clock.pass(119_000)
    expect(browser.sky.sent).toBe(before)
    browser.clock.pass(31_000)
    await when(book.status, (status) => status.waiting === 0)
  })

  it('sends nothing while it is cut off, and all of it afterwards', async () => {
    book.setCut(true)
    const before = browser.sky.sent
    await saved(outreachEdit(book.newId()))
    await book.tryNow()
    browser.clock.pass(3_600_000)
    expect(browser.sky.sent).toBe(before)
    await when(book.status, (status) => status.cut)
    book.setCut(false)
    await when(book.status, (status) => status.waiting === 0 && !status.cut)
  })
})

async function* page(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text)
}
