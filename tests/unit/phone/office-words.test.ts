import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WholeNotebook } from '#phone/api.ts'
import { disputeEdit } from '#tests/support/phone-people.ts'
import { expectSound } from '#tests/support/phone-check.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, START_AT, when, type Browser } from '#tests/support/phone-world.ts'

const DEVICE = 71
let server: TinyServer
let browser: Browser
let book: WholeNotebook

beforeEach(async () => {
  server = new TinyServer(() => START_AT)
  browser = await makeBrowser(server, { device: DEVICE })
  book = await browser.open()
  server.rules.decide = (op) =>
    op.k === 'create' ? [op.n, 'rejected', 0, 0, { code: 'out-of-scope' }] : null
  await book.save([disputeEdit(book.newId())])
  await book.tryNow()
})
afterEach(() => browser.closeAll())

const order = (n: number, answer: string, at: number) => ({
  is: 'refused',
  op: [DEVICE, n],
  decision: 'returned',
  answer,
  at,
})

describe('what the office says of a refused op', () => {
  it('[I-26] stands beside it, outlives a restart, and leaves the op to its author', async () => {
    const [one] = await when(book.care.refused, (all) => all.length === 1)
    expect(one?.answer).toBeNull()
    server.rules.directives = [order(one?.n ?? 0, '换成你们村再交', START_AT + 5)]
    await book.tryNow()
    const said = { decision: 'returned', text: '换成你们村再交', at: START_AT + 5 }
    expect((await when(book.care.refused, (all) => all[0]?.answer !== null))[0]?.answer).toEqual(said)
    await browser.closeAll()
    book = await browser.open()
    expect((await when(book.care.refused, (all) => all.length === 1))[0]).toMatchObject({ answer: said })
    expect((await expectSound(browser)).dead).toHaveLength(1)
  })

  it('of another op, of another device, or not to be understood, changes nothing', async () => {
    const [one] = await when(book.care.refused, (all) => all.length === 1)
    const n = one?.n ?? 0
    server.rules.directives = [
      order(n + 5, '别的', 1),
      { ...order(n, '别人的', 1), op: [DEVICE + 1, n] },
      { is: 'refused' },
      'nonsense',
      null,
    ]
    await book.tryNow()
    expect((await when(book.care.refused, (all) => all.length === 1))[0]?.answer).toBeNull()
    expect(browser.faults).toEqual([])
  })
})
