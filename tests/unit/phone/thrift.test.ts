import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WholeNotebook } from '#phone/api.ts'
import { sealerOf, type Sealer } from '#phone/seal/box.ts'
import { makeOp } from '#tests/support/make-op.ts'
import { VILLAGE } from '#tests/support/make-rights.ts'
import { contents, expectSound, heldBy } from '#tests/support/phone-check.ts'
import { disputeEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, START_AT, when, type Browser } from '#tests/support/phone-world.ts'

const OPS = 30
const seals: string[] = []
const opens: string[] = []
let server: TinyServer
let browser: Browser
let book: WholeNotebook

/** A sealer that says for which store it was used. */
async function counting(): Promise<Sealer> {
  const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
  const real = sealerOf(key, crypto)
  const storeOf = (aad: string): string => aad.split('|')[1] ?? ''
  return {
    seal: (aad, plain) => (seals.push(storeOf(aad)), real.seal(aad, plain)),
    open: (aad, box) => (opens.push(storeOf(aad)), real.open(aad, box)),
  }
}
const forgotten = (): void => void (seals.length = opens.length = 0)
const of = (all: readonly string[], store: string): number => all.filter((one) => one === store).length

beforeEach(async () => {
  const sealer = await counting()
  server = new TinyServer(() => START_AT)
  browser = await makeBrowser(server, { ports: { openSealer: async () => sealer } })
  book = await browser.open()
  await book.tryNow()
})
afterEach(() => browser.closeAll())

async function savedAway(): Promise<void> {
  browser.sky.now = 'down'
  for (let at = 0; at < OPS; at++) await book.save([disputeEdit(book.newId())])
  await book.tryNow()
  forgotten()
}

describe('handing in', () => {
  it('seals each record once, opens no record, and moves the box of an op as it is', async () => {
    await savedAway()
    const waited = (await heldBy(browser)).out
    forgotten()
    browser.sky.now = null
    await book.tryNow()
    expect([of(seals, 'rec'), of(seals, 'ring'), of(opens, 'rec')]).toEqual([OPS, 0, 0])
    const { ring, out } = await expectSound(browser)
    expect(out).toEqual([])
    expect(ring.map((row) => row.box)).toEqual(waited.map(({ row }) => row.box))
  })

  it('[I-15] decisions whose page is cut off are kept, and the page comes later', async () => {
    await savedAway()
    const answer = server.exchange.bind(server)
    server.exchange = async (body) => {
      const text = new TextDecoder().decode(await answer(body))
      return new TextEncoder().encode(text.slice(0, text.indexOf('{"page"') + 20))
    }
    browser.sky.now = null
    await book.tryNow()
    const cut = await expectSound(browser)
    expect([cut.out.length, cut.ring.length]).toEqual([0, OPS])
    expect(cut.recs.every(({ row }) => row.rv === 0 && row.pending === 0)).toBe(true)
    server.exchange = answer
    await book.tryNow()
    expect(Object.keys(contents(await expectSound(browser)))).toHaveLength(OPS)
    expect((await heldBy(browser)).recs.every(({ row }) => row.rv === 1)).toBe(true)
  })
})

describe('a new history', () => {
  it('[I-33] is offered what was acknowledged, and only what goes now is opened for it', async () => {
    for (let at = 0; at < OPS; at++) await book.save([disputeEdit(book.newId())])
    await book.tryNow()
    server.restore(server.state(), 'e2')
    await book.tryNow()
    forgotten()
    server.restore(server.state(), 'e3')
    await book.tryNow()
    expect((await expectSound(browser)).ring.some((row) => row.again === 1)).toBe(false)
    // Once to go, and one more to know that there is more.
    expect(of(opens, 'op')).toBeLessThanOrEqual(OPS + 1)
  })
})

describe('the list', () => {
  it('takes the lines of a page without opening a box, in the order of their making', async () => {
    const idAt = (at: number): string => `01912345-0000-7000-8000-${String(at).padStart(12, '0')}`
    const come = async (ats: readonly number[]) => {
      for (const at of ats) await server.other(makeOp({ n: at + 1, e: ['dispute', idAt(at)], r: VILLAGE }))
      await book.tryNow()
    }
    const numbers = Array.from({ length: 90 }, (_, at) => at)
    const some = numbers.filter((at) => at % 3 === 0)
    const others = numbers.filter((at) => at % 3 !== 0).reverse()
    await come(some)
    forgotten()
    await come(others)
    const rows = await when(book.rows, (all) => all.length === 90)
    expect(rows.map((row) => row.id)).toEqual(numbers.map(idAt).reverse())
    expect(of(opens, 'rec')).toBe(0)
  })
})

describe('the ledger positions', () => {
  it('[L-24] are asked for first by who was here a moment ago, not by who was away', async () => {
    const asked: string[] = []
    const { net } = browser.ports
    const exchange = net.exchange.bind(net)
    // A server without that door: the exchange behind it tells the same.
    net.head = async () => {
      asked.push('head')
      return { status: 404, retryAfter: null, contentType: 'text/plain', chunks: page('') }
    }
    net.exchange = async (body) => (asked.push('exchange'), exchange(body))
    await book.tryNow()
    asked.length = 0
    await book.tryNow()
    expect(asked[0]).toBe('head')
    asked.length = 0
    browser.ports.clock.now = () => START_AT + 3_600_000
    await book.tryNow()
    expect(asked).toEqual(['exchange'])
  })
})

async function* page(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text)
}
