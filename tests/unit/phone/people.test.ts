import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Draft, WholeNotebook } from '#phone/api.ts'
import { enterVault, leaveVault, openVault } from '#phone/enrolment.ts'
import { createNotebook } from '#phone/notebook.ts'
import { SOMEBODY } from '#tests/support/make-rights.ts'
import { expectSound } from '#tests/support/phone-check.ts'
import { agreeEdit, disputeEdit, outreachEdit, patchEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, makeMe, START_AT, when, type Browser } from '#tests/support/phone-world.ts'

const DAY = 86_400_000
let server: TinyServer
let browser: Browser
let book: WholeNotebook

beforeEach(async () => {
  server = new TinyServer(() => START_AT)
  browser = await makeBrowser(server)
  book = await browser.open()
  await book.tryNow()
  browser.sky.now = 'down'
})
afterEach(() => browser.closeAll())

describe('a hand that is not sure', () => {
  it('[L-2] presses save five times, in two tabs at once, and makes one record', async () => {
    const second = await browser.open()
    const id = book.newId()
    const presses = [book, second, book, second, book].map((tab) => tab.save([disputeEdit(id)]))
    const answers = await Promise.all(presses)
    expect(answers.filter((one) => one.ok)).toHaveLength(1)
    for (const one of answers.filter((each) => !each.ok)) expect(one).toEqual({ ok: false, reason: 'exists' })
    const held = await expectSound(browser)
    expect([held.recs.length, held.out.length, held.next]).toEqual([1, 1, 2])
    browser.sky.now = null
    await book.tryNow()
    expect(server.applied).toHaveLength(1)
  })

  it('[L-2] that truly makes two records of the same words has two', async () => {
    await book.save([outreachEdit(book.newId())])
    await book.save([outreachEdit(book.newId())])
    browser.sky.now = null
    await book.tryNow()
    expect(server.records.size).toBe(2)
  })

  it('[L-4] a draft begun under another version of a form opens whole and is kept whole', async () => {
    const draft: Draft = {
      id: book.newId(),
      form: 'dispute',
      title: '王家和李家',
      at: START_AT,
      // A field this build has no box for, one that has become a list since, and one it would not offer any more.
      values: {
        facts: '水沟堵了',
        colour: '红',
        party: '王长顺',
        type: 'D99',
        deep: { a: [1, { b: null }] },
      },
    }
    await book.drafts.put(draft)
    await browser.closeAll()
    book = await browser.open()
    const found = (await book.drafts.get(draft.id)) as Draft
    expect(found).toEqual(draft)
    await book.drafts.put({ ...found, values: { ...found.values, facts: '水沟又堵了' } })
    expect((await book.drafts.get(draft.id))?.values).toEqual({ ...draft.values, facts: '水沟又堵了' })
  })
})

describe('what belongs together', () => {
  it('[L-13] arrives in the order in which it was done, also across restarts, and what came too early waits', async () => {
    const [id, other] = [book.newId(), book.newId()]
    await book.save([disputeEdit(id)])
    await book.save([patchEdit(id, { facts: '水沟堵了' })])
    await browser.closeAll()
    book = await browser.open()
    await book.save([agreeEdit(id)])
    await book.save([disputeEdit(other)])
    // The server cannot take the first of them yet; the record that does not hang on it goes on.
    server.rules.decide = (op) => (op.k === 'create' && op.e[1] === id ? [op.n, 'later', 0, 0, {}] : null)
    browser.sky.now = null
    await book.tryNow()
    expect(server.applied.map(({ op }) => op.e[1])).toEqual([other])
    expect((await expectSound(browser)).out.map(({ row }) => row.state)).toEqual([
      'later',
      'blocked',
      'blocked',
    ])
    await browser.closeAll()
    server.rules.decide = undefined
    book = await browser.open()
    await book.tryNow()
    await when(book.status, (status) => status.waiting === 0)
    expect(server.applied.map(({ op }) => op.k)).toEqual(['create', 'create', 'patch', 'dispute.agree'])
    await expectSound(browser)
  })

  it('[I-19] a record the server took and does not keep for its author is called handed in, no more, and goes when both sides were compared', async () => {
    server.rules.sees = () => false
    const words: string[] = []
    const stop = book.rows.subscribe((rows) => words.push(...rows.map((row) => row.word)))
    const id = book.newId()
    await book.save([disputeEdit(id)])
    browser.sky.now = null
    await book.tryNow()
    await when(book.rows, (rows) => rows.length === 0)
    stop()
    expect(new Set(words)).toEqual(new Set(['saved', 'handed-in']))
    expect(server.records.has(`dispute/${id}`)).toBe(true)
    await expectSound(browser)
  })
})

describe('a clock that is wrong', () => {
  it('[L-25] [I-29] [TR-35] by years, or jumps back, loses no record, hides none, and hands them in in the order they were made', async () => {
    const titles: string[] = []
    for (const [at, wall] of [START_AT, 0, START_AT + 60 * 365 * DAY, START_AT - 3 * DAY, -5000].entries()) {
      browser.clock.wall = wall
      const saved = await book.save([outreachEdit(book.newId(), { title: `第${at}场` })])
      expect(saved.ok, String(wall)).toBe(true)
      titles.push(`第${at}场`)
    }
    await browser.closeAll()
    book = await browser.open()
    const rows = await when(book.rows, (list) => list.length === 5)
    expect(rows.map((row) => row.title).sort()).toEqual(titles)
    expect((await when(book.queue, (list) => list.length === 5)).map((one) => one.title)).toEqual(titles)
    browser.sky.now = null
    await book.tryNow()
    expect(server.applied.map(({ op }) => op.a['title'])).toEqual(titles)
    const entered = [...server.records.values()].map(({ state }) => state.body['enteredAt'] as number)
    for (const at of entered) expect(at >= 0 && at <= START_AT).toBe(true)
    await expectSound(browser)
  })
})

describe('a clock that is ten years off', () => {
  it.each([-10, 10])(
    '[TR-35] %i years: nothing is refused, what follows comes in order, and no pause that was asked for is shorter',
    async (years) => {
      const id = book.newId()
      await book.save([disputeEdit(id)])
      browser.clock.wall = START_AT + years * 365 * DAY
      expect((await book.save([patchEdit(id, { facts: '水沟堵了' })])).ok).toBe(true)
      browser.sky.now = null
      browser.sky.instead = { status: 503, retryAfter: 120 }
      await book.tryNow()
      await when(book.status, (status) => !status.running && status.waiting === 2)
      browser.sky.instead = null
      const before = browser.sky.sent
      browser.clock.wall = START_AT - years * 365 * DAY
      await book.tryNow()
      browser.clock.pass(119_000)
      expect(browser.sky.sent).toBe(before)
      browser.clock.pass(31_000)
      await when(book.status, (status) => status.waiting === 0)
      expect(server.applied.map(({ op }) => op.k)).toEqual(['create', 'patch'])
      expect((await expectSound(browser)).dead).toEqual([])
    },
  )
})

describe('two people and one phone', () => {
  const hers = { me: makeMe({ person: SOMEBODY, name: '陈小满' }), device: 7001, epoch: 'e1', scopeRev: 1 }

  /** Somebody else enters on the same browser. */
  async function herBook(): Promise<{ vault: string; book: WholeNotebook }> {
    server.authors.set(hers.device, SOMEBODY)
    const entered = await enterVault(hers, browser.ports)
    if (!entered.ok) throw new Error(entered.reason)
    return { vault: entered.value, book: await createNotebook(browser.ports, { vault: entered.value }) }
  }

  it('[L-35] leaving, another’s entering and a login that runs out take nothing away; it goes when its author is back', async () => {
    const id = book.newId()
    await book.save([disputeEdit(id, { facts: '水沟堵了' })])
    await book.drafts.put({ id: book.newId(), form: 'dispute', title: '没写完', at: START_AT, values: {} })
    await browser.closeAll()
    leaveVault(browser.ports)
    const her = await herBook()
    browser.sky.now = null
    await her.book.save([outreachEdit(her.book.newId())])
    await her.book.tryNow()
    expect(server.applied.map((one) => one.device)).toEqual([hers.device])
    browser.sky.instead = { status: 401 }
    await her.book.save([outreachEdit(her.book.newId())])
    await her.book.tryNow()
    await her.book.close()
    browser.sky.instead = null

    const me = { me: makeMe(), device: (await expectSound(browser)).device, epoch: 'e1', scopeRev: 1 }
    expect(await enterVault(me, browser.ports)).toEqual({ ok: true, value: browser.vault })
    expect(await openVault(browser.ports)).toEqual({ vault: browser.vault, vanished: null })
    book = await browser.open()
    expect(await when(book.drafts.list, (list) => list.length === 1)).toMatchObject([{ title: '没写完' }])
    await book.tryNow()
    expect(server.records.get(`dispute/${id}`)?.state.body).toMatchObject({ facts: '水沟堵了' })
    expect((await expectSound(browser)).out).toHaveLength(0)
    expect((await expectSound({ ports: browser.ports, vault: her.vault })).out).toHaveLength(1)
  })

  it('[L-37] show each other nothing: no record, draft, queue, refusal, answer of the desk, or count', async () => {
    server.rules.decide = (op) => (op.k === 'create' ? [op.n, 'rejected', 0, 0, { code: 'closed' }] : null)
    browser.sky.now = null
    await book.save([disputeEdit(book.newId(), { facts: '水沟堵了' })])
    await book.tryNow()
    browser.sky.now = 'down'
    await book.save([outreachEdit(book.newId())])
    await book.drafts.put({ id: book.newId(), form: 'dispute', title: '没写完', at: START_AT, values: {} })
    await book.deskCache.put('/api/desk/overview', { disputes: 1 }, START_AT)

    server.rules.sees = () => false
    const her = await herBook()
    expect(await when(her.book.me, (me) => me !== null)).toMatchObject({ name: '陈小满' })
    expect(await when(her.book.rows, () => true)).toEqual([])
    expect(await when(her.book.drafts.list, () => true)).toEqual([])
    expect(await when(her.book.queue, () => true)).toEqual([])
    expect(await when(her.book.care.refused, () => true)).toEqual([])
    expect(await her.book.deskCache.get('/api/desk/overview')).toBeNull()
    expect(await when(her.book.status, () => true)).toMatchObject({ waiting: 0, refused: 0, oldestAt: null })
    // Her key opens none of his boxes.
    const mine = (await expectSound(browser)).raw
    const theirs = (await expectSound({ ports: browser.ports, vault: her.vault })).raw
    expect(JSON.stringify(theirs['rec'])).not.toContain(
      JSON.stringify((mine['rec'] as { id: string }[])[0]?.id),
    )
    await her.book.close()
    await expect(
      createNotebook(
        { ...browser.ports, openSealer: await sealerOfHer(her.vault) },
        { vault: browser.vault },
      ),
    ).rejects.toThrow(/operation-specific/)
  })

  /** The sealer of her vault, put under his. */
  async function sealerOfHer(vault: string) {
    const tables = await browser.ports.openTables(vault)
    const sealer = await browser.ports.openSealer(tables)
    tables.close()
    return () => Promise.resolve(sealer)
  }
})
