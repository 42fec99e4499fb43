import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WholeNotebook } from '#phone/api.ts'
import { evict } from '#phone/database/evict.ts'
import { OTHER_VILLAGE, makeGrants, VILLAGE } from '#tests/support/make-rights.ts'
import { makeOp } from '#tests/support/make-op.ts'
import { expectSound, heldBy } from '#tests/support/phone-check.ts'
import { agreeEdit, disputeEdit, outreachEdit, patchEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, makeMe, START_AT, when, type Browser } from '#tests/support/phone-world.ts'

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

const PHONE = fileURLToPath(new URL('../../../src/phone', import.meta.url))

describe('what may remove a record', () => {
  it('[L-26] is one function only; nothing else deletes from or clears the records', () => {
    const files = readdirSync(PHONE, { recursive: true, encoding: 'utf8' }).filter((one) =>
      one.endsWith('.ts'),
    )
    const removing = files.filter((file) =>
      /\brec\s*\.\s*(delete\w*|bulkDelete|clear)|rec\b[^\n]*\)\s*\.delete\(|deleteDatabase|Dexie\.delete/.test(
        readFileSync(join(PHONE, file), 'utf8'),
      ),
    )
    // A whole vault goes by another, which asks the same of all of it.
    expect(removing.toSorted()).toEqual([join('database', 'evict.ts'), join('database', 'remove-vault.ts')])
  })

  it('[L-26] refuses unsent and refused work, whatever its caller believes', async () => {
    const [free, waiting, refused] = [book.newId(), book.newId(), book.newId()]
    await book.save([disputeEdit(free)])
    server.rules.decide = (op) => [op.n, 'rejected', 0, 0, { code: 'closed' }]
    await book.tryNow()
    server.rules.decide = (op) => (op.e[1] === refused ? [op.n, 'rejected', 0, 0, { code: 'closed' }] : null)
    await book.save([disputeEdit(refused)])
    await book.tryNow()
    browser.sky.now = 'down'
    await book.save([disputeEdit(waiting)])
    const tables = await browser.ports.openTables(browser.vault)
    const sent = (await heldBy(browser)).ring.length
    const kept = await tables.write(['rec', 'out', 'dead'], 'strict', (all) =>
      evict(all, [free, waiting, refused]),
    )
    tables.close()
    expect(kept).toContain(waiting)
    expect(kept).toContain(refused)
    const ids = (await expectSound(browser)).recs.map((one) => one.row.id)
    expect(ids).toContain(waiting)
    expect(ids).toContain(refused)
    expect(ids.includes(free)).toBe(sent === 0)
  })

  it('[I-22] [TR-26] rights that shrink take away what they showed, but no record with unsent work and none written here', async () => {
    const both = makeMe({
      grants: [...makeGrants('mediator', VILLAGE), ...makeGrants('mediator', OTHER_VILLAGE)],
    })
    server.rules = { me: both, scopeRev: 2 }
    await book.tryNow()
    const [theirs, worked, mine] = ['f1', 'f2', 'f3'].map(
      (one) => `01912345-0000-7000-8000-0000000000${one}`,
    ) as [string, string, string]
    for (const id of [theirs, worked])
      await server.other(makeOp({ i: id, n: id === theirs ? 1 : 2, e: ['dispute', id], r: OTHER_VILLAGE }))
    await book.save([{ ...disputeEdit(mine), region: OTHER_VILLAGE }])
    await book.tryNow()
    await when(book.rows, (rows) => rows.length === 3)
    browser.sky.now = 'down'
    await book.save([{ ...patchEdit(worked, { facts: '水沟堵了' }), region: OTHER_VILLAGE }])
    browser.sky.now = null
    // The phone lets go by itself; this server knows nothing of who recorded what, so it sends no sums.
    server.rules = {
      mute: true,
      me: makeMe(),
      scopeRev: 3,
      decide: (op) => [op.n, 'later', 0, 0, {}],
      sees: (_device, region) => region === VILLAGE,
    }
    await book.tryNow()
    await when(book.rows, (rows) => rows.length === 2)
    expect((await expectSound(browser)).recs.map((one) => one.row.id).sort()).toEqual([worked, mine])
  })

  it('[I-22] [TR-26] a grant that has ended takes away what it showed on the next day, without a word from the server', async () => {
    const ends = makeMe({
      grants: [
        ...makeGrants('mediator', VILLAGE),
        ...makeGrants('mediator', OTHER_VILLAGE, { to: '2026-11-21' }),
      ],
    })
    server.rules = { mute: true, me: ends, scopeRev: 2 }
    const id = '01912345-0000-7000-8000-0000000000f1'
    await server.other(makeOp({ e: ['dispute', id], r: OTHER_VILLAGE }))
    await book.tryNow()
    await when(book.rows, (rows) => rows.length === 1)
    server.now = () => START_AT + 86_400_000
    browser.clock.pass(86_400_000)
    await book.tryNow()
    expect(await when(book.rows, (rows) => rows.length === 0)).toEqual([])
  })

  it('[I-19] a right to a single record, named nowhere, brings it although it lies behind the cursor', async () => {
    const id = '01912345-0000-7000-8000-0000000000f1'
    server.rules.sees = () => false
    await server.other(makeOp({ e: ['dispute', id], r: OTHER_VILLAGE }))
    await book.tryNow()
    server.rules = { me: makeMe(), scopeRev: 2 }
    await book.tryNow()
    expect(await when(book.rows, (rows) => rows.length === 1)).toMatchObject([{ id }])
  })

  it('[I-19] rights that grow bring what lies behind the cursor', async () => {
    server.rules.sees = (_device, region) => region === VILLAGE
    const id = '01912345-0000-7000-8000-0000000000f1'
    await server.other(makeOp({ e: ['dispute', id], r: OTHER_VILLAGE }))
    await book.save([disputeEdit(book.newId())])
    await book.tryNow()
    await when(book.rows, (rows) => rows.length === 1 && rows[0]?.word === 'handed-in')
    const both = makeMe({
      grants: [...makeGrants('mediator', VILLAGE), ...makeGrants('mediator', OTHER_VILLAGE)],
    })
    server.rules = { me: both, scopeRev: 2 }
    await book.tryNow()
    await when(book.rows, (rows) => rows.length === 2)
    expect((await when(book.me, (me) => me?.grants.length === 2))?.name).toBe('赵春梅')
  })
})

describe('the outbox', () => {
  it('[L-7] keeps an op under every answer that does not name it', async () => {
    await book.save([outreachEdit(book.newId())])
    await book.tryNow()
    browser.sky.now = 'down'
    await book.save([outreachEdit(book.newId())])
    browser.sky.now = null
    for (let status = 201; status < 600; status += 1) {
      browser.sky.instead = { status }
      await book.tryNow()
      browser.clock.pass(1_000_000)
    }
    await book.tryNow()
    expect((await expectSound(browser)).out).toHaveLength(1)
    browser.sky.instead = null
    await browser.closeAll()
    book = await browser.open()
    await book.tryNow()
    expect((await expectSound(browser)).out).toHaveLength(0)
  })

  it('[L-12] takes an edit made while the one before is on its way, and does not call the record handed in before', async () => {
    const id = book.newId()
    const answer = server.exchange.bind(server)
    let release: () => void = () => undefined
    server.exchange = async (body) => {
      server.exchange = answer
      const bytes = await answer(body)
      await new Promise<void>((go) => void (release = go))
      return bytes
    }
    await book.save([disputeEdit(id)])
    await when(book.status, (status) => status.running)
    await new Promise((go) => setTimeout(go, 20))
    await book.save([agreeEdit(id)])
    await when(book.rows, (rows) => rows[0]?.pending === 2)
    browser.sky.now = 'down'
    release()
    await when(book.rows, (rows) => rows[0]?.pending === 1)
    expect(book.rows.get()?.[0]).toMatchObject({ word: 'saved', stage: 'agreed' })
    await expectSound(browser)
    browser.sky.now = null
    await book.tryNow()
    await when(book.rows, (rows) => rows[0]?.word === 'handed-in' && rows[0].stage === 'agreed')
  })

  it('names the op that makes a record as what later ones hang on, for as long as it waits', async () => {
    browser.sky.now = 'down'
    const [id, lead] = [book.newId(), book.newId()]
    await book.save([disputeEdit(id)])
    await book.save([agreeEdit(id)])
    await book.save([
      {
        op: 'create',
        kind: 'lead',
        id: lead,
        region: VILLAGE,
        args: { about: '水沟', from: '', phone: '', text: '', channel: 'villager', on: '2026-11-20' },
      },
      {
        op: 'lead.settle',
        kind: 'lead',
        id: lead,
        region: VILLAGE,
        args: { outcome: 'dispute', dispute: id },
      },
    ])
    const ops = (await expectSound(browser)).out.map((one) => one.op)
    expect(ops.map((op) => op.d)).toEqual([undefined, [1], undefined, [3, 1]])
    browser.sky.now = null
    await book.tryNow()
    await book.save([patchEdit(id, { facts: '水沟堵了' })])
    await book.tryNow()
    expect(server.applied[4]?.op).toMatchObject({ b: 2 })
    expect(server.applied[4]?.op.d).toBeUndefined()
  })
})

describe('a connection the browser has closed', () => {
  it('[L-30] is opened again by the next save and the next reading', async () => {
    const id = book.newId()
    await book.save([disputeEdit(id)])
    const proto = (await import('fake-indexeddb')).IDBDatabase.prototype as unknown as {
      transaction: (...args: unknown[]) => unknown
    }
    const original = proto.transaction
    let failures = 1
    proto.transaction = function (this: unknown, ...args: unknown[]) {
      if (failures-- > 0) throw new DOMException('Connection to Indexed Database server lost', 'UnknownError')
      return original.apply(this, args)
    }
    try {
      expect(await book.save([agreeEdit(id)])).toMatchObject({ ok: true })
    } finally {
      proto.transaction = original
    }
    await when(book.open('dispute', id), (one) => one?.body['stage'] === 'agreed')
    await book.tryNow()
    expect((await expectSound(browser)).recs).toHaveLength(1)
  })
})
