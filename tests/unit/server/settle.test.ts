import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import type { PushTables, RecordRow, SyncDatabase } from '#server/repositories/sync/tables.ts'
import { readBatch } from '#server/services/sync/incoming.ts'
import { handIn } from '#server/services/sync/push.ts'
import type { Op } from '#sync/protocol/op.ts'
import { makeRights } from '#tests/support/make-rights.ts'
import { MemorySync } from '#tests/support/memory-sync.ts'
import { createDispute, createOutreach } from '#tests/support/server-ops.ts'
import { COUNTY, grantsOf, NOW, VILLAGE, type Phone } from '#tests/support/server-world.ts'

const news = { app: 't', out: 3, oldest: 9, dead: 0, blobs: 0, clockOff: 0, drained: true }

/** The object with one word of it replaced. */
const except = <T extends object>(target: T, word: keyof T, other: unknown): T =>
  new Proxy(target, {
    get(of, name) {
      if (name === word) return other
      const member = Reflect.get(of, name) as unknown
      return typeof member === 'function' ? (member.bind(of) as unknown) : member
    },
  })

/** The database with a bug of ours that only writing this record meets. */
function failingOn(database: SyncDatabase, id: string): SyncDatabase {
  const push: SyncDatabase['push'] = (scope, work) =>
    database.push(scope, (tables) => {
      const writeRecords: PushTables['writeRecords'] = (county, rows, at) => {
        if (rows.some((row: RecordRow) => row.id === id)) throw new TypeError('a bug')
        return tables.writeRecords(county, rows, at)
      }
      return work(except(tables, 'writeRecords', writeRecords))
    })
  return except(database, 'push', push)
}

it('[I-10] [I-9] an op that meets a bug of ours while it is written is kept in quarantine, and those around it are taken', async () => {
  const memory = new MemorySync({ clock: () => NOW, newEpoch: randomUUID })
  const person = randomUUID()
  memory.addDevice(1, person)
  const rights = makeRights({ person, grants: grantsOf('mediator', VILLAGE) })
  const phone: Phone = { person, device: 1, rights, provisional: false, scopeRev: 1, n: 0 }
  const ops = [createDispute(phone), createDispute(phone), createOutreach(phone)]
  const who = { person, device: 1, rights, requestId: 'r1' }
  const pushed = async (database: SyncDatabase) => {
    const read = await readBatch(ops as (Op & Record<string, unknown>)[], COUNTY)
    const handed = await handIn(database, who, news, { county: COUNTY, ops: read.ops }, () => NOW)
    return handed.known ? handed.pushed?.acks.map((ack) => [ack[0], ack[1]]) : null
  }
  const expected = [
    [1, 'ok'],
    [2, 'quarantined'],
    [3, 'ok'],
  ]
  expect(await pushed(failingOn(memory, ops[1]?.e[1] ?? ''))).toEqual(expected)
  expect([...memory.state.refused.values()].map((one) => [one.n, one.op])).toEqual([[2, ops[1]]])
  // Decided is decided, also once the bug is mended.
  expect(await pushed(memory)).toEqual(expected)
})
