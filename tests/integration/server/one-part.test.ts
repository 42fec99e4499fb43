import { sql } from 'drizzle-orm'
import { beforeAll, expect, it } from 'vitest'
import { sqlSyncDatabase } from '#server/repositories/sync/sync-database.ts'
import { moveVillage } from '#server/services/sync/remap.ts'
import { touch } from '#server/services/sync/touch.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import { explaining, type Explained } from '#tests/support/explained.ts'
import { createDispute, createOutreach, opOf } from '#tests/support/server-ops.ts'
import { COUNTY, grantsOf, NOW, OTHER_VILLAGE, ServerWorld, VILLAGE } from '#tests/support/server-world.ts'

const FAR_VILLAGE = '999902101001'

onBothDatabases('What a statement touches', (open) => {
  let world: ServerWorld
  let seen: Explained[]

  beforeAll(async () => {
    const plain = await open()
    const watched = explaining(plain)
    seen = watched.seen
    world = await ServerWorld.open(watched.database)
    await plain.as('accounts', {}, async (tx) => {
      for (const code of [VILLAGE, OTHER_VILLAGE, FAR_VILLAGE])
        await tx.execute(sql`INSERT INTO region (code, name, short) VALUES (${code}, '示例', '示例')`)
    })
  })

  /** Statements that go beyond one part of a table. */
  const wide = (parts: number) =>
    seen.filter((one) => [...one.parts.values()].some((each) => each.size > parts)).map((one) => one.text)
  const tables = () => new Set(seen.flatMap((one) => [...one.parts.keys()]))

  it('[I-47] every statement of push and pull touches one part of each table', async () => {
    const phone = await world.phone(grantsOf('mediator', VILLAGE))
    const other = await world.phone(grantsOf('mediator', VILLAGE))
    const guest = await world.phone(grantsOf('clerk', OTHER_VILLAGE), [
      { id: '01912345-0000-7000-8000-0000000000f1', from: '2020-01-01', to: null },
    ])
    const create = createDispute(phone)
    const id = create.e[1]
    const bad = createDispute(phone, { body: { type: 'D15', topic: '' } })
    seen.length = 0
    await world.push(phone, [
      create,
      bad,
      createOutreach(phone),
      opOf(phone, { k: 'refusal.ask', a: { n: bad.n, note: '' } }),
    ])
    world.now = NOW + 60_000
    await world.push(phone, [
      opOf(phone, { k: 'patch', id, base: 1, a: { facts: '甲' }, at: NOW + 1000, d: [create.n] }),
    ])
    await world.push(other, [
      opOf(other, { k: 'patch', id, base: 1, a: { facts: '乙' }, at: NOW + 2000 }),
      opOf(other, { k: 'loss.settle', id, base: 3, a: { field: 'facts', rv: 3 } }),
      opOf(other, { k: 'patch', id, base: 3, a: { flags: ['minor'] } }),
      opOf(other, { k: 'nothing.known' }),
      { ...createDispute(other), as: [phone.device, 99] },
    ])
    await world.push(phone, [opOf(phone, { k: 'patch', id, base: 2, a: { place: '村口' } }), bad])
    await world.push(phone, [
      opOf(phone, {
        k: 'dispute.transfer',
        id,
        base: 9,
        a: { on: '2026-11-21', region: OTHER_VILLAGE, note: '' },
      }),
    ])
    for (const one of [phone, other, guest])
      await world.post(one, {
        ...world.request(one, {
          pull: {
            sv: 1,
            max: 9,
            s: { [COUNTY]: 1 },
            fix: { [COUNTY]: [VILLAGE] },
            want: { [COUNTY]: [['dispute', id]] },
          },
        }),
        stat: { out: 0, oldest: 0, dead: 1, blobs: 0 },
      })
    await touch(sqlSyncDatabase(world.database), COUNTY, [{ kind: 'dispute', id }], NOW)
    expect(seen.length).toBeGreaterThan(80)
    const touched = ['field_loss', 'op_receipt', 'op_refused', 'record', 'region_digest', 'scope_exit']
    expect([...tables()].toSorted()).toEqual(expect.arrayContaining(touched))
    expect(wide(1)).toEqual([])
    // A statement that forgot its county would have been seen.
    await world.database.as('owner', {}, (tx) => tx.execute(sql`SELECT rv FROM record WHERE id = ${id}`))
    expect(wide(1)).toHaveLength(1)
    world.now = NOW
  })

  it('[I-47] a move between two counties touches two', async () => {
    const both = await world.phone([...grantsOf('mediator', VILLAGE), ...grantsOf('mediator', FAR_VILLAGE)])
    const create = createDispute(both)
    seen.length = 0
    await world.push(both, [create])
    await world.push(both, [
      opOf(both, {
        k: 'dispute.transfer',
        id: create.e[1],
        base: 1,
        a: { on: '2026-11-21', region: FAR_VILLAGE, note: '' },
      }),
    ])
    await world.push(both, [opOf(both, { k: 'patch', id: create.e[1], base: 2, a: { place: '村口' } })])
    await moveVillage(sqlSyncDatabase(world.database), VILLAGE, FAR_VILLAGE, NOW, 5)
    expect(wide(2)).toEqual([])
    expect(seen.some((one) => /UPDATE record/.test(one.text))).toBe(true)
  })
})
