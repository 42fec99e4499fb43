import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { beforeAll, expect, it } from 'vitest'
import type { RegionCode } from '#domain/region/code.ts'
import { addRecord, differing, sumsOf, type Sums } from '#sync/digest.ts'
import type { Row } from '#sync/protocol/wire.ts'
import { rightsOf } from '#server/accounts/me.ts'
import { appoint } from '#server/accounts/people.ts'
import { sqlSyncDatabase } from '#server/repositories/sync/sync-database.ts'
import { shareRecord, unshareRecord } from '#server/services/sync/grants.ts'
import { markRemapped } from '#server/accounts/remap-region.ts'
import { moveVillage, remapRegion } from '#server/services/sync/remap.ts'
import { accountsOf } from '#tests/support/accounts-of.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import { createDispute, createOutreach, newMeeting, opOf } from '#tests/support/server-ops.ts'
import {
  COUNTY,
  grantsOf,
  NOW,
  OTHER_VILLAGE,
  ServerWorld,
  VILLAGE,
  type Phone,
} from '#tests/support/server-world.ts'
import { addOp, photo } from '#tests/support/upload-client.ts'

const OTHER_COUNTY = '999902'
const FAR_VILLAGE = '999902101001'
const ON = '2026-11-21'

onBothDatabases('Records that go elsewhere', (open) => {
  let world: ServerWorld
  let here: Phone
  let there: Phone
  let far: Phone

  beforeAll(async () => {
    world = await ServerWorld.open(await open())
    await setRegions(VILLAGE, OTHER_VILLAGE, FAR_VILLAGE)
    here = await world.phone(grantsOf('mediator', VILLAGE))
    there = await world.phone(grantsOf('mediator', OTHER_VILLAGE))
    far = await world.phone(grantsOf('mediator', FAR_VILLAGE))
  })

  const setRegions = (...codes: RegionCode[]) =>
    world.database.as('accounts', {}, async (tx) => {
      for (const code of codes)
        await tx.execute(
          sql`INSERT INTO region (code, name, short) VALUES (${code}, '示例', '示例') ON CONFLICT DO NOTHING`,
        )
    })
  const head = async (phone: Phone, county = COUNTY) => (await pulled(phone, 0, county)).head
  async function pulled(phone: Phone, from: number, county = COUNTY) {
    const { pages, digests } = await world.exchange(phone, {
      pull: { sv: 1, max: 500, s: { [county]: from } },
    })
    return { rows: pages[0]?.rows ?? [], head: pages[0]?.head ?? 0, digest: digests[0] }
  }
  const short = (rows: readonly Row[]) =>
    rows.map((row) => [row[1], row[2], row[4], typeof row[6] === 'string' ? row[6] : 'whole'])
  const transfer = (phone: Phone, id: string, region: string, base = 1, from = VILLAGE) =>
    opOf(phone, { k: 'dispute.transfer', id, base, region: from, a: { on: ON, region, note: '' } })
  const placeOf = async (id: string) => {
    const { rows } = await world.database.as('owner', {}, (tx) =>
      tx.execute<{ county: string; region: string; rv: number }>(
        sql`SELECT county, region, rv FROM record WHERE id = ${id}`,
      ),
    )
    return rows
  }
  /** Ledgers dense, sums right, in both counties. */
  async function audit() {
    for (const county of [COUNTY, OTHER_COUNTY]) {
      const { rows } = await world.database.as('owner', {}, (tx) =>
        tx.execute<{ kind: string; id: string; region: string; lane: string; rv: number }>(
          sql`SELECT kind, id, region, lane, rv FROM record WHERE county = ${county} AND lane <> 'closed' AND NOT deleted`,
        ),
      )
      const sums: Sums = new Map()
      for (const one of rows) addRecord(sums, one.region, one.kind, one.id, one.rv)
      const all = await world.phone(grantsOf('clerk', county))
      const { digest } = await pulled(all, await head(all, county), county)
      expect(differing(sums, sumsOf(digest ?? { digest: county, at: 0, v: [] }))).toEqual([])
      const dense = await world.database.as('owner', {}, (tx) =>
        tx.execute<{ twice: number; over: number }>(sql`
          WITH places AS (SELECT seq FROM record WHERE county = ${county} UNION ALL SELECT seq FROM scope_exit WHERE county = ${county})
          SELECT count(*) - count(DISTINCT seq) AS twice, count(*) FILTER (WHERE seq > (SELECT head FROM sync_stream WHERE county = ${county})) AS over
          FROM places`),
      )
      expect(dense.rows).toEqual([{ twice: 0, over: 0 }])
    }
  }

  it('[I-20] a dispute sent to another village is gone here and comes there, and its clerk sees one change', async () => {
    const recorder = await world.phone(grantsOf('mediator', VILLAGE))
    const township = await world.phone(grantsOf('clerk', '999901101'))
    const create = createDispute(recorder)
    const id = create.e[1]
    await world.push(recorder, [create])
    const from = await head(here)
    const { acks } = await world.push(here, [transfer(here, id, OTHER_VILLAGE)])
    expect(acks[0]).toEqual([1, 'ok', from + 2, 2, {}])
    expect(short((await pulled(here, from)).rows)).toEqual([[id, VILLAGE, 2, 'gone']])
    expect(short((await pulled(there, from)).rows)).toEqual([[id, OTHER_VILLAGE, 2, 'whole']])
    expect(short((await pulled(township, from)).rows)).toEqual([[id, OTHER_VILLAGE, 2, 'whole']])
    expect(short((await pulled(recorder, from)).rows)).toEqual([[id, OTHER_VILLAGE, 2, 'whole']])
    await audit()
  })

  it('[I-20] between two counties: gone in one ledger, there in the other, the same version in both', async () => {
    const both = await world.phone([...grantsOf('mediator', VILLAGE), ...grantsOf('mediator', FAR_VILLAGE)])
    const create = createDispute(here)
    const id = create.e[1]
    await world.push(here, [create])
    await world.push(both, [opOf(both, { k: 'patch', id, base: 1, a: { facts: '先' } })])
    const [from, fromFar] = [await head(here), await head(far, OTHER_COUNTY)]
    const { acks } = await world.push(both, [transfer(both, id, FAR_VILLAGE, 2)])
    expect(acks[0]).toEqual([2, 'ok', from + 1, 3, {}])
    expect(short((await pulled(both, from)).rows)).toEqual([[id, VILLAGE, 3, 'gone']])
    expect(short((await pulled(both, fromFar, OTHER_COUNTY)).rows)).toEqual([[id, FAR_VILLAGE, 3, 'whole']])
    expect(short((await pulled(far, fromFar, OTHER_COUNTY)).rows)).toEqual([[id, FAR_VILLAGE, 3, 'whole']])
    expect(await placeOf(id)).toEqual([{ county: OTHER_COUNTY, region: FAR_VILLAGE, rv: 3 }])
    const homes = await world.database.as('owner', {}, (tx) =>
      tx.execute(sql`SELECT county FROM record_home WHERE id = ${id}`),
    )
    expect(homes.rows).toEqual([{ county: OTHER_COUNTY }])
    await audit()

    // Somebody here did not know: the edit keeps its receipt here and takes effect there, once.
    const late = opOf(here, { k: 'patch', id, base: 2, a: { place: '村口' } })
    const first = await world.push(here, [late])
    expect(first.acks[0]).toEqual([late.n, 'ok', 0, 4, {}])
    expect((await world.push(here, [late])).acks).toEqual(first.acks)
    expect(short((await pulled(far, fromFar, OTHER_COUNTY)).rows)).toEqual([[id, FAR_VILLAGE, 4, 'whole']])
    // Who may see it there may change it by the old name too.
    const knew = opOf(both, { k: 'patch', id, base: 4, region: VILLAGE, a: { place: '村尾' } })
    expect((await world.push(both, [knew])).acks[0]?.[1]).toBe('ok')
    // Somebody here who knew has no say any more; nor has somebody who never had.
    const stranger = opOf(there, { k: 'patch', id, base: 1, region: OTHER_VILLAGE, a: { place: 'x' } })
    const knowing = opOf(here, { k: 'patch', id, base: 99, a: { place: 'x' } })
    // The recorder always may, and `here` made it: another mediator of this village may not.
    const colleague = await world.phone(grantsOf('mediator', VILLAGE))
    const theirs = opOf(colleague, { k: 'patch', id, base: 99, a: { place: 'x' } })
    expect((await world.push(there, [stranger])).acks[0]?.[4].code).toBe('out-of-scope')
    expect((await world.push(colleague, [theirs])).acks[0]?.[4].code).toBe('out-of-scope')
    expect((await world.push(here, [knowing])).acks[0]?.[1]).toBe('ok')
    // And back again.
    expect(
      (await world.push(both, [transfer(both, id, VILLAGE, 9, FAR_VILLAGE)], OTHER_COUNTY)).acks[0]?.[1],
    ).toBe('ok')
    expect(await placeOf(id)).toMatchObject([{ county: COUNTY, region: VILLAGE }])
    expect(
      (await world.push(colleague, [opOf(colleague, { k: 'patch', id, base: 9, a: { place: 'y' } })]))
        .acks[0]?.[1],
    ).toBe('ok')
    await audit()
  })

  it('[I-24] what was lost in a record goes with it, and may be decided where it is', async () => {
    const create = createDispute(here)
    const id = create.e[1]
    await world.push(here, [create])
    const other = await world.phone([...grantsOf('mediator', VILLAGE), ...grantsOf('mediator', FAR_VILLAGE)])
    world.now = NOW + 60_000
    await world.push(here, [opOf(here, { k: 'patch', id, base: 1, a: { facts: '甲' }, at: NOW + 1000 })])
    await world.push(other, [opOf(other, { k: 'patch', id, base: 1, a: { facts: '乙' }, at: NOW + 2000 })])
    await world.push(other, [transfer(other, id, FAR_VILLAGE, 3)])
    const settle = opOf(other, {
      k: 'loss.settle',
      id,
      base: 4,
      region: FAR_VILLAGE,
      a: { field: 'facts', rv: 3 },
    })
    expect((await world.push(other, [settle], OTHER_COUNTY)).acks[0]?.[1]).toBe('ok')
    const { rows } = await world.database.as('owner', {}, (tx) =>
      tx.execute(sql`SELECT county, value, resolved_by FROM field_loss WHERE id = ${id}`),
    )
    expect(rows).toEqual([{ county: OTHER_COUNTY, value: '甲', resolved_by: other.device }])
    world.now = NOW
  })

  it('an edit of somebody who did not know that the door had closed is taken, and shows them nothing', async () => {
    const recorder = await world.phone(grantsOf('mediator', VILLAGE))
    const create = createDispute(recorder)
    const id = create.e[1]
    await world.push(recorder, [create])
    await world.push(recorder, [opOf(recorder, { k: 'patch', id, base: 1, a: { flags: ['violence'] } })])
    const from = await head(here)
    const [unknowing, knowing] = [1, 2].map((base) =>
      opOf(here, { k: 'patch', id, base, a: { place: `村口${base}` } }),
    )
    const { acks } = await world.push(here, [unknowing, knowing] as never)
    expect(acks.map((one) => one[1])).toEqual(['ok', 'rejected'])
    expect((await pulled(here, from)).rows).toEqual([])
  })

  it('a record is sent only to where something is', async () => {
    const create = createDispute(here)
    await world.push(here, [create])
    await setRegions('999901101099')
    await world.database.as('accounts', {}, (tx) =>
      tx.execute(sql`UPDATE region SET valid_to = '2026-01-01' WHERE code = '999901101099'`),
    )
    for (const region of ['999901101777', '999901101099', '999903101001']) {
      const { acks } = await world.push(here, [transfer(here, create.e[1], region)])
      expect(acks[0]).toMatchObject([expect.any(Number), 'rejected', 0, 0, { code: 'no-such-place' }])
    }
    expect((await world.push(here, [transfer(here, create.e[1], 'nowhere')])).acks[0]?.[4].code).toBe(
      'malformed',
    )
  })

  it('[D-27] a shared record comes with the next pull, goes with the day, and nobody else notices', async () => {
    const deps = {
      database: world.database,
      tables: sqlSyncDatabase(world.database),
      clock: () => world.now,
    }
    const guest = await world.phone(grantsOf('clerk', OTHER_VILLAGE))
    const create = createDispute(here, { body: { flags: ['minor'] } })
    const record = { kind: 'dispute', id: create.e[1] }
    await world.push(here, [create])
    const sees = async () => {
      const rights = await world.database.as('accounts', {}, (tx) => rightsOf(tx, guest.person, false))
      world.phones.set(guest.device, { ...guest, rights: { ...guest.rights, records: rights.records } })
    }
    const from = await head(guest)
    const shared = { person: guest.person, county: COUNTY, record }
    await shareRecord(deps, shared, { from: ON, to: null })
    await sees()
    const after = await pulled(guest, from)
    expect(short(after.rows)).toEqual([[record.id, VILLAGE, 1, 'whole']])
    expect(after.digest?.more).toEqual([['dispute', record.id, 1, VILLAGE]])
    expect(short((await pulled(here, from)).rows)).toEqual([[record.id, VILLAGE, 1, 'whole']])
    expect(await unshareRecord(deps, { ...shared, last: '2026-11-20' })).toBe(true)
    expect(await unshareRecord(deps, { ...shared, last: '2026-11-20' })).toBe(false)
    await sees()
    const { rows, digest } = await pulled(guest, from)
    expect(rows).toEqual([])
    expect(digest?.more).toBeUndefined()
    await audit()
  })

  it(
    '[L-38] a village that goes over into another takes its records, posts and phones along; old codes count for the new one',
    { timeout: 60_000 },
    async () => {
      const [old, next] = ['999901103001', '999901104001'] as const
      await setRegions(old, next)
      const context = accountsOf(world)
      const tables = sqlSyncDatabase(world.database)
      const phone = await world.phone(grantsOf('mediator', old))
      const settled = await world.phone(grantsOf('mediator', next))
      await world.database.as('accounts', {}, async (tx) => {
        await appoint(tx, context, phone.person, 'mediator', old)
        await tx.execute(sql`UPDATE role_grant SET from_day = '2020-01-01' WHERE person = ${phone.person}`)
        await tx.execute(sql`UPDATE device SET village = ${old}, mark = 'A' WHERE id = ${phone.device}`)
        await tx.execute(sql`UPDATE device SET village = ${next}, mark = 'A' WHERE id = ${settled.device}`)
      })
      const made = Array.from({ length: 1100 }, (_, i) =>
        i % 3 === 0
          ? createDispute(phone, { region: old, body: i === 0 ? { flags: ['minor'] } : {} })
          : createOutreach(phone, { region: old }),
      )
      for (let at = 0; at < made.length; at += 200) await world.push(phone, made.slice(at, at + 200))
      const from = await head(settled)
      const steps: number[] = []
      expect(await remapRegion(context, tables, old, next, (n) => steps.push(n))).toEqual({
        ok: true,
        value: { moved: 1100 },
      })
      expect(steps).toEqual([500, 1000, 1100])
      expect(await remapRegion(context, tables, old, next)).toEqual({ ok: true, value: { moved: 0 } })
      const came = new Set<string>()
      for (let cursor = from; ;) {
        const { pages } = await world.exchange(settled, {
          pull: { sv: 1, max: 500, s: { [COUNTY]: cursor } },
        })
        for (const row of pages[0]?.rows ?? []) came.add(row[1])
        cursor = pages[0]?.to ?? 0
        if (cursor === pages[0]?.head) break
      }
      expect(came.size).toBe(1099)
      await audit()

      // Who held the old village holds the new one, since the same day, and works on with the code they know.
      const rights = await world.database.as('accounts', {}, (tx) => rightsOf(tx, phone.person, false))
      expect(rights.grants.map((one) => [one.region, one.from, one.to])).toEqual([
        [old, '2020-01-01', '2026-11-20'],
        [next, '2020-01-01', null],
      ])
      world.phones.set(phone.device, { ...phone, rights })
      const create = createDispute(phone, { region: old })
      const edit = opOf(phone, {
        k: 'patch',
        id: made[3]?.e[1] as string,
        region: old,
        base: 1,
        a: { place: '村口' },
      })
      const back = transfer(phone, made[6]?.e[1] as string, old, 2, next)
      const { acks } = await world.push(phone, [create, edit, back])
      expect(acks.map((one) => one[1])).toEqual(['ok', 'ok', 'ok'])
      expect(await placeOf(create.e[1])).toMatchObject([{ region: next }])
      expect(await placeOf(made[6]?.e[1] as string)).toMatchObject([{ region: next }])
      const marks = await world.database.as('accounts', {}, (tx) =>
        tx.execute(
          sql`SELECT village, mark FROM device WHERE id IN (${phone.device}, ${settled.device}) ORDER BY id`,
        ),
      )
      expect(marks.rows).toEqual([
        { village: next, mark: 'B' },
        { village: next, mark: 'A' },
      ])
      for (const [a, b, reason] of [
        [next, next, 'same-place'],
        [next, '999901104000', 'not-a-village'],
        [next, '999901104777', 'unknown-region'],
        [next, old, 'no-longer-there'],
        [old, VILLAGE, 'no-longer-there'],
      ] as const)
        expect(await remapRegion(context, tables, a, b)).toEqual({ ok: false, reason })
    },
  )

  it('[L-38] a village whose move was stopped is emptied later, also when the other has gone over as well since', async () => {
    const [first, second, third] = ['999901105001', '999901105002', '999901105003'] as const
    await setRegions(first, second, third)
    const context = accountsOf(world)
    const tables = sqlSyncDatabase(world.database)
    const phone = await world.phone(grantsOf('mediator', first))
    const made = [createOutreach(phone, { region: first }), createOutreach(phone, { region: first })]
    await world.push(phone, made)
    expect(await markRemapped(context, first, second)).toEqual({ ok: true, value: true })
    expect(await moveVillage(tables, first, second, context.now(), 1)).toBe(1)
    expect(await remapRegion(context, tables, second, third)).toEqual({ ok: true, value: { moved: 1 } })
    expect(await remapRegion(context, tables, first, second)).toEqual({ ok: true, value: { moved: 1 } })
    expect(await remapRegion(context, tables, second, third)).toEqual({ ok: true, value: { moved: 0 } })
    for (const one of made) expect(await placeOf(one.e[1])).toMatchObject([{ region: third }])
    await audit()
  })

  it('[TR-66] what comes to another county behind its dispute goes behind the door that was closed there meanwhile', async () => {
    const [old, next] = ['999901106001', '999902106001'] as const
    await setRegions(old, next)
    const context = accountsOf(world)
    const tables = sqlSyncDatabase(world.database)
    const phone = await world.phone(grantsOf('mediator', old))
    const dispute = createDispute(phone, { region: old })
    const [first, second] = ['地点一', '地点二'].map((place) =>
      opOf(phone, {
        k: 'create',
        kind: 'meeting',
        region: old,
        a: newMeeting(dispute.e[1], { place }),
      }),
    )
    if (!first || !second) throw new Error('two meetings')
    await world.push(phone, [dispute, first, second])
    expect(await markRemapped(context, old, next)).toEqual({ ok: true, value: true })
    expect(await moveVillage(tables, old, next, context.now(), 2)).toBe(2)
    const holder = await world.phone(grantsOf('mediator', next))
    const close = opOf(holder, {
      k: 'patch',
      id: dispute.e[1],
      region: next,
      base: 2,
      a: { flags: ['violence'] },
    })
    expect((await world.push(holder, [close], OTHER_COUNTY)).acks[0]?.[1]).toBe('ok')
    expect(await moveVillage(tables, old, next, context.now())).toBe(1)
    const { rows } = await world.database.as('owner', {}, (tx) =>
      tx.execute<{ county: string; lane: string; flags: string[] }>(
        sql`SELECT county, lane, body -> 'flags' AS flags FROM record WHERE region IN (${old}, ${next}) ORDER BY id`,
      ),
    )
    expect(rows).toEqual(
      Array.from({ length: 3 }, () => ({ county: OTHER_COUNTY, lane: 'closed', flags: ['violence'] })),
    )
    await audit()
  })

  it('[TR-66] what stayed behind in another county when its dispute went goes behind the door that is closed there', async () => {
    const [old, next] = ['999901107001', '999902107001'] as const
    await setRegions(old, next)
    const phone = await world.phone(grantsOf('mediator', old))
    const dispute = createDispute(phone, { region: old })
    const meeting = (place: string) =>
      opOf(phone, { k: 'create', kind: 'meeting', region: old, a: newMeeting(dispute.e[1], { place }) })
    const before = meeting('地点一')
    await world.push(phone, [dispute, before])
    // Sent away by somebody who does not know of the meeting; then another is written by somebody who does not know that it went.
    await world.push(phone, [transfer(phone, dispute.e[1], next, 1, old)])
    const after = meeting('地点二')
    const file = addOp(phone, photo(1000), { of: ['meeting', before.e[1]], region: old })
    expect((await world.push(phone, [after, file])).acks.map((ack) => ack[1])).toEqual(['ok', 'ok'])
    const holder = await world.phone(grantsOf('mediator', next))
    const close = opOf(holder, {
      k: 'patch',
      id: dispute.e[1],
      region: next,
      base: 2,
      a: { flags: ['violence'] },
    })
    expect((await world.push(holder, [close], OTHER_COUNTY)).acks[0]?.[1]).toBe('ok')
    const { rows } = await world.database.as('owner', {}, (tx) =>
      tx.execute<{ county: string; kind: string; lane: string; flags: string[] }>(
        sql`SELECT county, kind, lane, body -> 'flags' AS flags FROM record WHERE region IN (${old}, ${next}) ORDER BY kind, id`,
      ),
    )
    const closed = (kind: string, county: string) => ({ county, kind, lane: 'closed', flags: ['violence'] })
    expect(rows).toEqual([
      closed('attachment', COUNTY),
      closed('dispute', OTHER_COUNTY),
      closed('meeting', COUNTY),
      closed('meeting', COUNTY),
    ])
    await audit()
  })

  it('[L-22] what is taken back and made anew ends the same for everybody', async () => {
    const [one, two] = [createOutreach(here), createOutreach(here)]
    await world.push(here, [one])
    const from = await head(here)
    const cancel = (cancelled: boolean, base: number) =>
      opOf(here, { k: 'patch', kind: 'outreach', id: one.e[1], base, a: { cancelled } })
    await world.push(here, [cancel(true, 1), two, cancel(false, 2)])
    const rows = (await pulled(here, from)).rows
    expect(rows.map((row) => [row[1], row[4], (row[6] as { cancelled: boolean }).cancelled])).toEqual(
      [
        [two.e[1], 1, false],
        [one.e[1], 3, false],
      ].toSorted(
        (a, b) => rows.findIndex((row) => row[1] === a[0]) - rows.findIndex((row) => row[1] === b[0]),
      ),
    )
    const again = createOutreach(here, { id: one.e[1] })
    expect((await world.push(here, [again])).acks[0]?.[4].code).toBe('exists')
    expect(await placeOf(randomUUID())).toEqual([])
  })
})
