import { afterEach, describe, expect, it } from 'vitest'
import { firstRead } from '#phone/first-read.ts'
import { boundTo, makeKey, openJson, openJsonAgain, padded, sealJson, sealerOf } from '#phone/seal/box.ts'
import { heldBy, type Held } from '#tests/support/phone-check.ts'
import { agreeEdit, disputeEdit, outreachEdit, patchEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, START_AT, when, type Browser } from '#tests/support/phone-world.ts'

let browser: Browser
afterEach(() => browser?.closeAll())

const PLANTED = ['欧阳佩兰', '13800001234', '水缸底下的存折', '照壁沟', '赵春梅', '石桥村']

/** All text that could be read in a raw value, bytes taken as UTF-8 and as UTF-16. */
function readable(value: unknown): string {
  if (value instanceof Uint8Array) {
    const even = value.slice(0, value.length - (value.length % 2))
    return new TextDecoder('utf-8').decode(value) + new TextDecoder('utf-16le').decode(even)
  }
  if (Array.isArray(value)) return value.map(readable).join('\n')
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map((one) => one.map(readable).join('='))
      .join('\n')
  return String(value)
}

function expectUnreadable(held: Held, stores: readonly string[]): void {
  for (const store of stores) {
    const rows = held.raw[store] ?? []
    expect(rows.length, `${store} has rows`).toBeGreaterThan(0)
    for (const word of PLANTED) expect(readable(rows), `${word} in ${store}`).not.toContain(word)
  }
}

describe('what lies on the phone', () => {
  it('[I-32] [TR-01] shows no name, number, place or word to somebody who reads the database', async () => {
    const server = new TinyServer(() => START_AT)
    browser = await makeBrowser(server)
    const book = await browser.open()
    const id = book.newId()
    await book.save([
      disputeEdit(id, {
        facts: PLANTED[2],
        place: PLANTED[3],
        parties: [{ id: book.newId(), name: PLANTED[0], kind: 'person', phone: PLANTED[1] }],
      }),
    ])
    await book.tryNow()
    browser.sky.now = 'down'
    await book.save([
      patchEdit(id, { facts: `又吵了，${PLANTED[2]}` }),
      outreachEdit(book.newId(), { place: PLANTED[3] }),
    ])
    expectUnreadable(await heldBy(browser), ['rec', 'out', 'ring', 'cur', 'meta', 'key'])
    server.rules.decide = (op) =>
      op.k === 'patch' ? [op.n, 'rejected', 0, 0, { code: 'closed' }] : [op.n, 'later', 0, 0, {}]
    browser.sky.now = null
    await book.tryNow()
    await book.drafts.put({
      id: book.newId(),
      form: 'dispute',
      title: PLANTED[0] ?? '',
      at: 1,
      values: { phone: PLANTED[1] },
    })
    await book.deskCache.put(`/api/desk?name=${PLANTED[0]}`, { name: PLANTED[0] }, 1)
    const held = await heldBy(browser)
    expect([held.recs.length, held.out.length, held.dead.length, held.ring.length]).toEqual([2, 1, 1, 1])
    expectUnreadable(
      held,
      Object.keys(held.raw).filter((store) => !['blob', 'chunk', 'reserve'].includes(store)),
    )
    const clear = (held.raw['rec'] as object[]).map((row) => Object.keys(row).sort())
    expect(new Set(clear.flat())).toEqual(new Set(['box', 'id', 'kind', 'pending', 'rv', 'village']))
    const key = (held.raw['key'] as { key: CryptoKey }[])[0]?.key
    expect(key?.extractable).toBe(false)
    expect(readable(browser.marks.text)).not.toMatch(/[\u4e00-\u9fff]/u)
  })

  it('[I-32] [TR-01] opens only in its own row and unchanged, and does not tell a long matter from a short one', async () => {
    const sealer = sealerOf(await makeKey(crypto), crypto)
    const here = boundTo('rec', 'dispute/1')
    const box = await sealJson(sealer, here, { facts: '水沟' })
    expect(await openJson(sealer, here, box)).toEqual({ facts: '水沟' })
    await expect(openJson(sealer, boundTo('rec', 'dispute/2'), box)).rejects.toMatchObject({
      name: 'OperationError',
    })
    const bent = box.slice()
    bent[20] = (bent[20] ?? 0) ^ 1
    await expect(openJson(sealer, here, bent)).rejects.toMatchObject({ name: 'OperationError' })
    const longer = await sealJson(sealer, here, { facts: '水沟'.repeat(20) })
    expect(longer.length).toBe(box.length)
    expect((await sealJson(sealer, here, 'x'.repeat(300))).length).toBe(1024 + 30)
    expect((await sealJson(sealer, here, 'x'.repeat(70_000))).length).toBe(131_072 + 30)
  })
})

describe('a box that is read again and again', () => {
  it('[I-32] is opened once, anew when it is another one, and does not open with a byte changed', async () => {
    const sealer = sealerOf(await makeKey(crypto), crypto)
    let opened = 0
    const counting = {
      seal: sealer.seal,
      open: (...given: Parameters<typeof sealer.open>) => {
        opened++
        return sealer.open(...given)
      },
    }
    const aad = boundTo('meta', 'sync')
    const [one, two] = [await sealJson(sealer, aad, { at: 1 }), await sealJson(sealer, aad, { at: 2 })]
    expect(await openJsonAgain(counting, aad, one)).toEqual({ at: 1 })
    expect(await openJsonAgain(counting, aad, one.slice())).toEqual({ at: 1 })
    expect(opened).toBe(1)
    expect(await openJsonAgain(counting, aad, two)).toEqual({ at: 2 })
    const damaged = two.slice()
    damaged[20] = (damaged[20] ?? 0) ^ 1
    await expect(openJsonAgain(counting, aad, damaged)).rejects.toHaveProperty('name', 'OperationError')
    await expect(openJsonAgain(counting, boundTo('meta', 'me'), two)).rejects.toHaveProperty(
      'name',
      'OperationError',
    )
  })
})

describe('the first reading', () => {
  it('shows the same lines as the notebook, newest first, with drafts and what waits', async () => {
    browser = await makeBrowser(new TinyServer(() => START_AT))
    browser.sky.now = 'down'
    const book = await browser.open()
    for (let at = 0; at < 50; at++) {
      browser.clock.pass(1000)
      const id = book.newId()
      await book.save([disputeEdit(id, { place: `第${at}家` }), agreeEdit(id)])
    }
    await book.drafts.put({ id: book.newId(), form: 'outreach', title: '赶集', at: 5, values: {} })
    const rows = await when(book.rows, (all) => all.length === 50)
    const first = await firstRead(browser.vault, browser.ports)
    expect(first?.rows).toEqual(rows.slice(0, 40))
    expect(first).toMatchObject({
      total: 50,
      waiting: 100,
      refused: 0,
      me: { name: '赵春梅' },
      drafts: [{ title: '赶集' }],
    })
    expect((await firstRead(browser.vault, browser.ports, 1))?.rows).toEqual(rows.slice(0, 1))
    expect((await firstRead(browser.vault, browser.ports, 500))?.rows).toEqual(rows)
  })

  it('makes no database where there is none', async () => {
    browser = await makeBrowser(new TinyServer(() => START_AT))
    expect(await firstRead('0'.repeat(32), browser.ports)).toBeNull()
    const names = (await browser.ports.indexedDB.databases()).map((one) => one.name)
    expect(names).toEqual([`mingbai-${browser.vault}`])
  })
})

describe('the buffer that is lent for sealing', () => {
  it('keeps apart what is sealed at one moment, however long each is', async () => {
    const sealer = sealerOf(await makeKey(crypto), crypto)
    const texts = [0, 3, 251, 252, 253, 1020, 1021, 5000, 65_531, 65_532, 65_533, 70_000, 1].map(
      (length, at) => String.fromCodePoint(0x41 + at).repeat(length),
    )
    const boxes = await Promise.all(texts.map((text, at) => sealJson(sealer, boundTo('rec', `${at}`), text)))
    for (const [at, box] of boxes.entries())
      expect(await openJson(sealer, boundTo('rec', `${at}`), box)).toBe(texts[at])
  })

  it('holds nothing of it afterwards, not even when sealing failed', () => {
    const plain = new TextEncoder().encode('水缸底下的存折')
    let lent = new Uint8Array(0)
    const take = (bytes: Uint8Array<ArrayBuffer>) => {
      lent = bytes
      expect([...bytes.subarray(4, 4 + plain.length)]).toEqual([...plain])
      throw new Error('no')
    }
    expect(() => padded(plain, take)).toThrow('no')
    expect(lent).toHaveLength(256)
    expect(lent.every((one) => one === 0)).toBe(true)
  })
})
