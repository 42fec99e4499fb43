import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contributionsOf } from '#domain/metric/contribution.ts'
import { addDays } from '#domain/time/day.ts'
import type { WholeNotebook } from '#phone/api.ts'
import { agreeEdit, disputeEdit, outreachEdit, patchEdit } from '#tests/support/phone-people.ts'
import { makeOp } from '#tests/support/make-op.ts'
import { ME, VILLAGE } from '#tests/support/make-rights.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, START_AT, when, type Browser } from '#tests/support/phone-world.ts'

let server: TinyServer
let browser: Browser
let book: WholeNotebook
const YEAR = '2026'
/** Another mediator of the village. */
const OTHER = '0192f0c0-0000-7000-8000-0000000000aa'

beforeEach(async () => {
  server = new TinyServer(() => START_AT)
  browser = await makeBrowser(server)
  book = await browser.open()
  await book.tryNow()
})
afterEach(() => browser.closeAll())

async function saved(...edits: Parameters<WholeNotebook['save']>[0]): Promise<void> {
  expect(await book.save(edits)).toMatchObject({ ok: true })
}

/** What the server counts of this person's work, by metric. */
function servers(): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { state } of server.records.values())
    if (state.body['recordedBy'] === ME && !state.deleted)
      for (const one of contributionsOf(state.kind, state.body, (day) => addDays(day, 1)))
        if (one.day.startsWith(YEAR)) sums[one.metric] = (sums[one.metric] ?? 0) + one.n
  return sums
}

async function phones(of: 'confirmed' | 'waiting' | 'notAccepted'): Promise<Record<string, number>> {
  const counts = await book.care.counts(YEAR)
  return Object.fromEntries(counts.filter((one) => one[of] !== 0).map((one) => [one.metric, one[of]]))
}

describe('one’s own numbers', () => {
  it('[I-40] a page that cannot hear what another handed in reads and counts anew when somebody looks at it', async () => {
    const wakes = new Set<() => void>()
    const onWake = (wake: () => void) => {
      wakes.add(wake)
      return () => wakes.delete(wake)
    }
    const deaf = await makeBrowser(server, { ports: { channel: null, onWake } })
    const page = await deaf.open()
    await page.tryNow()
    deaf.sky.now = 'down'
    const first = page.newId()
    await page.save([disputeEdit(first)])
    await page.tryNow()
    expect(page.status.get()).toMatchObject({ waiting: 1 })
    const other = await deaf.open()
    deaf.sky.now = null
    await other.tryNow()
    await when(other.status, (one) => one.waiting === 0)
    expect(page.status.get()).toMatchObject({ waiting: 1 })
    await other.save([disputeEdit(other.newId())])
    const shown = page.open('dispute', first)
    shown.subscribe(() => undefined)
    await when(shown, (one) => one !== null)
    await other.save([patchEdit(first, { facts: '后来又说' })])
    await other.tryNow()
    expect(page.rows.get()).toHaveLength(1)
    for (const wake of wakes) wake()
    await when(page.status, (one) => one.waiting === 0)
    await when(page.rows, (rows) => rows.length === 2)
    await when(shown, (one) => one?.body['facts'] === '后来又说')
    await deaf.closeAll()
  })

  it('[I-40] what is confirmed on the phone is what the server counts for that person, at every step', async () => {
    const [dispute, outreach] = [book.newId(), book.newId()]
    await saved(disputeEdit(dispute))
    await saved(outreachEdit(outreach))
    await book.tryNow()
    expect(await phones('confirmed')).toEqual(servers())
    expect(await phones('waiting')).toEqual({})
    expect(servers()['disputes']).toBe(1)

    browser.sky.now = 'down'
    await saved(agreeEdit(dispute))
    await saved({ ...patchEdit(outreach, { attendances: 7 }), kind: 'outreach' })
    await book.tryNow()
    expect(await phones('confirmed')).toEqual(servers())
    const counted = servers()['attendances'] ?? 0
    expect(await phones('waiting')).toMatchObject({ settled: 1, attendances: 7 - counted })

    browser.sky.now = null
    await book.tryNow()
    expect(await phones('confirmed')).toEqual(servers())
    expect(await phones('waiting')).toEqual({})
    expect(servers()).toMatchObject({ settled: 1, attendances: 7 })
  })

  it('[I-40] work of others on the same phone is not counted as one’s own', async () => {
    const id = book.newId()
    server.authors.set(99, OTHER)
    await server.push(99, [makeOp({ i: id, n: 1, e: ['dispute', id], r: VILLAGE, b: 0 })])
    await book.tryNow()
    expect(server.records.has(`dispute/${id}`)).toBe(true)
    expect(await phones('confirmed')).toEqual({})
  })

  it('what was not accepted stands apart, and a correction that takes something back waits as less', async () => {
    const [bad, good] = [book.newId(), book.newId()]
    server.rules.decide = (op) =>
      op.e[1] === bad ? [op.n, 'rejected', 0, 0, { code: 'out-of-scope' }] : null
    await saved(disputeEdit(bad))
    await saved(disputeEdit(good))
    await book.tryNow()
    expect(await phones('notAccepted')).toMatchObject({ disputes: 1 })
    expect(await phones('confirmed')).toEqual(servers())

    browser.sky.now = 'down'
    await saved({
      op: 'dispute.cancel',
      kind: 'dispute',
      id: good,
      region: VILLAGE,
      args: { on: '2026-11-21', note: '' },
    })
    expect(await phones('waiting')).toMatchObject({ disputes: -1 })
    expect(await phones('confirmed')).toEqual(servers())
  })
})
