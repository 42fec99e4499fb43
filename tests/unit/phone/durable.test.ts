import { IDBObjectStore as FakeStore } from 'fake-indexeddb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Draft } from '#phone/api.ts'
import { storageFailure } from '#phone/database/failures.ts'
import { agreeEdit, disputeEdit, outreachEdit } from '#tests/support/phone-people.ts'
import { expectSound, heldBy } from '#tests/support/phone-check.ts'
import { powerUnder, type Power } from '#tests/support/phone-power.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, START_AT, when, type Browser } from '#tests/support/phone-world.ts'

const server = () => new TinyServer(() => START_AT)
let browser: Browser
let power: Power | undefined

beforeEach(() => {
  power = undefined
})
afterEach(async () => {
  power?.restore()
  await browser.closeAll()
})

const draftOf = (id: string): Draft => ({
  id,
  form: 'dispute',
  title: '王家和李家',
  at: START_AT,
  values: { place: '村口' },
})

/** Saves two edits and their draft with the battery cut at the k-th wait; says whether the cut came before the save ended. */
async function saveUnderCut(k: number): Promise<boolean> {
  power?.restore()
  power = powerUnder()
  browser = await makeBrowser(server(), { ports: { crypto: power.crypto } })
  browser.sky.now = 'down'
  const book = await browser.open()
  await when(book.rows, () => true)
  const draft = draftOf(book.newId())
  await book.drafts.put(draft)
  await when(book.drafts.list, (all) => all.length === 1)
  const id = book.newId()
  power.arm(k)
  const saved = await book.save([disputeEdit(id), agreeEdit(id)], { draft: draft.id }).catch(() => null)
  const wasCut = power.isOff
  // What the engine meets while the phone is off is no fault.
  await browser.closeAll().catch(() => undefined)
  power.on()
  const held = await expectSound(browser)
  // Reported: there. Not reported: there or not, but whole.
  expect(saved?.ok ? [2] : [0, 2], `cut at ${k}`).toContain(held.out.length)
  expect(held.recs.length, `cut at ${k}`).toBe(held.out.length / 2)
  expect(held.drafts, `cut at ${k}`).toBe(held.out.length === 0 ? 1 : 0)
  return wasCut
}

describe('a save under a cut battery', () => {
  it('[I-1] [TR-28] [L-1] is whole or not there, wherever the cut comes, its words then still in the draft, and is there when it was reported', async () => {
    let k = 1
    while (await saveUnderCut(k)) k++
    // The steps between asking and reporting; fewer would mean that the cut misses some.
    expect(k).toBeGreaterThan(15)
  })

  it('[I-1] leaves a phone that saves on with the next number', async () => {
    await saveUnderCut(9)
    const book = await browser.open()
    expect((await book.save([disputeEdit(book.newId())])).ok).toBe(true)
    await expectSound(browser)
  })
})

describe('four tabs', () => {
  it('[I-2] number 200 saves densely, each once, and give no paper number twice', async () => {
    browser = await makeBrowser(server())
    browser.sky.now = 'down'
    const books = await Promise.all([1, 2, 3, 4].map(() => browser.open()))
    const saves = books.flatMap((book) =>
      Array.from({ length: 50 }, () => book.save([outreachEdit(book.newId())])),
    )
    expect((await Promise.all(saves)).every((one) => one.ok)).toBe(true)
    const held = await expectSound(browser)
    expect(held.out).toHaveLength(200)
    const papers = held.recs.map((one) => one.stored.now.body['paperNo'])
    expect(new Set(papers).size).toBe(200)
    expect(papers).toContain('石桥 2026–A200')
    for (const book of books) await when(book.rows, (rows) => rows.length === 200, 'all rows in every tab')
  })
})

/** A store that is full from now on, in one of the spellings engines have for it. */
function fullStore(fail: () => unknown): () => void {
  const proto = IDBObjectStoreProto()
  const original = proto.put
  proto.put = () => {
    throw fail()
  }
  return () => void (proto.put = original)
}

const IDBObjectStoreProto = () => FakeStore.prototype as unknown as { put: (...args: unknown[]) => unknown }

const SPELLINGS: readonly [string, () => unknown][] = [
  ['QuotaExceededError', () => new DOMException('full', 'QuotaExceededError')],
  [
    'NS_ERROR_DOM_QUOTA_REACHED',
    () => Object.assign(new Error('full'), { name: 'NS_ERROR_DOM_QUOTA_REACHED', code: 1014 }),
  ],
  ['code 22', () => Object.assign(new Error('full'), { name: 'Error', code: 22 })],
  ['code 1014', () => Object.assign(new Error('full'), { name: 'Error', code: 1014 })],
  [
    'an abort that hides it',
    () =>
      Object.assign(new Error('aborted'), {
        name: 'AbortError',
        inner: new DOMException('full', 'QuotaExceededError'),
      }),
  ],
]

describe('a full store', () => {
  it.each(SPELLINGS)(
    '[I-4] [TR-28] refuses the whole edit and keeps what was there (%s)',
    async (_name, fail) => {
      browser = await makeBrowser(server())
      browser.sky.now = 'down'
      const book = await browser.open()
      const first = book.newId()
      await book.save([disputeEdit(first)])
      const restore = fullStore(fail)
      try {
        expect(await book.save([disputeEdit(book.newId())])).toEqual({ ok: false, reason: 'storage-full' })
        expect(await book.drafts.put(draftOf(book.newId()))).toEqual({ ok: false, reason: 'storage-full' })
      } finally {
        restore()
      }
      const held = await expectSound(browser)
      expect(held.out).toHaveLength(1)
      browser.sky.now = null
      await book.tryNow()
      expect((await heldBy(browser)).out).toHaveLength(0)
    },
  )

  it('[I-4] tells full from broken, and both from a fault of ours', () => {
    expect(storageFailure(new DOMException('', 'QuotaExceededError'))).toBe('storage-full')
    expect(storageFailure(new DOMException('', 'InvalidStateError'))).toBe('storage-broken')
    expect(storageFailure(new TypeError('x is undefined'))).toBeNull()
  })
})
