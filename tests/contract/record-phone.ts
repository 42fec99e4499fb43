import type { Id } from '#domain/id.ts'
import type { Kind } from '#domain/record/kind.ts'
import { databaseName } from '#phone/database/rows.ts'
import { dumpPhone, exportableCrypto } from '#tests/support/phone-dump.ts'
import { agreeEdit, disputeEdit, outreachEdit, patchEdit } from '#tests/support/phone-people.ts'
import { TinyServer } from '#tests/support/phone-server.ts'
import { makeBrowser, START_AT, when } from '#tests/support/phone-world.ts'
import type { PhoneFixture } from './landed.ts'

export const DEVICE = 7
const idOf = (key: string): [Kind, Id] => key.split('/') as [Kind, Id]

/**
 * A phone that was put away in the middle of work: one dispute handed in and changed since, one outreach session that waits, one op
 * that the server refused, one draft, one answer of the desk.
 */
export async function recordPhone(): Promise<PhoneFixture> {
  const server = new TinyServer(() => START_AT)
  const browser = await makeBrowser(server, { device: DEVICE, ports: { crypto: exportableCrypto() } })
  const book = await browser.open()
  const [handedIn, refused, waits] = [book.newId(), book.newId(), book.newId()]
  await book.save([disputeEdit(handedIn, { facts: '水沟堵了' })])
  await when(book.rows, (rows) => rows[0]?.word === 'handed-in')
  server.rules.decide = (op) =>
    op.e[1] === refused ? [op.n, 'rejected', 0, 0, { code: 'out-of-scope' }] : null
  await book.save([disputeEdit(refused, { place: '外村' })])
  await when(book.status, (status) => status.refused === 1)
  browser.sky.now = 'down'
  await book.save([patchEdit(handedIn, { place: '村口' }), agreeEdit(handedIn)])
  await book.save([outreachEdit(waits, { attendances: 35 })])
  await book.drafts.put({
    id: book.newId(),
    form: 'dispute',
    title: '没写完',
    at: START_AT,
    values: { facts: '写到一半' },
  })
  await book.deskCache.put('/api/desk/overview', { disputes: 1 }, START_AT)
  const rows = await when(book.rows, (list) => list.length === 3)
  const queue = await when(book.queue, (list) => list.length === 3)
  const bodies: PhoneFixture['seen']['bodies'] = {}
  for (const { key } of rows) {
    const opened = await when(book.open(...idOf(key)), (one) => one !== null)
    bodies[key] = opened?.body ?? {}
  }
  const drafts = await when(book.drafts.list, (list) => list.length === 1)
  const person = (await when(book.me, (me) => me !== null))?.person ?? ''
  await browser.closeAll()
  return {
    device: DEVICE,
    at: START_AT,
    marks: browser.marks.text,
    vault: browser.vault,
    dump: await dumpPhone(browser.ports.indexedDB, databaseName(browser.vault)),
    taken: server.applied.map((one) => one.op),
    seen: {
      person,
      titles: rows.map((row) => row.title),
      waiting: queue.map(({ n, key }) => ({ n, key })),
      refused: 1,
      drafts: drafts.map((one) => one.title),
      bodies,
    },
  }
}
