import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WholeNotebook } from '#phone/api.ts'
import { handInTag, vaultOfTag } from '#phone/background.ts'
import { existingTables } from '#phone/database/existing-tables.ts'
import type { VaultTables } from '#phone/database/tables.ts'
import { handInWaiting, type HandInPorts } from '#phone/hand-in.ts'
import type { Net } from '#sync/engine/ports.ts'
import { contents, expectSound, heldBy } from '#tests/support/phone-check.ts'
import { agreeEdit, disputeEdit, outreachEdit, patchEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, START_AT, TestClock, type Browser } from '#tests/support/phone-world.ts'

const NEEDS = ['out', 'dead', 'blob', 'chunk', 'rec', 'meta', 'key'] as const

let server: TinyServer
let browser: Browser

beforeEach(async () => {
  server = new TinyServer(() => START_AT)
  browser = await makeBrowser(server)
})
afterEach(() => browser.closeAll())

/** A worker of the same browser: same database, same locks, another clock for its timers. */
const workerOf = (phone: Browser, over: Partial<HandInPorts> = {}): HandInPorts => {
  const clock = new TestClock()
  return {
    ...phone.ports,
    clock,
    openTables: (vault) => existingTables(vault, phone.ports, NEEDS, clock.after),
    ...over,
  }
}

/** What a person does without a network, then closing the page. */
async function aDay(phone: Browser): Promise<void> {
  const book = await phone.open()
  await book.tryNow()
  phone.sky.now = 'down'
  const ids = [1, 2, 3].map((at) => `01912345-0000-7000-8000-00000000f00${at}`)
  for (const id of ids) await book.save([disputeEdit(id)])
  await book.save([agreeEdit(ids[0] as string)])
  await book.save([patchEdit(ids[1] as string, { facts: '水沟堵了' })])
  await book.save([outreachEdit('01912345-0000-7000-8000-00000000f009')])
  await phone.closeAll()
  phone.sky.now = null
}

const onServer = (one: TinyServer) =>
  Object.fromEntries(
    [...one.records].map(([key, { state }]) => [
      key,
      { rv: state.rv, region: state.region, body: state.body },
    ]),
  )

describe('handing in without a page', () => {
  it('[I-48] takes what waits to the server, and the next page applies the answers before anything else', async () => {
    await aDay(browser)
    expect(await handInWaiting(browser.vault, workerOf(browser))).toBe('idle')
    expect(server.applied).toHaveLength(6)
    const between = await expectSound(browser)
    expect(between.out.map((one) => one.row.state)).toEqual(Array.from({ length: 6 }, () => 'acked'))
    expect(between.ring).toEqual([])
    browser.sky.now = 'down'
    const book = await browser.open()
    await book.tryNow()
    const held = await expectSound(browser)
    expect([held.out.length, held.ring.length]).toEqual([0, 6])
    expect(held.recs.every((one) => one.row.pending === 0)).toBe(true)
    browser.sky.now = null
    await book.tryNow()
    expect(contents(await expectSound(browser))).toEqual(onServer(server))
    expect(server.applied).toHaveLength(6)
  })

  it('[I-33] keeps what the server promised of what it took, for the page to show; not what another history promises', async () => {
    server.rules.proof = 'payload.one'
    await aDay(browser)
    server.rules.proof = 'payload.two'
    await handInWaiting(browser.vault, workerOf(browser))
    const book = await browser.open()
    await book.tryNow()
    expect(server.asked?.proof).toBe('payload.two')
    expect((await heldBy(browser)).ring).toHaveLength(6)
    browser.sky.now = 'down'
    await book.save([outreachEdit(book.newId())])
    await browser.closeAll()
    browser.sky.now = null
    Object.assign(server.rules, { proof: 'payload.three', epoch: 'e2' })
    await handInWaiting(browser.vault, workerOf(browser))
    expect(server.applied).toHaveLength(7)
    delete server.rules.proof
    await (await browser.open()).tryNow()
    expect(server.asked?.proof).toBe('payload.two')
    expect((await heldBy(browser)).epoch).toBe('e2')
  })

  it('[I-48] ends as the page and as a second tab would have ended', async () => {
    const ends: unknown[] = []
    for (const who of ['page', 'second tab', 'worker'] as const) {
      const there = new TinyServer(() => START_AT)
      const phone = await makeBrowser(there, { device: 4242 })
      if (who === 'second tab') await phone.open()
      await aDay(phone)
      if (who === 'worker') await handInWaiting(phone.vault, workerOf(phone))
      if (who === 'second tab') await (await phone.open()).tryNow()
      const book = await phone.open()
      await book.tryNow()
      const held = await expectSound(phone)
      ends.push({
        acks: [...there.receipts.values()].map((one) => one.ack.slice(0, 2)),
        rings: held.ring.map((row) => row.n),
        records: contents(held),
      })
      await phone.closeAll()
    }
    const clean = (end: unknown) =>
      JSON.parse(JSON.stringify(end).replaceAll(/"recordedBy":"[^"]*"/g, '"":0'))
    expect(clean(ends[1])).toEqual(clean(ends[0]))
    expect(clean(ends[2])).toEqual(clean(ends[0]))
  })

  it('[I-48] [I-26] keeps a refusal for its author, with the reason', async () => {
    server.rules.decide = (op) =>
      op.k === 'create' && op.e[1].endsWith('1') ? [op.n, 'rejected', 0, 0, { code: 'out-of-scope' }] : null
    await aDay(browser)
    await handInWaiting(browser.vault, workerOf(browser))
    const book = await browser.open()
    await book.tryNow()
    const held = await expectSound(browser)
    expect(held.dead.map((one) => one.code)).toEqual(['out-of-scope'])
    expect(held.out.map((one) => one.row.state)).toEqual(['blocked'])
  })

  it('[I-48] never pulls, and leaves records, cursors and what is known of the server alone', async () => {
    await aDay(browser)
    const before = await heldBy(browser)
    server.rules.epoch = 'e2'
    await handInWaiting(browser.vault, workerOf(browser))
    expect(server.asked?.pull).toBeUndefined()
    const after = await heldBy(browser)
    expect([after.recs, after.cursors, after.epoch]).toEqual([before.recs, before.cursors, before.epoch])
  })

  it('tells whether to come again: weather yes, a login that has run out no, nothing there no', async () => {
    await aDay(browser)
    browser.sky.now = 'down'
    expect(await handInWaiting(browser.vault, workerOf(browser))).toBe('backing-off')
    browser.sky.now = null
    browser.sky.instead = { status: 401 }
    expect(await handInWaiting(browser.vault, workerOf(browser))).toBe('needs-login')
    expect(await handInWaiting('0'.repeat(32), workerOf(browser))).toBe(null)
    expect((await expectSound(browser)).out).toHaveLength(6)
  })

  it('[I-32] what it keeps is sealed', async () => {
    await aDay(browser)
    server.rules.decide = (op) => [op.n, 'rejected', 0, 0, { code: 'secret-reason' }]
    await handInWaiting(browser.vault, workerOf(browser))
    const raw = JSON.stringify((await heldBy(browser)).raw['out'], (_key, value: unknown) =>
      value instanceof Uint8Array ? new TextDecoder('latin1').decode(value) : value,
    )
    expect(raw).not.toContain('secret-reason')
  })
})

describe('one runner', () => {
  it.each([true, false])('[I-43] a worker does not send while a page does (web locks: %s)', async (locks) => {
    const phone = await makeBrowser(server, { locks })
    await aDay(phone)
    let arrived: (() => void) | undefined
    let goOn: (() => void) | undefined
    const isOnItsWay = new Promise<void>((go) => (arrived = go))
    const { net } = phone.ports
    const exchange = net.exchange.bind(net)
    net.exchange = async (body) => {
      arrived?.()
      await new Promise<void>((go) => (goOn = go))
      return exchange(body)
    }
    await phone.open()
    await isOnItsWay
    let asked = 0
    const mine: Net = { abort: () => undefined, exchange: (body) => (asked++, exchange(body)) }
    expect(await handInWaiting(phone.vault, workerOf(phone, { net: mine }))).toBe('backing-off')
    expect(asked).toBe(0)
    net.exchange = exchange
    goOn?.()
    await phone.closeAll()
    expect((await expectSound(phone)).out).toEqual([])
    expect(server.applied).toHaveLength(6)
  })

  it('[I-43] a worker whose lease was taken over keeps nothing of the answer', async () => {
    const phone = await makeBrowser(server, { locks: false })
    await aDay(phone)
    const { net } = phone.ports
    const slow: Net = {
      abort: () => undefined,
      async exchange(body) {
        const answer = await net.exchange(body)
        const tables = await phone.ports.openTables(phone.vault)
        await tables.write(['meta'], 'strict', async ({ meta }) => {
          const lease = await meta.get('lease')
          await meta.put({ name: 'lease', value: (lease?.value ?? 0) + 1, holder: 'another', until: 0 })
        })
        tables.close()
        return answer
      },
    }
    await handInWaiting(phone.vault, workerOf(phone, { net: slow }))
    expect((await expectSound(phone)).out.map((one) => one.row.state)).not.toContain('acked')
    const book = await phone.open()
    await book.tryNow()
    expect((await expectSound(phone)).out).toEqual([])
    expect(server.applied).toHaveLength(6)
    await phone.closeAll()
  })
})

/** Tables and a net that die, without a word, at the k-th call of the worker. */
function mortal(
  phone: Browser,
  dies: number,
): { ports: HandInPorts; calls(): number; death: Promise<'dead'> } {
  let calls = 0
  let die: ((how: 'dead') => void) | undefined
  const death = new Promise<'dead'>((resolve) => (die = resolve))
  const living =
    <A extends unknown[], T>(work: (...args: A) => Promise<T>) =>
    (...args: A): Promise<T> => {
      calls++
      // Every other death comes after the work was done: then only the answer is lost.
      if (calls < dies) return work(...args)
      const done =
        calls === dies && dies % 2 === 0
          ? work(...args).then(
              () => undefined,
              () => undefined,
            )
          : Promise.resolve()
      return done.then(() => {
        die?.('dead')
        return new Promise<never>(() => undefined)
      })
    }
  const base = workerOf(phone)
  return {
    calls: () => calls,
    death,
    ports: {
      ...base,
      // Whoever dies lets go of its locks.
      locks: { request: (_name, _options, work) => work({}) },
      net: { abort: () => undefined, exchange: living((body) => base.net.exchange(body)) },
      async openTables(vault) {
        const tables = (await base.openTables(vault)) as VaultTables
        return { ...tables, read: living(tables.read), write: living(tables.write) } as VaultTables
      },
    },
  }
}

describe('killed', () => {
  it('[I-44] at any call, and started again as a page, it ends as if it had not been', async () => {
    let wanted: unknown
    let calls = 0
    for (let k = 1; k === 1 || k <= calls + 1; k++) {
      const there = new TinyServer(() => START_AT)
      const phone = await makeBrowser(there, { device: 4343 })
      await aDay(phone)
      const dying = mortal(phone, k)
      await Promise.race([handInWaiting(phone.vault, dying.ports), dying.death])
      calls = Math.max(calls, dying.calls())
      await expectSound(phone)
      const book: WholeNotebook = await phone.open()
      await book.tryNow()
      const held = await expectSound(phone)
      expect(held.out, `killed at ${k}`).toEqual([])
      expect(there.applied, `killed at ${k}`).toHaveLength(6)
      wanted ??= contents(held)
      expect(contents(held), `killed at ${k}`).toEqual(wanted)
      await phone.closeAll()
    }
    expect(calls).toBeGreaterThan(5)
  }, 60_000)
})

describe('asking the browser', () => {
  it('names the vault and nothing else, and is understood only as it was meant', () => {
    const vault = '0123456789abcdef0123456789abcdef'
    expect(vaultOfTag(handInTag(vault))).toBe(vault)
    expect([vaultOfTag('workbox-background-sync:x'), vaultOfTag('mb-hand-in:../x')]).toEqual([null, null])
  })

  it('is done once when handing in fails, again after it has worked, and when the page is left', async () => {
    const asked: string[] = []
    let left: (() => boolean) | undefined
    browser.ports.background = {
      failed: (vault) => void asked.push(vault),
      onLeave: (_vault, isWaiting) => {
        left = isWaiting
        return () => (left = undefined)
      },
    }
    const book = await browser.open()
    await book.tryNow()
    expect(left?.()).toBe(false)
    browser.sky.now = 'down'
    await book.save([disputeEdit(book.newId())])
    await book.tryNow()
    await book.tryNow()
    expect(asked).toEqual([browser.vault])
    expect(left?.()).toBe(true)
    browser.sky.now = null
    await book.tryNow()
    browser.sky.now = 'down'
    await book.save([disputeEdit(book.newId())])
    await book.tryNow()
    expect(asked).toHaveLength(2)
    book.setCut(true)
    expect(left?.(), 'a person keeps it off the network').toBe(false)
    await browser.closeAll()
    expect(left).toBeUndefined()
  })
})
