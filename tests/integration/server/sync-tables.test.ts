import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, expect, it } from 'vitest'
import { isValidOn, viewOf, type Grant, type Rights } from '#domain/access/grant.ts'
import type { Lane } from '#domain/access/lane.ts'
import { readBatch } from '#server/services/sync/incoming.ts'
import { handIn } from '#server/services/sync/push.ts'
import type { Op } from '#sync/protocol/op.ts'
import { createDispute } from '#tests/support/server-ops.ts'
import { sqlStateOf } from '#server/database/failures.ts'
import type { PullTables, PushTables, RecordRow } from '#server/repositories/sync/tables.ts'
import { grantsOf, NOW, type Phone } from '#tests/support/server-world.ts'
import { onEverySyncDatabase, type SyncBed } from '#tests/support/sync-databases.ts'

const AT = new Date(NOW)
const DAY = '2026-11-21'
const HASH = 'ab'.repeat(32)

const news = {
  app: 't',
  out: 3,
  oldest: 9,
  dead: 0,
  blobs: 0,
  clockOff: -5,
  drained: true,
}

onEverySyncDatabase('The tables of sync', (open) => {
  let bed: SyncBed
  let person: string
  let device: number
  // A county of its own for each test, so that all may share a database.
  let made = 0
  let COUNTY: string
  let VILLAGE: string
  let OTHER_VILLAGE: string
  let OTHER_COUNTY: string
  let FAR_VILLAGE: string

  beforeAll(async () => {
    bed = await open()
  })

  beforeEach(async () => {
    COUNTY = `9999${10 + made++}`
    OTHER_COUNTY = `9999${10 + made++}`
    VILLAGE = `${COUNTY}101001`
    OTHER_VILLAGE = `${COUNTY}101002`
    FAR_VILLAGE = `${OTHER_COUNTY}101001`
    person = randomUUID()
    device = await bed.addDevice(person)
  })

  const push = <T>(work: (tables: PushTables) => Promise<T>, counties = [COUNTY], devices = [device]) =>
    bed.database.push({ counties, devices }, work)
  const pull = <T>(
    rights: Partial<Rights> & { grants?: readonly Grant[] },
    work: (tables: PullTables) => Promise<T>,
  ) => bed.database.pull({ rights: { person, grants: [], records: [], ...rights }, day: DAY }, work)
  const mediator = () => ({ grants: grantsOf('mediator', VILLAGE) })

  const row = (over: Partial<RecordRow> = {}): RecordRow => ({
    fresh: true,
    kind: 'dispute',
    id: randomUUID(),
    region: VILLAGE,
    lane: 'casework',
    recorder: person,
    office: false,
    rv: 1,
    seq: 1,
    deleted: false,
    body: { facts: '地界', list: [1, null] },
    skeleton: { type: 'D03' },
    fv: { facts: [1, 2, 3, 4] },
    losses: [],
    h: '-5',
    ...over,
  })
  /** Writes rows at the next ledger places. */
  const write = (tables: PushTables, county: string, ...rows: RecordRow[]) =>
    tables.reserve(county, 0, rows.length).then(async (first) => {
      const placed = rows.map((one, at) => ({ ...one, seq: first + at }))
      await tables.writeRecords(county, placed, AT)
      return placed
    })
  const failing = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      (error: unknown) => sqlStateOf(error) ?? String(error),
    )

  it('[I-6] a number is claimed once, and its receipt is found only after it was decided', async () => {
    const names = [1, 2, 3].map((n) => ({ device, n, hash: HASH }))
    await push(async (tables) => {
      expect(await tables.claim(COUNTY, names, AT)).toHaveLength(3)
      expect(await tables.claim(COUNTY, names, AT)).toEqual([])
      expect(await tables.receipts(COUNTY, names)).toEqual([])
      await tables.decideReceipts(COUNTY, [
        { device, n: 1, outcome: 'ok', detail: {}, seq: 7, rv: 1 },
        { device, n: 2, outcome: 'rejected', detail: { code: 'closed' }, seq: 0, rv: 0 },
      ])
      await tables.unclaim(COUNTY, names)
    })
    await push(async (tables) => {
      const receipts = await tables.receipts(COUNTY, names)
      expect(receipts.toSorted((a, b) => a.n - b.n)).toEqual([
        { device, n: 1, hash: HASH, outcome: 'ok', detail: {}, seq: 7, rv: 1 },
        { device, n: 2, hash: HASH, outcome: 'rejected', detail: { code: 'closed' }, seq: 0, rv: 0 },
      ])
      expect(await tables.claim(COUNTY, names, AT)).toEqual([{ device, n: 3 }])
      expect(await tables.packedReceipts(COUNTY, names)).toEqual([])
    })
  })

  it('[I-6] two copies of a phone that carry one op under a taken name bring it once', async () => {
    const [first, ...copies] = [device, await bed.addDevice(person), await bed.addDevice(person)] as const
    const rights = { person, ...mediator(), records: [] }
    const offered = async (by: number, op: Op) =>
      handIn(
        bed.database,
        { person, device: by, rights, requestId: '' },
        news,
        { county: COUNTY, ops: (await readBatch([{ ...op }], COUNTY)).ops },
        () => NOW,
      )
    const maker = { person, device: first, n: 0 } as unknown as Phone
    const ops = [1, 2].map(() => createDispute(maker, { n: 1, region: VILLAGE }))
    const [taken, typed] = ops as [Op, Op]
    expect(await offered(first, taken)).toMatchObject({ pushed: { acks: [[1, 'ok', 1, 1, {}]] } })
    for (const copy of copies)
      expect(await offered(copy, { ...typed, as: [first, 1] })).toMatchObject({
        pushed: { acks: [[1, 'ok', 2, 1, {}]] },
        ackedN: 1,
      })
    expect((await bed.database.heads([COUNTY])).heads.get(COUNTY)).toBe(2)
  })

  it('knows the devices of its scope, notes what they say, and tells whose any device is', async () => {
    const stranger = await bed.addDevice(randomUUID())
    await push(async (tables) => {
      const facts = await tables.lockDevices([device, 999_999])
      expect([...facts]).toEqual([[device, { person, lastAnswerAt: 0, packedTo: 0, ackedN: 0 }]])
      await tables.noteDevices([{ device, news, acked: 7 }], AT)
      await tables.noteDevices([{ device: stranger, news, acked: 7 }], AT)
    })
    await push(async (tables) => {
      expect((await tables.lockDevices([device])).get(device)).toMatchObject({ lastAnswerAt: NOW, ackedN: 7 })
      expect((await tables.devicesOf([stranger])).get(stranger)).toMatchObject({ lastAnswerAt: 0, ackedN: 0 })
      const waiting = { ...news, drained: false }
      await tables.noteDevices([{ device, news: waiting, acked: 0 }], new Date(NOW + 1000))
    })
    await push(async (tables) => {
      expect((await tables.lockDevices([device])).get(device)).toMatchObject({ lastAnswerAt: NOW, ackedN: 7 })
    })
  })

  it('a transaction is whole or not at all, and a savepoint undoes only its own part', async () => {
    const kept = row()
    await push(async (tables) => {
      await write(tables, COUNTY, kept)
      await expect(
        tables.savepoint(async () => {
          await write(tables, COUNTY, row())
          await tables.writeDigest(COUNTY, [{ region: VILLAGE, lane: 'casework', n: 1, x: '9' }])
          throw new Error('no')
        }),
      ).rejects.toThrow('no')
      expect(await tables.reserve(COUNTY, 0, 1)).toBe(2)
      const fault = tables.savepoint(() => write(tables, COUNTY, row({ body: { facts: 'a\u0000b' } })))
      expect(await failing(fault)).toBe('22P05')
    })
    await expect(
      push(async (tables) => {
        await write(tables, COUNTY, row())
        throw new Error('all of it')
      }),
    ).rejects.toThrow('all of it')
    await pull(mediator(), async (tables) => {
      const feed = await tables.feed(COUNTY, 0, 10)
      expect(feed).toMatchObject({ head: 2, floor: 0, rows: [{ id: kept.id, seq: 1, rv: 1, sv: 1 }] })
      expect(feed.rows[0]?.body).toEqual({ facts: '地界', list: [1, null] })
      expect(await tables.digest(COUNTY)).toEqual([])
    })
  })

  it('[I-47] what is not of the named counties is neither read nor written', async () => {
    const theirs = row({ region: FAR_VILLAGE })
    await push((tables) => write(tables, OTHER_COUNTY, theirs), [OTHER_COUNTY])
    await push(async (tables) => {
      const reading = tables.savepoint(async () => (await tables.lockRecords(OTHER_COUNTY, [theirs])).length)
      expect(await reading.catch(() => 0)).toBe(0)
      const writing = tables.savepoint(() => write(tables, OTHER_COUNTY, row({ region: FAR_VILLAGE })))
      expect(await failing(writing)).toBe('42501')
      await tables.widen([OTHER_COUNTY])
      expect(await tables.lockRecords(OTHER_COUNTY, [theirs])).toMatchObject([{ id: theirs.id, rv: 1 }])
    })
  })

  it('[I-20] a record that goes to another county takes its losses along and leaves an exit behind', async () => {
    const one = row()
    const moved = { ...one, region: FAR_VILLAGE, rv: 2, fresh: false }
    await push(async (tables) => {
      await write(tables, COUNTY, one)
      await tables.writeLosses(
        COUNTY,
        [{ kind: one.kind, id: one.id, field: 'facts', rv: 1, value: { a: 1 }, who: device }],
        AT,
      )
    })
    await push(
      async (tables) => {
        const left = await tables.reserve(COUNTY, 0, 1)
        const came = await tables.reserve(OTHER_COUNTY, 0, 1)
        await tables.moveRecords(COUNTY, OTHER_COUNTY, [{ ...moved, seq: came }])
        await tables.writeExits(
          COUNTY,
          [{ seq: left, kind: one.kind, id: one.id, rv: 2, region: VILLAGE, lane: 'casework' }],
          AT,
        )
        await tables.setHomes([{ id: one.id, county: OTHER_COUNTY }])
        await tables.settleLosses(OTHER_COUNTY, [
          { kind: one.kind, id: one.id, field: 'facts', rv: 1, by: device },
        ])
      },
      [COUNTY, OTHER_COUNTY],
    )
    await push(async (tables) => {
      expect([...(await tables.homes([one.id, randomUUID()]))]).toEqual([[one.id, OTHER_COUNTY]])
      expect(await tables.left(COUNTY, [one])).toEqual([
        { kind: one.kind, id: one.id, region: VILLAGE, lane: 'casework', rv: 2, at: NOW },
      ])
      expect(await tables.lockRecords(COUNTY, [one])).toEqual([])
    })
    const other = randomUUID()
    await pull({ person: other, ...mediator() }, async (tables) => {
      expect((await tables.feed(COUNTY, 0, 9)).rows).toMatchObject([{ id: one.id, gone: true, rv: 2 }])
    })
    await pull({ person: other, grants: grantsOf('mediator', OTHER_COUNTY) }, async (tables) => {
      expect((await tables.feed(OTHER_COUNTY, 0, 9)).rows).toMatchObject([{ id: one.id, gone: false, rv: 2 }])
    })
  })

  it('[I-37] sums, single records and lists say what a phone keeps, and nothing of what it does not', async () => {
    const other = randomUUID()
    const mine = row({ region: OTHER_VILLAGE })
    const closed = row({ lane: 'closed' })
    const theirs = row({ recorder: other })
    const granted = row({ recorder: other, region: OTHER_VILLAGE, lane: 'closed' })
    const hidden = row({ recorder: other, region: OTHER_VILLAGE })
    const dead = row({ deleted: true })
    await push(async (tables) => {
      await write(tables, COUNTY, mine, closed, theirs, granted, hidden, dead)
      await tables.writeDigest(COUNTY, [
        { region: VILLAGE, lane: 'casework', n: 1, x: '-1' },
        { region: VILLAGE, lane: 'outreach', n: 1, x: '255' },
        { region: OTHER_VILLAGE, lane: 'casework', n: 2, x: '4' },
      ])
      await tables.writeDigest(COUNTY, [{ region: VILLAGE, lane: 'outreach', n: -1, x: '255' }])
    })
    const rights = { ...mediator(), records: [{ id: granted.id, from: '2020-01-01', to: null }] }
    await pull(rights, async (tables) => {
      expect(await tables.digest(COUNTY)).toEqual([
        { region: VILLAGE, lane: 'casework', n: 1, x: 'ffffffffffffffff' },
      ])
      const more = [mine, closed, granted].map(({ kind, id, rv, region }) => ({ kind, id, rv, region }))
      expect(await tables.more(COUNTY)).toEqual(more.toSorted((a, b) => (a.id < b.id ? -1 : 1)))
      expect((await tables.list(COUNTY, VILLAGE)).map((one) => one.id).toSorted()).toEqual(
        [closed.id, theirs.id].toSorted(),
      )
      expect((await tables.list(COUNTY, OTHER_VILLAGE)).map((one) => one.id).toSorted()).toEqual(
        [mine.id, granted.id].toSorted(),
      )
      const rows = await tables.rows(COUNTY, [hidden, dead, granted, { kind: 'dispute', id: randomUUID() }])
      expect(rows).toMatchObject([{ id: granted.id, lane: 'closed', gone: false, deleted: false }])
    })
    await pull({ ...rights, records: [] }, async (tables) => {
      expect((await tables.more(COUNTY)).map((one) => one.id)).not.toContain(granted.id)
    })
  })

  it('[D-24] what a pull sees is what the rule says, whoever asks and wherever the record stands', async () => {
    const villages = [VILLAGE, OTHER_VILLAGE, `${COUNTY}102001`]
    const people = [person, randomUUID()]
    const lanes = ['casework', 'outreach', 'register', 'closed'] as const
    const rows = villages.flatMap((region) =>
      lanes.flatMap((lane) => people.map((recorder) => row({ region, lane, recorder }))),
    )
    await push((tables) => write(tables, COUNTY, ...rows))
    const prefixes = [VILLAGE, `${COUNTY}101`, COUNTY, '99', OTHER_COUNTY]
    const ended = { from: '2020-01-01', to: '2026-11-20' }
    for (const [i, region] of prefixes.entries())
      for (const role of ['mediator', 'understander', 'clerk'] as const) {
        const grants = [...grantsOf(role, region), ...grantsOf('mediator', COUNTY, ended.from, ended.to)]
        const granted = rows[(i * 7) % rows.length] as RecordRow
        const records = [{ id: granted.id, from: '2020-01-01', to: i % 2 === 0 ? null : '2026-11-20' }]
        const rights: Rights = { person, grants, records }
        const seen = (one: RecordRow): boolean =>
          viewOf(rights, { ...one, lane: one.lane as Lane }, DAY) === 'full'
        const inLanes = (one: RecordRow): boolean =>
          grants.some(
            (each) =>
              isValidOn(each, DAY) &&
              one.lane !== 'closed' &&
              each.lanes.includes(one.lane as Lane) &&
              one.region.startsWith(each.region),
          )
        const ids = (list: readonly { id: string }[]) => list.map((one) => one.id).toSorted()
        await pull(rights, async (tables) => {
          expect(ids((await tables.feed(COUNTY, 0, 100)).rows)).toEqual(ids(rows.filter(seen)))
          expect(ids(await tables.rows(COUNTY, rows))).toEqual(ids(rows.filter(seen)))
          expect(ids(await tables.more(COUNTY))).toEqual(
            ids(rows.filter((one) => seen(one) && !inLanes(one))),
          )
          for (const village of villages)
            expect(ids(await tables.list(COUNTY, village))).toEqual(
              ids(rows.filter((one) => one.region === village && seen(one))),
            )
        })
      }
  })

  it('[I-24] open losses travel with a record, and only whole', async () => {
    const losses = [{ field: 'facts', value: '甲写的', rv: 3, device, at: NOW }]
    const one = row({ losses })
    await push((tables) => write(tables, COUNTY, one))
    await push(async (tables) => {
      expect(await tables.lockRecords(COUNTY, [one])).toMatchObject([{ losses, fv: { facts: [1, 2, 3, 4] } }])
    })
    await pull(mediator(), async (tables) => {
      expect((await tables.feed(COUNTY, 0, 9)).rows).toMatchObject([{ losses }])
      expect(await tables.rows(COUNTY, [one])).toMatchObject([{ losses }])
    })
  })

  it('[I-26] a refused op is kept whole, whatever is in it, and only its author has something to say of it', async () => {
    const kept = {
      device,
      person,
      region: VILLAGE,
      lane: 'casework',
      code: 'closed',
      state: 'rejected' as const,
    }
    const remark = { device, n: 1, person, says: 'ask' as const, text: '请看看' }
    await push(async (tables) => {
      await tables.keepRefused(COUNTY, [{ ...kept, n: 1, op: { a: { facts: 'x\u0000' } } }], AT)
      await tables.remark(COUNTY, [{ ...remark, person: randomUUID(), text: '' }], AT)
      await tables.remark(COUNTY, [{ ...remark, n: 2 }], AT)
      await tables.remark(COUNTY, [remark], AT)
    })
    expect(await bed.refused(device, 1)).toEqual({
      op: { json: JSON.stringify({ a: { facts: 'x\u0000' } }) },
      askedAt: NOW,
      givenUpAt: null,
      note: '请看看',
    })
    expect(await bed.refused(device, 2)).toBeNull()
  })

  it('[I-33] a promise that the database has not kept begins a new history, once, and only if it was of this one', async () => {
    const { database } = bed
    await push((tables) => write(tables, COUNTY, row()))
    const { epoch, heads } = await database.heads([COUNTY, OTHER_COUNTY])
    expect([...heads]).toEqual([
      [COUNTY, 1],
      [OTHER_COUNTY, 0],
    ])
    const gen = await push(async (tables) => (await tables.history([])).gen)
    await push((tables) => tables.noteDevices([{ device, news, acked: 4 }], AT))
    const kept = { epoch, gen, heads: new Map([[COUNTY, 1]]), acked: { device, n: 4 }, told: [] }
    await database.beginHistory(kept)
    // An older history under another name is one that this database has left behind.
    await database.beginHistory({ ...kept, epoch: randomUUID(), gen: gen - 1, heads: new Map([[COUNTY, 9]]) })
    expect((await database.heads([])).epoch).toBe(epoch)
    const promised = { epoch, gen, heads: new Map([[OTHER_COUNTY, 3]]), acked: null, told: [] }
    await database.beginHistory(promised)
    const after = await database.heads([COUNTY])
    expect(after.epoch).not.toBe(epoch)
    await database.beginHistory(promised)
    expect(await database.heads([COUNTY])).toEqual(after)
    await push(async (tables) => {
      const now = await tables.history([COUNTY])
      expect(now.ringSafe).toBe(0)
      expect(now.gen).toBeGreaterThan(10_000)
      expect(now.heads.get(COUNTY)).toBe(now.gen * 2 ** 33)
      expect(await tables.reserve(COUNTY, now.gen, 2)).toBe(now.gen * 2 ** 33 + 1)
      expect(await tables.reserve(COUNTY, now.gen, 1)).toBe(now.gen * 2 ** 33 + 3)
    })
  })

  it('[I-33] a decision that is gone, and a history that is gone whole, begin a new one above every generation known of', async () => {
    const { database } = bed
    const historyNow = () => push((tables) => tables.history([]))
    await push((tables) => tables.noteDevices([{ device, news, acked: 4 }], AT))
    const before = await historyNow()
    const promise = { epoch: before.epoch, gen: before.gen, heads: new Map<string, number>(), told: [] }
    await database.beginHistory({ ...promise, acked: { device, n: 5 } })
    const second = await historyNow()
    expect(second.epoch).not.toBe(before.epoch)
    expect(second.gen).toBeGreaterThan(before.gen)
    // A device that is not there has had nothing decided.
    const nobody = { device: 999_999, n: 1 }
    await database.beginHistory({ ...promise, epoch: second.epoch, gen: second.gen, acked: nobody })
    const third = await historyNow()
    expect(third.gen).toBeGreaterThan(second.gen)
    for (const ahead of [0, 4000]) {
      const now = await historyNow()
      const gone = { ...promise, epoch: randomUUID(), gen: now.gen + ahead, acked: null }
      await database.beginHistory(gone)
      const next = await historyNow()
      expect(next.gen).toBeGreaterThan(gone.gen)
      await database.beginHistory(gone)
      expect((await historyNow()).epoch).toBe(next.epoch)
    }
  })

  it('[TR-66] finds what belongs to a record: its meetings and files, in order, of its county only', async () => {
    const [dispute, other] = [randomUUID(), randomUUID()]
    const child = (kind: string, body: Record<string, unknown>) => row({ kind, id: randomUUID(), body })
    const mine = [
      child('attachment', { of: ['dispute', dispute] }),
      child('meeting', { dispute }),
      child('meeting', { dispute }),
    ]
    const strange = [
      child('meeting', { dispute: other }),
      child('lead', { dispute }),
      child('attachment', { of: ['dispute', other] }),
      child('meeting', {}),
    ]
    await push(async (tables) => {
      await write(tables, COUNTY, ...mine, ...strange)
      const inOrder = mine.toSorted((a, b) => (a.kind + a.id < b.kind + b.id ? -1 : 1))
      const found = await tables.lockBelonging(COUNTY, [dispute, randomUUID()])
      expect(found.map((one) => one.id)).toEqual(inOrder.map((one) => one.id))
      expect(await tables.lockBelonging(COUNTY, [])).toEqual([])
    })
    await push(
      async (tables) => expect(await tables.lockBelonging(OTHER_COUNTY, [dispute])).toEqual([]),
      [OTHER_COUNTY],
    )
  })

  it('knows what follows a region, and locks a village in order', async () => {
    await bed.setRegion(VILLAGE, { validTo: '2026-10-01', mergedInto: OTHER_VILLAGE })
    await bed.setRegion(OTHER_VILLAGE)
    const rows = Array.from({ length: 5 }, () => row())
    await push(async (tables) => {
      expect(await tables.regions([VILLAGE, OTHER_VILLAGE, `${COUNTY}101099`])).toEqual(
        new Map([
          [VILLAGE, { validTo: '2026-10-01', mergedInto: OTHER_VILLAGE }],
          [OTHER_VILLAGE, { validTo: null, mergedInto: null }],
        ]),
      )
      await write(tables, COUNTY, ...rows)
      const ids = rows.map((one) => one.id).toSorted()
      expect((await tables.lockVillage(COUNTY, VILLAGE, 3)).map((one) => one.id)).toEqual(ids.slice(0, 3))
    })
  })
})
