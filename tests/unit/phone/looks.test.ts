import { afterEach, beforeEach, expect, it } from 'vitest'
import type { WholeNotebook } from '#phone/api.ts'
import { boundToParty } from '#domain/privacy/id-number.ts'
import type { MetaRow } from '#phone/database/rows.ts'
import { MOST_LOOKS } from '#sync/protocol/looks.ts'
import { fieldKeysFrom, openBox, publicFieldKey } from '#server/privacy/field-keys.ts'
import { disputeEdit } from '#tests/support/phone-people.ts'
import { makeOp } from '#tests/support/make-op.ts'
import { VILLAGE } from '#tests/support/make-rights.ts'
import { WANG } from '#tests/support/make-dispute.ts'
import { heldBy } from '#tests/support/phone-check.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, START_AT, when, type Browser } from '#tests/support/phone-world.ts'

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

const THEIRS = '01912345-0000-7000-8000-0000000000f1'
/** A dispute somebody else of the village wrote down. */
async function others(id = THEIRS): Promise<string> {
  await server.push(9, [makeOp({ i: id, e: ['dispute', id], r: VILLAGE })])
  await book.tryNow()
  return id
}
const asked = () => server.looked
/** Reads a record as its page does. */
const read = (id: string) => when(book.open('dispute', id), (one) => one !== null)
const kept = async () =>
  ((await heldBy(browser)).raw['meta'] as MetaRow[]).filter((one) => one.name.startsWith('look/'))
async function noted(n: number): Promise<void> {
  await expect.poll(async () => (await kept()).length).toBe(n)
}

it('[TR-51] reading what somebody else wrote is noted without a network, sealed, and handed in with the next exchange', async () => {
  const id = await others()
  browser.sky.now = 'down'
  await read(id)
  await noted(1)
  await read(id)
  const rows = await kept()
  expect(rows).toHaveLength(1)
  expect(new TextDecoder().decode(rows[0]?.box)).not.toContain(id)
  browser.sky.now = null
  server.rules.notes = true
  await book.save([disputeEdit(book.newId())])
  await book.tryNow()
  expect(asked()).toEqual([['dispute', id, VILLAGE, 'read', expect.any(Number)]])
  await noted(0)
})

it('[TR-51] what one wrote oneself is nobody’s business; an answer that does not say it took note loses nothing', async () => {
  const own = book.newId()
  await book.save([disputeEdit(own)])
  await read(own)
  const id = await others()
  await read(id)
  await noted(1)
  await book.save([disputeEdit(book.newId())])
  await book.tryNow()
  expect(asked().map((one) => one[1])).toContain(id)
  expect(asked().map((one) => one[1])).not.toContain(own)
  expect(await kept()).toHaveLength(1)
})

it('[TR-51] a whole number is shown only after that is written down; more than one request can take goes with the next', async () => {
  const lead = { kind: 'lead' as const, region: VILLAGE }
  for (let n = 0; n < MOST_LOOKS + 3; n++) await book.numbers?.revealed({ ...lead, id: book.newId() })
  expect(await kept()).toHaveLength(MOST_LOOKS + 3)
  server.rules.notes = true
  for (let round = 0; round < 2; round++) {
    await book.save([disputeEdit(book.newId())])
    await book.tryNow()
  }
  expect(asked()).toHaveLength(MOST_LOOKS + 3)
  expect(new Set(asked().map((one) => one[1])).size).toBe(MOST_LOOKS + 3)
  expect(await kept()).toHaveLength(0)
})

it('[TR-47] an identity number is sealed for the server alone; no database of this phone holds it, saved or handed in', async () => {
  const number = '11010519491231002X'
  const id = book.newId()
  const bound = boundToParty(id, WANG)
  expect(await book.numbers?.seal(number, bound)).toBeNull()
  const keys = fieldKeysFrom(['a secret of this test only, and no other'])
  server.rules.keys = [{ is: 'something else' }, publicFieldKey(keys)]
  await book.save([disputeEdit(id)])
  await book.tryNow()
  const box = await book.numbers?.seal(number, bound)
  if (!box) throw new Error('no key')
  expect(openBox(keys, bound, box)).toBe(number)
  const edit = {
    kind: 'dispute' as const,
    id,
    region: VILLAGE,
    op: 'dispute.identify',
    args: { party: WANG, number: { tail: number.slice(-4), ...box, agreedOn: '2026-11-20' } },
  }
  expect(await book.save([edit])).toMatchObject({ ok: true })
  const everything = async () => JSON.stringify(await heldBy(browser))
  expect(await everything()).toContain('002X')
  expect(await everything()).not.toContain('19491231')
  await book.tryNow()
  expect(await everything()).not.toContain('19491231')
  expect(server.records.get(`dispute/${id}`)?.state.body['idNumbers']).toMatchObject([
    { id: WANG, tail: '002X' },
  ])
})
