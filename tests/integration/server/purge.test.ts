import { sql } from 'drizzle-orm'
import { beforeAll, expect, it } from 'vitest'
import { purgeOld } from '#server/services/sync/purge.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import { createDispute, createOutreach, opOf } from '#tests/support/server-ops.ts'
import { COUNTY, grantsOf, NOW, ServerWorld, VILLAGE, type Phone } from '#tests/support/server-world.ts'

const DAY = 86_400_000

onBothDatabases('What is old', (open) => {
  let world: ServerWorld
  let a: Phone
  let b: Phone

  beforeAll(async () => {
    world = await ServerWorld.open(await open())
    a = await world.phone(grantsOf('mediator', VILLAGE))
    b = await world.phone(grantsOf('mediator', VILLAGE))
  })

  const pull = async (phone: Phone, from: number) => {
    const { pages, digests } = await world.exchange(phone, {
      pull: { sv: 1, max: 500, s: { [COUNTY]: from } },
    })
    return { ...pages[0], digest: digests[0] }
  }
  const count = async (what: ReturnType<typeof sql>) => {
    const { rows } = await world.database.as('owner', {}, (tx) =>
      tx.execute<{ n: number }>(sql`SELECT count(*) AS n FROM ${what}`),
    )
    return rows[0]?.n
  }

  it('[I-27] exits and empty places go after 400 days, and a cursor from before is told that it missed something', async () => {
    const [closed, dead, kept] = [createDispute(a), createDispute(a), createOutreach(a)]
    await world.push(a, [closed, dead, kept])
    await world.push(b, [opOf(b, { k: 'patch', id: closed.e[1], base: 1, a: { flags: ['violence'] } })])
    await world.database.as('owner', {}, async (tx) => {
      await tx.execute(sql`UPDATE region_digest d SET n = d.n - 1, x = d.x # r.h FROM record r
        WHERE r.id = ${dead.e[1]} AND d.region = r.region AND d.lane = r.lane`)
      await tx.execute(sql`UPDATE record SET deleted = true, body = '{}' WHERE id = ${dead.e[1]}`)
    })
    const { head } = await pull(b, 0)
    expect(await purgeOld(world.database, NOW + 399 * DAY)).toEqual({
      exits: 0,
      tombstones: 0,
      packed: 0,
      boxes: 0,
    })
    world.now = NOW + 300 * DAY
    const fresh = createDispute(a)
    await world.push(a, [fresh])
    await world.push(b, [opOf(b, { k: 'patch', id: fresh.e[1], base: 1, a: { flags: ['violence'] } })])
    expect(await purgeOld(world.database, NOW + 401 * DAY)).toEqual({
      exits: 1,
      tombstones: 1,
      packed: 4,
      boxes: 0,
    })
    const after = await pull(b, 0)
    expect(after.floor).toBeGreaterThan(0)
    expect(after.floor).toBeLessThanOrEqual(head ?? 0)
    // The younger exit is still there, and what lives lives.
    expect(after.rows?.map((row) => [row[1], typeof row[6] === 'string' ? row[6] : 'whole'])).toEqual([
      [kept.e[1], 'whole'],
      [fresh.e[1], 'gone'],
    ])
    // A phone that kept the closed one all this time learns of it by the sums of its village.
    expect(after.digest?.v.reduce((sum, one) => sum + one[2], 0)).toBe(1)
    world.now = NOW
  })

  it('[I-6] an op whose receipt is only a fingerprint is not taken again, and another content under its number is a fork', async () => {
    const phone = await world.phone(grantsOf('mediator', VILLAGE))
    const create = createDispute(phone)
    const bad = createDispute(phone, { body: { type: 'D15', topic: '' } })
    const edit = opOf(phone, { k: 'patch', id: create.e[1], base: 1, a: { facts: '改过' } })
    const { acks } = await world.push(phone, [create, bad, edit])
    await purgeOld(world.database, NOW + 401 * DAY)
    expect(await count(sql`op_receipt WHERE device = ${phone.device}`)).toBe(1)
    const before = await pull(phone, 0)
    const again = await world.push(phone, [create, bad, edit])
    expect(again.acks.map((one) => one[1])).toEqual(['ok', 'rejected', 'ok'])
    expect(again.acks[1]).toEqual(acks[1])
    expect((await pull(phone, 0)).rows).toEqual(before.rows)
    expect((await world.push(phone, [createDispute(phone, { n: create.n })])).acks).toEqual([
      [create.n, 'fork', 0, 0, {}],
    ])
    // What hangs on it goes on, and so do new numbers.
    const next = opOf(phone, { k: 'patch', id: create.e[1], base: 2, a: { place: '村口' }, d: [create.n] })
    expect((await world.push(phone, [next, createOutreach(phone)])).acks.map((one) => one[1])).toEqual([
      'ok',
      'ok',
    ])
    expect(await purgeOld(world.database, NOW + 402 * DAY)).toMatchObject({ packed: 2 })
    expect((await world.push(phone, [create, next])).acks.map((one) => one[1])).toEqual(['ok', 'ok'])
  })
})
