import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { beforeAll, expect, it } from 'vitest'
import { addRecord, differing, sumsOf, type Sums } from '#sync/digest.ts'
import type { DigestLine, Row } from '#sync/protocol/wire.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import { createDispute, createOutreach, opOf } from '#tests/support/server-ops.ts'
import {
  COUNTY,
  grantsOf,
  NOW,
  OTHER_VILLAGE,
  ServerWorld,
  VILLAGE,
  type Phone,
} from '#tests/support/server-world.ts'

onBothDatabases('Holding the same', (open) => {
  let world: ServerWorld
  let a: Phone
  let b: Phone

  beforeAll(async () => {
    world = await ServerWorld.open(await open())
    a = await world.phone(grantsOf('mediator', VILLAGE))
    b = await world.phone(grantsOf('mediator', VILLAGE))
  })

  /** Everything a phone would hold, and the sums it was told at the end. */
  async function whole(phone: Phone, max = 500): Promise<{ rows: Map<string, Row>; digest: DigestLine }> {
    const rows = new Map<string, Row>()
    for (let cursor = 0; ;) {
      const { pages, digests } = await world.exchange(phone, {
        pull: { sv: 1, max, s: { [COUNTY]: cursor } },
      })
      for (const row of pages[0]?.rows ?? []) {
        if (row[6] === 'gone' || row[6] === 'deleted') rows.delete(row[1])
        else rows.set(row[1], row)
      }
      cursor = pages[0]?.to ?? 0
      const isLast = cursor === pages[0]?.head
      expect(digests).toHaveLength(isLast ? 1 : 0)
      if (isLast) return { rows, digest: digests[0] as DigestLine }
    }
  }
  const held = (rows: Iterable<Row>): Sums => {
    const sums: Sums = new Map()
    for (const row of rows) addRecord(sums, row[2], row[0], row[1], row[4])
    return sums
  }

  it('[I-37] the sums of the last page are those of what a phone then holds, whoever it is and whatever happened', async () => {
    const c = await world.phone([
      ...grantsOf('understander', VILLAGE),
      ...grantsOf('mediator', '999901101', '2020-01-01', '2020-02-01'),
    ])
    const township = await world.phone(grantsOf('clerk', '999901101'))
    const [one, two, closed, theirs] = [
      createDispute(a),
      createDispute(a),
      createDispute(a),
      createDispute(township, { region: OTHER_VILLAGE }),
    ]
    await world.push(a, [one, two, closed, createOutreach(a)])
    await world.push(township, [theirs])
    await world.push(b, [opOf(b, { k: 'patch', id: one.e[1], base: 1, a: { facts: '改' } })])
    await world.push(b, [opOf(b, { k: 'patch', id: closed.e[1], base: 1, a: { flags: ['minor'] } })])
    const granted = await world.phone(grantsOf('clerk', OTHER_VILLAGE), [
      { id: closed.e[1], from: '2026-01-01', to: null },
    ])
    for (const phone of [a, b, c, township, granted]) {
      const { rows, digest } = await whole(phone, 3)
      expect(differing(sumsOf(digest), held(rows.values()))).toEqual([])
    }
    const { digest } = await whole(a)
    expect(digest.more).toEqual([['dispute', closed.e[1], 2, VILLAGE]])
    expect((await whole(b)).digest.more).toBeUndefined()
    // A phone that lacks one of them, or has an old one, differs in that village and nowhere else.
    const { rows } = await whole(a)
    const other = [...rows.values()].slice(1)
    expect(differing(sumsOf(digest), held(other))).toEqual([VILLAGE])
  })

  it('[I-36] a village is listed and single records are sent again on demand, as of one snapshot and within the scope', async () => {
    const mine = createDispute(a)
    const elsewhere = createDispute(await world.phone(grantsOf('mediator', OTHER_VILLAGE)), {
      region: OTHER_VILLAGE,
    })
    await world.push(a, [mine])
    const { rows } = await whole(b)
    const answer = await world.exchange(b, {
      pull: {
        sv: 1,
        max: 5,
        s: {},
        fix: { [COUNTY]: [VILLAGE, OTHER_VILLAGE, VILLAGE] },
        want: {
          [COUNTY]: [
            ['dispute', mine.e[1]],
            ['dispute', elsewhere.e[1]],
            ['dispute', randomUUID()],
          ],
        },
      },
    })
    expect(answer.pages).toEqual([])
    expect(answer.lists).toMatchObject([
      { list: COUNTY, region: VILLAGE },
      { list: COUNTY, region: OTHER_VILLAGE, v: [] },
    ])
    const listed = answer.lists[0]?.v.map(([kind, id, rv]) => `${kind}/${id}@${rv}`)
    expect(listed?.toSorted()).toEqual(
      [...rows.values()].map((row) => `${row[0]}/${row[1]}@${row[4]}`).toSorted(),
    )
    expect(answer.wanted.map((one) => [one.rows, one.v.map((row) => row[1])])).toEqual([
      [COUNTY, [mine.e[1]]],
    ])
    expect(answer.wanted[0]?.at).toBe(answer.lists[0]?.at)
    expect(answer.wanted[0]?.v[0]).toEqual(rows.get(mine.e[1]))
  })

  it('[TR-51] a record that was asked for is as much read as one of a page', async () => {
    const [theirs] = [createDispute(a)]
    await world.push(a, [theirs])
    const logged = async () => {
      const { rows } = await world.database.as('owner', {}, (tx) =>
        tx.execute<{ n: number }>(
          sql`SELECT count(*) AS n FROM audit WHERE device = ${b.device} AND action = 'pull'`,
        ),
      )
      return rows[0]?.n ?? 0
    }
    const before = await logged()
    const want = { [COUNTY]: [['dispute', theirs.e[1]] as [string, string]] }
    await world.exchange(b, { pull: { sv: 1, max: 5, s: {}, want } })
    expect(await logged()).toBe(before + 1)
  })

  it('[L-21] both values of one field stay until somebody decides, wherever the record goes, and the deciding is kept', async () => {
    const create = createDispute(a)
    const id = create.e[1]
    await world.push(a, [create])
    world.now = NOW + 60_000
    await world.push(a, [opOf(a, { k: 'patch', id, base: 1, a: { facts: '甲写的' }, at: NOW + 5000 })])
    await world.push(b, [opOf(b, { k: 'patch', id, base: 1, a: { facts: '乙写的' }, at: NOW + 9000 })])
    const loss = { field: 'facts', value: '甲写的', rv: 3, device: a.device, at: NOW + 5000 }
    expect((await whole(a)).rows.get(id)?.[7]).toEqual([loss])
    const kept = async () => {
      const { rows } = await world.database.as('sync', { county: COUNTY }, (tx) =>
        tx.execute(sql`SELECT value, rv, who, resolved_by FROM field_loss WHERE id = ${id} ORDER BY rv`),
      )
      return rows
    }
    const row = { value: '甲写的', rv: 3, who: a.device }
    expect(await kept()).toEqual([{ ...row, resolved_by: null }])
    const settle = opOf(b, { k: 'loss.settle', id, base: 3, a: { field: 'facts', rv: 3 } })
    expect((await world.push(b, [settle])).acks[0]?.[1]).toBe('ok')
    expect((await whole(a)).rows.get(id)).toHaveLength(7)
    expect(await kept()).toEqual([{ ...row, resolved_by: b.device }])
    world.now = NOW
  })
})
