import { sql } from 'drizzle-orm'
import { beforeAll, expect, it } from 'vitest'
import { onBothDatabases } from '#tests/support/databases.ts'
import { createDispute, createOutreach, opOf } from '#tests/support/server-ops.ts'
import {
  COUNTY,
  grantsOf,
  OTHER_VILLAGE,
  ServerWorld,
  VILLAGE,
  type Phone,
} from '#tests/support/server-world.ts'

onBothDatabases('Fetching', (open) => {
  let world: ServerWorld
  let a: Phone
  let b: Phone

  beforeAll(async () => {
    world = await ServerWorld.open(await open())
    a = await world.phone(grantsOf('mediator', VILLAGE))
    b = await world.phone(grantsOf('mediator', VILLAGE))
  })

  const head = async () => (await world.pullAll(a)).cursor

  it('[I-19] a phone gets what its person may see whole, and nothing else', async () => {
    const [mine, outreach] = [createDispute(a), createOutreach(a)]
    const understander = await world.phone(grantsOf('understander', VILLAGE))
    const coordinator = await world.phone(grantsOf('coordinator', COUNTY))
    const neighbour = await world.phone(grantsOf('mediator', OTHER_VILLAGE))
    await world.push(a, [mine, outreach])
    const seenBy = async (phone: Phone) => (await world.pullAll(phone)).rows.map((row) => row[1]).toSorted()
    expect(await seenBy(b)).toEqual([mine.e[1], outreach.e[1]].toSorted())
    expect(await seenBy(understander)).toEqual([outreach.e[1]])
    expect(await seenBy(coordinator)).toEqual([])
    expect(await seenBy(neighbour)).toEqual([])
    expect(await seenBy({ ...b, device: b.device })).toHaveLength(2)
  })

  it('a provisional phone hands in and sees only its own work', async () => {
    const fresh = await world.phone(grantsOf('mediator', VILLAGE))
    world.phones.set(fresh.device, { ...fresh, provisional: true })
    const own = createDispute(fresh)
    expect((await world.push(fresh, [own])).acks[0]?.[1]).toBe('ok')
    expect((await world.pullAll(fresh)).rows.map((row) => row[1])).toEqual([own.e[1]])
  })

  it('[I-20] a record that goes behind the closed door is gone from everybody but its recorder, and back when it comes back', async () => {
    const create = createDispute(a)
    const id = create.e[1]
    await world.push(a, [create])
    const from = await head()
    await world.push(a, [opOf(a, { k: 'patch', id, base: 1, a: { flags: ['violence'] } })])
    expect((await world.pullAll(b, from)).rows).toEqual([['dispute', id, VILLAGE, 'casework', 2, 0, 'gone']])
    expect((await world.pullAll(a, from)).rows).toMatchObject([
      ['dispute', id, VILLAGE, 'closed', 2, 1, { flags: ['violence'] }],
    ])
    const granted = await world.phone(grantsOf('clerk', OTHER_VILLAGE), [
      { id, from: '2026-01-01', to: null },
    ])
    expect((await world.pullAll(granted, from)).rows).toMatchObject([
      ['dispute', id, VILLAGE, 'closed', 2, 1, {}],
    ])
    await world.push(a, [opOf(a, { k: 'patch', id, base: 2, a: { flags: [] } })])
    expect((await world.pullAll(b, from)).rows).toMatchObject([
      ['dispute', id, VILLAGE, 'casework', 3, 1, { flags: [] }],
    ])
  })

  it('[I-23] pages follow each other without a hole, whatever their size', async () => {
    const from = await head()
    await world.push(
      a,
      Array.from({ length: 23 }, () => createOutreach(a)),
    )
    const whole = await world.pullAll(b, from)
    expect(whole.rows).toHaveLength(23)
    for (const max of [1, 5, 23]) {
      const parts = await world.pullAll(b, from, max)
      expect(parts.rows).toEqual(whole.rows)
      expect(parts.cursor).toBe(whole.cursor)
    }
  })

  it('[I-23] several pages of one answer follow each other like those of several, for a phone that asks for them', async () => {
    const from = await head()
    const long = '长'.repeat(6000)
    await world.push(
      a,
      Array.from({ length: 23 }, () => createOutreach(a)),
    )
    await world.push(
      a,
      Array.from({ length: 20 }, () => createDispute(a, { body: { facts: long } })),
    )
    const whole = await world.pullAll(b, from)
    for (const [max, many, answers] of [
      [5, 2, 5],
      [5, 8, 2],
      [500, 8, 1],
      [43, 1, 1],
    ] as const) {
      const parts = await world.pullAll(b, from, max, many)
      expect(parts.rows).toEqual(whole.rows)
      expect([parts.cursor, parts.answers]).toEqual([whole.cursor, answers])
    }
  })

  it('[I-23] an answer of many pages ends at two megabytes', async () => {
    const from = await head()
    for (let part = 0; part < 8; part++)
      await world.push(
        a,
        Array.from({ length: 20 }, () => createDispute(a, { body: { facts: '长'.repeat(6000) } })),
      )
    const pulled = await world.pullAll(b, from, 500, 8)
    expect(pulled.rows).toHaveLength(160)
    expect(pulled.answers).toBeGreaterThan(1)
  })

  it('[I-23] a page ends at half a megabyte, but is never empty while something is left', async () => {
    const from = await head()
    const long = '长'.repeat(6000)
    for (let part = 0; part < 2; part++)
      await world.push(
        a,
        Array.from({ length: 20 }, () => createDispute(a, { body: { facts: long } })),
      )
    const pulled = await world.pullAll(b, from)
    expect(pulled.rows).toHaveLength(40)
    expect(pulled.pages).toBe(2)
  })

  it('says who somebody is only when their rights have changed since', async () => {
    expect((await world.exchange(a)).hello?.me).toBeUndefined()
    expect((await world.exchange(a, { scopeRev: 0 })).hello).toMatchObject({
      scopeRev: 1,
      me: { person: a.person, mark: 'A' },
    })
  })

  it('[TR-51] fetching what others recorded is in the log, fetching nothing is not', async () => {
    const reader = await world.phone(grantsOf('mediator', VILLAGE))
    const logged = () =>
      world.database.as(
        'owner',
        {},
        async (tx) =>
          (
            await tx.execute(
              sql`SELECT action, region, object_kind FROM audit WHERE actor = ${reader.person}`,
            )
          ).rows,
      )
    const { cursor, pages } = await world.pullAll(reader)
    expect(await logged()).toContainEqual({ action: 'pull', region: COUNTY, object_kind: 'page' })
    await world.pullAll(reader, cursor)
    expect(await logged()).toHaveLength(pages)
  })

  it('notes what waits on a phone', async () => {
    await world.post(a, {
      ...world.request(a),
      t: world.now - 90_000,
      stat: { out: 12, oldest: 86_400, dead: 1, blobs: 2 },
    })
    const rows = await world.database.as(
      'app',
      { counts: '999901' },
      async (tx) =>
        (await tx.execute(sql`SELECT village, out, oldest, dead, blobs FROM device_seen WHERE out > 0`)).rows,
    )
    expect(rows).toEqual([{ village: VILLAGE, out: 12, oldest: 86_400, dead: 1, blobs: 2 }])
    const [clock] = await world.database.as(
      'accounts',
      {},
      async (tx) => (await tx.execute(sql`SELECT clock_off, app FROM device WHERE id = ${a.device}`)).rows,
    )
    expect(clock).toEqual({ clock_off: 90_000, app: '0.1.0' })
  })

  it('no longer counts as waiting what was handed in with the same request', async () => {
    const phone = await world.phone(grantsOf('mediator', VILLAGE))
    const ops = [createDispute(phone)]
    await world.post(phone, {
      ...world.request(phone, { push: { c: COUNTY, ops } }),
      stat: { out: 5, recs: 3, oldest: 60, dead: 0, blobs: 0 },
    })
    const rows = await world.database.as(
      'accounts',
      {},
      async (tx) => (await tx.execute(sql`SELECT out FROM device WHERE id = ${phone.device}`)).rows,
    )
    expect(rows).toEqual([{ out: 2 }])
  })

  it('tells a county’s position from memory, and sees another server’s commit within two seconds', async () => {
    const heads = async () =>
      (
        await world.app.inject({
          url: `/api/sync/v1/head?c=${COUNTY},110105`,
          headers: { 'x-test-device': String(a.device) },
        })
      ).json()
    const before = await head()
    expect(await heads()).toMatchObject({ heads: { [COUNTY]: before, '110105': 0 } })
    const other = await ServerWorld.open(world.database)
    other.phones.set(b.device, b)
    await other.push(b, [createOutreach(b)])
    expect(await heads()).toMatchObject({ heads: { [COUNTY]: before, '110105': 0 } })
    world.now += 2000
    expect(await heads()).toMatchObject({ heads: { [COUNTY]: before + 1, '110105': 0 } })
    await world.push(a, [createOutreach(a)])
    expect(await heads()).toMatchObject({ heads: { [COUNTY]: before + 2, '110105': 0 } })
  })
})
