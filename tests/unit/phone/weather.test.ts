import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WholeNotebook } from '#phone/api.ts'
import { openVault } from '#phone/enrolment.ts'
import { NoAnswer, type Net } from '#sync/engine/ports.ts'
import { expectSound } from '#tests/support/phone-check.ts'
import { outreachEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, START_AT, when, type Browser } from '#tests/support/phone-world.ts'

let server: TinyServer
let browser: Browser
let book: WholeNotebook
beforeEach(async () => {
  server = new TinyServer(() => START_AT + browser.clock.ran)
  browser = await makeBrowser(server)
})
afterEach(() => browser.closeAll())

const saveOne = () => book.save([outreachEdit(book.newId())])

describe('a line that never answers', () => {
  it('[L-3] keeps nobody from saving, reading or beginning anew', async () => {
    const asked: true[] = []
    let breakOff: (why: NoAnswer) => void = () => undefined
    const silence = () => {
      asked.push(true)
      return new Promise<never>((_, fail) => void (breakOff = fail))
    }
    const hanging: Net = { abort: () => breakOff(new NoAnswer()), exchange: silence, head: silence }
    browser.ports.net = hanging
    book = await browser.open()
    while (asked.length === 0) await new Promise((go) => setTimeout(go, 5))
    for (let at = 0; at < 5; at++) expect(await saveOne()).toMatchObject({ ok: true })
    expect(await when(book.rows, (rows) => rows.length === 5)).toHaveLength(5)
    expect((await expectSound(browser)).out).toHaveLength(5)
  })

  it('[L-3] no more than a browser that is asked for room and says nothing', async () => {
    browser.sky.now = 'down'
    browser.ports.space = () => new Promise<never>(() => undefined)
    book = await browser.open()
    expect(await saveOne()).toMatchObject({ ok: true })
    expect((await expectSound(browser)).out).toHaveLength(1)
  })
})

describe('a network that wants a page of its own seen first', () => {
  it('[L-36] is told apart from no signal, and no longer once our server answers', async () => {
    book = await browser.open()
    await when(book.status, (status) => status.lastAt !== null)
    expect(book.status.get()?.elsewhere).toBe(false)
    const page = new TextEncoder().encode('<html>请先登录无线网</html>\n')
    browser.sky.instead = {
      status: 200,
      chunks: (async function* () {
        yield page
      })(),
    }
    await saveOne()
    expect(await when(book.status, (status) => status.elsewhere === true)).toMatchObject({
      link: 'down',
      waiting: 1,
      needsLogin: false,
    })
    Object.assign(browser.sky, { now: 'down', instead: null })
    await book.tryNow()
    expect(book.status.get()).toMatchObject({ link: 'down', elsewhere: false })
    browser.sky.now = null
    await book.tryNow()
    expect(await when(book.status, (status) => status.waiting === 0)).toMatchObject({
      link: 'up',
      elsewhere: false,
    })
  })
})

describe('a burst of refusals', () => {
  const PORTAL = { status: 200, contentType: 'text/html' }
  const BURST = [401, 403, 500, 502, 503, 429, 401, 504, 403, 500].map((status) => ({ status }))

  it('[L-36] sends nobody away, asks ever less often, and opens without a network whatever the age of the login', async () => {
    book = await browser.open()
    await when(book.status, (status) => status.lastAt !== null)
    const before = browser.sky.sent
    for (const instead of [...BURST, PORTAL, ...BURST, PORTAL]) {
      browser.sky.instead = instead
      browser.clock.pass(60_000)
      expect(await saveOne()).toMatchObject({ ok: true })
      await when(book.status, (status) => !status.running)
    }
    const saved = BURST.length * 2 + 2
    // A save may knock once; nothing knocks in a loop.
    expect(browser.sky.sent - before).toBeLessThanOrEqual(saved * 3)
    expect(book.me.get()).toMatchObject({ name: '赵春梅' })
    await browser.closeAll()
    browser.sky.now = 'down'
    browser.clock.wall += 400 * 86_400_000
    expect(await openVault(browser.ports)).toEqual({ vault: browser.vault, vanished: null })
    book = await browser.open()
    expect((await when(book.me, (me) => me !== null))?.name).toBe('赵春梅')
    expect(await when(book.rows, (rows) => rows.length === saved)).toHaveLength(saved)
    expect(await saveOne()).toMatchObject({ ok: true })
    Object.assign(browser.sky, { now: null, instead: null })
    await book.entered()
    await book.tryNow()
    await when(book.status, (status) => status.waiting === 0)
    expect(server.applied).toHaveLength(saved + 1)
  })
})
