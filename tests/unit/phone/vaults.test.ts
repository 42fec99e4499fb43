import { IDBFactory } from 'fake-indexeddb'
import { afterEach, describe, expect, it } from 'vitest'
import type { VaultTables } from '#phone/database/tables.ts'
import { createNotebook } from '#phone/notebook.ts'
import {
  enterVault,
  knownDevice,
  leaveVault,
  openVault,
  readEntry,
  type EnrolmentPorts,
} from '#phone/enrolment.ts'
import { markedDevice, newVaultId, readMarks, setCurrent, waitingAside } from '#phone/vaults.ts'
import type { Entered } from '#sync/protocol/accounts.ts'
import { SOMEBODY } from '#tests/support/make-rights.ts'
import { expectSound, heldBy } from '#tests/support/phone-check.ts'
import { disputeEdit, outreachEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, makeMe, START_AT, when, type Browser } from '#tests/support/phone-world.ts'

let browser: Browser
afterEach(() => browser?.closeAll())

const server = () => new TinyServer(() => START_AT)
const entry = (device: number, me = makeMe()) => ({ me, device, epoch: 'e1', scopeRev: 1 })

describe('whose phone it is', () => {
  it('[I-30] a second person on the same browser has a vault of their own, and each sends only their own work', async () => {
    const tiny = server()
    browser = await makeBrowser(tiny, { device: 1 })
    browser.sky.now = 'down'
    const first = await browser.open()
    await first.save([disputeEdit(first.newId())])
    await first.close()
    const other = await enterVault(entry(2, makeMe({ person: SOMEBODY, name: '和秀英' })), browser.ports)
    expect(other).toMatchObject({ ok: true })
    const vault = other.ok ? other.value : ''
    expect(vault).not.toBe(browser.vault)
    browser.sky.now = null
    const second = await createNotebook(browser.ports, { vault })
    await second.tryNow()
    expect(await when(second.rows, () => true)).toEqual([])
    expect(tiny.applied).toEqual([])
    await second.close()
    const again = await enterVault(entry(1), browser.ports)
    expect(again).toEqual({ ok: true, value: browser.vault })
    const back = await browser.open()
    await when(back.status, (status) => status.waiting === 0)
    expect(tiny.applied.map((one) => one.device)).toEqual([1])
  })

  it('[I-3] entering again keeps the queue and its numbers; under a new device number it says which it was', async () => {
    const tiny = server()
    browser = await makeBrowser(tiny, { device: 1 })
    browser.sky.now = 'lost'
    const book = await browser.open()
    await book.save([disputeEdit(book.newId())])
    await book.tryNow()
    await browser.closeAll()
    expect(await knownDevice(browser.ports)).toBe(1)
    leaveVault(browser.ports)
    expect(await openVault(browser.ports)).toBeNull()
    await enterVault(entry(9), browser.ports)
    expect(await knownDevice(browser.ports)).toBe(9)
    browser.sky.now = null
    const back = await browser.open()
    await back.tryNow()
    const held = await expectSound(browser)
    expect([held.out.length, held.ring.length, tiny.applied.length]).toEqual([0, 1, 1])
    await back.save([outreachEdit(back.newId())])
    await back.tryNow()
    expect(tiny.applied[1]).toMatchObject({ device: 9, op: { n: 2 } })
    expect(tiny.applied[1]?.op.as).toBeUndefined()
  })

  it('[L-46] a vault that was set aside is neither opened nor found again, whoever enters, and its mark stays', async () => {
    browser = await makeBrowser(server(), { device: 1 })
    browser.sky.now = 'down'
    const book = await browser.open()
    await book.save([disputeEdit(book.newId())])
    await book.close()
    const { vaults } = readMarks(browser.ports.marks)
    browser.ports.marks.set(JSON.stringify({ current: null, vaults: [], aside: vaults }))
    expect(await openVault(browser.ports)).toBeNull()
    expect(await knownDevice(browser.ports)).toBeNull()
    const entered = await enterVault(entry(2), browser.ports)
    expect(entered).toMatchObject({ ok: true })
    expect(entered).not.toEqual({ ok: true, value: browser.vault })
    expect(readMarks(browser.ports.marks).aside).toEqual(vaults)
    expect(await browser.ports.listVaults()).toContain(browser.vault)
    expect(waitingAside(browser.ports.marks)).toBe(1)
  })

  it('[I-8] of two vaults of one person, made by two pages at one moment, signing in is for the one on the screen', async () => {
    browser = await makeBrowser(server(), { device: 1 })
    const hers = (device: number) => entry(device, makeMe({ person: SOMEBODY, name: '和秀英' }))
    leaveVault(browser.ports)
    const both = await Promise.all([2, 3].map((device) => enterVault(hers(device), browser.ports)))
    const vaults = both.map((one) => (one.ok ? one.value : ''))
    expect(new Set(vaults).size).toBe(2)
    for (const [at, vault] of vaults.flatMap((one) => [one, one]).entries()) {
      setCurrent(browser.ports.marks, vault)
      expect(await enterVault(hers(8 + at), browser.ports)).toEqual({ ok: true, value: vault })
      expect(await knownDevice(browser.ports)).toBe(8 + at)
    }
  })

  it('[I-30] of two pages that let somebody in at one moment, one person has one vault, and two have one each', async () => {
    const tiny = server()
    browser = await makeBrowser(tiny, { device: 1 })
    /** What the app opens where it finds nothing: a notebook of nobody. */
    const nobodys = async () => {
      const vault = newVaultId(crypto)
      setCurrent(browser.ports.marks, vault)
      const tables = await browser.ports.openTables(vault)
      tables.close()
      return vault
    }
    /** Each page has looked at the vault before the other one writes to it. */
    const atOnce = async (one: Entered, other: Entered) => {
      let goes = (): void => undefined
      const both = new Promise<void>((go) => (goes = go))
      let came = 0
      const ports: EnrolmentPorts = {
        ...browser.ports,
        async openTables(name) {
          const tables = await browser.ports.openTables(name)
          const write: VaultTables['write'] = async (stores, durability, work) => {
            if ((stores as readonly string[]).includes('out') && ++came >= 2) goes()
            if ((stores as readonly string[]).includes('out')) await both
            return tables.write(stores, durability, work)
          }
          return { ...tables, write }
        },
      }
      return Promise.all([one, other].map((entered) => enterVault(entered, ports)))
    }
    const vault = await nobodys()
    const hers = (device: number) => entry(device, makeMe({ person: SOMEBODY, name: '和秀英' }))
    expect(await atOnce(hers(2), hers(3))).toEqual([
      { ok: true, value: vault },
      { ok: true, value: vault },
    ])
    const other = entry(4, makeMe({ person: '01912345-0000-7000-8000-000000000003', name: '段文' }))
    const another = entry(5, makeMe({ person: '01912345-0000-7000-8000-000000000004', name: '李国平' }))
    const next = await nobodys()
    const vaults = (await atOnce(other, another)).map((one) => (one.ok ? one.value : ''))
    expect(vaults).toContain(next)
    expect(new Set(vaults).size).toBe(2)
    // Each finds their own again.
    for (const [at, one] of [other, another].entries())
      expect(await enterVault(one, browser.ports)).toEqual({ ok: true, value: vaults[at] })
  })

  it('takes no entry that is none', () => {
    expect(readEntry({ device: 1, epoch: 'e1' })).toEqual({ ok: false, reason: 'malformed' })
    expect(readEntry(entry(1)).ok).toBe(true)
  })
})

describe('a database that is not there any more', () => {
  it('[L-28] [TR-33] is noticed by the marker, with the number of ops that were waiting in it', async () => {
    browser = await makeBrowser(server())
    browser.sky.now = 'down'
    const book = await browser.open()
    for (let at = 0; at < 3; at++) await book.save([outreachEdit(book.newId())])
    await when(book.status, (status) => status.waiting === 3)
    await browser.closeAll()
    expect(await openVault(browser.ports)).toEqual({ vault: browser.vault, vanished: null })
    const mark = { id: browser.vault, n: 3, waiting: 3 }
    expect(readMarks(browser.ports.marks).vaults).toEqual([expect.objectContaining(mark)])
    browser.ports.indexedDB = new IDBFactory()
    expect(await openVault(browser.ports)).toEqual({ vault: browser.vault, vanished: 3 })
    const empty = await browser.open()
    await when(empty.status, (status) => status.vanished === 3)
    expect(await empty.save([outreachEdit(empty.newId())])).toEqual({ ok: false, reason: 'not-entered' })
  })

  it('[TR-09] the marker says whose requests a page makes before its vault is open: that person’s, or nobody’s', async () => {
    browser = await makeBrowser(server())
    const { marks } = browser.ports
    const device = await knownDevice(browser.ports)
    expect([markedDevice(marks), device]).toEqual([device, expect.any(Number)])
    // A build that noted no number: whoever has the session, until the vault is open.
    marks.set((marks.get() ?? '').replace(/"device":\d+,|,"device":\d+/g, ''))
    expect(markedDevice(marks)).toBe(null)
    const who = { device: null }
    browser.ports.who = who
    await browser.open()
    expect([who.device, markedDevice(marks)]).toEqual([device, device])
    setCurrent(marks, null)
    expect(markedDevice(marks)).toBe(0)
    setCurrent(marks, 'a notebook that nobody has begun')
    expect(markedDevice(marks)).toBe(0)
  })

  it('[L-28] is found without the marker when it is the only one', async () => {
    browser = await makeBrowser(server())
    browser.marks.text = null
    expect(await openVault(browser.ports)).toEqual({ vault: browser.vault, vanished: null })
    browser.marks.text = '{"current":7,"vaults":"x"}'
    expect((await openVault(browser.ports))?.vault).toBe(browser.vault)
  })
})

describe('one runner', () => {
  it.each([true, false])('[I-43] of two tabs only one sends at a time (web locks: %s)', async (locks) => {
    const tiny = server()
    browser = await makeBrowser(tiny, { locks })
    let inside = 0
    let most = 0
    const answer = tiny.exchange.bind(tiny)
    tiny.exchange = async (body) => {
      most = Math.max(most, ++inside)
      await new Promise((go) => setTimeout(go, 5))
      inside--
      return answer(body)
    }
    const [a, b] = [await browser.open(), await browser.open()]
    await Promise.all(Array.from({ length: 10 }, (_, at) => (at % 2 ? a : b).save([outreachEdit(a.newId())])))
    for (let at = 0; at < 10; at++) {
      await Promise.all([a.tryNow(), b.tryNow()])
      browser.clock.pass(3000)
    }
    await when(b.status, (status) => status.waiting === 0)
    expect(most).toBe(1)
    expect(tiny.applied).toHaveLength(10)
    await expectSound(browser)
  })

  it('[I-43] a runner whose lease was taken over writes nothing more', async () => {
    const tiny = server()
    browser = await makeBrowser(tiny, { locks: false })
    const slow = await browser.open()
    let release: () => void = () => undefined
    const answer = tiny.exchange.bind(tiny)
    tiny.exchange = async (body) => {
      const text = new TextDecoder().decode(await answer(body))
      tiny.exchange = answer
      await new Promise<void>((go) => void (release = go))
      return new TextEncoder().encode(text.replace('"epoch":"e1"', '"epoch":"stale"'))
    }
    await slow.save([outreachEdit(slow.newId())])
    await new Promise((go) => setTimeout(go, 30))
    browser.clock.pass(61_000)
    const quick = await browser.open()
    await quick.tryNow()
    expect((await heldBy(browser)).ring).toHaveLength(1)
    release()
    await slow.tryNow()
    expect((await expectSound(browser)).epoch).toBe('e1')
    expect(tiny.applied).toHaveLength(1)
  })
})
