import { describe, expect, it } from 'vitest'
import { createNotebook } from '#phone/notebook.ts'
import { expectSound } from '#tests/support/phone-check.ts'
import { agreeEdit, disputeEdit, outreachEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, START_AT, when } from '#tests/support/phone-world.ts'
import { MemoryStorage } from '#tests/support/memory-tables.ts'
import { plainSealer } from '#tests/support/plain-sealer.ts'

const VAULT = '0'.repeat(32)

async function counting() {
  const storage = new MemoryStorage()
  const tables = await storage.openTables(VAULT)
  const put = (value: number, durability: 'strict' | 'relaxed') =>
    tables.write(['meta'], durability, (all) => all.meta.put({ name: 'n', value }))
  const read = async () =>
    (await (await storage.openTables(VAULT)).read(['meta'], (all) => all.meta.get('n')))?.value
  return { storage, put, read }
}

describe('the weather over vaults in memory', () => {
  it('crashes before a write is stored, or after and before anybody hears', async () => {
    const { storage, put, read } = await counting()
    await put(1, 'strict')
    storage.weather = { commit: ({ at }) => void (at === 2 && storage.crash()) }
    await expect(put(2, 'strict')).rejects.toMatchObject({ message: 'the phone is off' })
    expect(await read()).toBe(1)
    await expect(put(3, 'strict')).rejects.toMatchObject({ message: 'the phone is off' })
    const again = await counting()
    again.storage.weather = { committed: ({ at }) => void (at === 1 && again.storage.crash()) }
    await expect(again.put(2, 'strict')).rejects.toMatchObject({ message: 'the phone is off' })
    expect(await again.read()).toBe(2)
  })

  it('takes with the power what was written relaxed since the last strict write', async () => {
    const { storage, put, read } = await counting()
    await put(1, 'relaxed')
    await put(2, 'strict')
    await put(3, 'relaxed')
    await put(4, 'relaxed')
    const half = storage.copy()
    storage.losePower(1)
    expect(await read()).toBe(3)
    storage.losePower()
    expect(await read()).toBe(2)
    expect((await (await half.openTables(VAULT)).read(['meta'], (all) => all.meta.get('n')))?.value).toBe(4)
  })

  it('is full beyond its capacity, for what grows only', async () => {
    const storage = new MemoryStorage()
    const tables = await storage.openTables(VAULT)
    const fill = (name: string, bytes: number) =>
      tables.write(['reserve'], 'strict', (all) => all.reserve.put({ name, bytes: new Uint8Array(bytes) }))
    storage.capacity = 1000
    await fill('a', 900)
    await expect(fill('b', 900)).rejects.toMatchObject({ name: 'QuotaExceededError' })
    await tables.write(['reserve'], 'strict', (all) => all.reserve.deleteMany(['a']))
    await fill('b', 900)
    storage.capacity = 100
    await fill('b', 800)
    expect(storage.bytes).toBeLessThan(900)
  })

  it('closes connections, which are opened again, and makes single requests fail or slow', async () => {
    const { storage, put, read } = await counting()
    await put(1, 'strict')
    storage.weather = { commit: () => storage.loseConnections() }
    await expect(put(2, 'strict')).rejects.toMatchObject({ name: 'UnknownError' })
    storage.weather = {
      request({ does }) {
        if (does === 'put') throw new DOMException('no', 'AbortError')
        return new Promise((go) => setTimeout(go, 5))
      },
    }
    expect(await read()).toBe(1)
    await expect(put(3, 'strict')).rejects.toMatchObject({ name: 'AbortError' })
    storage.weather = {}
    await put(4, 'strict')
    expect(await read()).toBe(4)
  })
})

describe('a whole notebook on vaults in memory', () => {
  it('saves, hands in and is found again, with the plain sealer', async () => {
    const storage = new MemoryStorage()
    const server = new TinyServer(() => START_AT)
    const { openTables, peekTables, listVaults } = storage
    const ports = { openTables, peekTables, listVaults, openSealer: async () => plainSealer }
    const browser = await makeBrowser(server, { ports })
    browser.sky.now = 'down'
    const book = await browser.open()
    const id = book.newId()
    expect(await book.save([disputeEdit(id), agreeEdit(id)])).toMatchObject({ ok: true })
    expect(await book.save([outreachEdit(book.newId())])).toMatchObject({ ok: true })
    expect((await expectSound(browser)).out).toHaveLength(3)
    storage.crash()
    // What the dead tab's engine meets is no fault.
    await browser.closeAll().catch(() => undefined)
    const after = await createNotebook(browser.ports, { vault: browser.vault })
    await when(after.rows, (rows) => rows.length === 2)
    browser.sky.now = null
    await after.tryNow()
    const held = await expectSound(browser)
    expect([held.out.length, held.ring.length]).toEqual([0, 3])
    expect(server.applied).toHaveLength(3)
    await after.close()
  })
})
