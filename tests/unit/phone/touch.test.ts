import { afterEach, describe, expect, it } from 'vitest'
import { openVaultSealer } from '#phone/seal/vault-key.ts'
import { makeId } from '#domain/id.ts'
import { makeOp } from '#tests/support/make-op.ts'
import { VILLAGE } from '#tests/support/make-rights.ts'
import { outreachEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, START_AT, when, type Browser } from '#tests/support/phone-world.ts'

const RECORDS = 600
/** What a slow phone folds and seals within fifty milliseconds. */
const AT_A_TIME = 25
/** The last ones of a page and the first of the next have only the way to the store between them; a few boxes are of other things. */
const MOST = 2 * AT_A_TIME + 5

let browser: Browser
afterEach(() => browser.closeAll())

/** Counts boxes that are sealed from one chance for a touch to the next. */
function watched() {
  const seen = { breaths: 0, most: 0, now: 0 }
  return {
    seen,
    breathe: async () => {
      seen.breaths++
      seen.now = 0
      await new Promise<void>((go) => setImmediate(go))
    },
    openSealer: async (...of: Parameters<typeof openVaultSealer>) => {
      const sealer = await openVaultSealer(...of)
      const seal: typeof sealer.seal = (...what) => {
        seen.most = Math.max(seen.most, ++seen.now)
        return sealer.seal(...what)
      }
      return { ...sealer, seal }
    },
  }
}

describe('a finger on the screen', () => {
  it('[L-40] goes before the rest of a page of records, and before the rest of what was decided', async () => {
    const server = new TinyServer(() => START_AT)
    server.authors.set(99, '0192f0c0-0000-7000-8000-0000000000aa')
    const ops = Array.from({ length: RECORDS }, (_, at) => {
      const id = makeId(START_AT + at, crypto.getRandomValues(new Uint8Array(10)))
      return makeOp({ i: id, n: at + 1, e: ['dispute', id], r: VILLAGE, b: 0 })
    })
    await server.push(99, ops)
    const { seen, breathe, openSealer } = watched()
    browser = await makeBrowser(server, {
      ports: { breathe, openSealer: (tables) => openSealer(tables, crypto) },
    })
    const book = await browser.open()
    await book.tryNow()
    await when(book.rows, (rows) => rows.length === RECORDS)
    expect(seen.breaths).toBeGreaterThanOrEqual(RECORDS / AT_A_TIME - 3)
    expect(seen.most).toBeLessThanOrEqual(MOST)

    browser.sky.now = 'down'
    for (let at = 0; at < 4; at++)
      await book.save(Array.from({ length: 50 }, () => outreachEdit(book.newId())))
    browser.sky.now = null
    Object.assign(seen, { breaths: 0, most: 0, now: 0 })
    await book.tryNow()
    await when(book.status, (status) => status.waiting === 0)
    expect(seen.breaths).toBeGreaterThan(0)
    expect(seen.most).toBeLessThanOrEqual(MOST)
  })
})
