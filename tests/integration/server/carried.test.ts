import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { beforeAll, expect, it } from 'vitest'
import type { Op } from '#sync/protocol/op.ts'
import type { Row } from '#sync/protocol/wire.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import { createDispute, opOf, patches } from '#tests/support/server-ops.ts'
import { COUNTY, grantsOf, NOW, ServerWorld, VILLAGE, type Phone } from '#tests/support/server-world.ts'

onBothDatabases('Ops first made on another phone', (open) => {
  let world: ServerWorld

  beforeAll(async () => {
    world = await ServerWorld.open(await open())
  })

  /** The same person on another phone. */
  async function secondPhone(first: Phone): Promise<Phone> {
    const device = await world.database.as('accounts', {}, async (tx) => {
      const { rows } = await tx.execute<{ id: number }>(sql`
        INSERT INTO device (account, state, village) VALUES (${first.person}, 'confirmed', ${VILLAGE}) RETURNING id`)
      return rows[0]?.id ?? 0
    })
    const phone = { ...first, device, n: 0 }
    world.phones.set(device, phone)
    return phone
  }
  const mediator = () => world.phone(grantsOf('mediator', VILLAGE))
  /** An op of a backup, as another phone hands it in. */
  const carried = (by: Phone, from: Phone, op: Op): Op => ({
    ...op,
    n: ++by.n,
    as: op.as ?? [from.device, op.n],
  })
  const outcomes = async (phone: Phone, ops: readonly Op[]) =>
    (await world.push(phone, ops)).acks.map((one) => one[1])
  const state = async () => {
    const { rows } = await world.database.as('owner', {}, (tx) =>
      tx.execute(sql`SELECT id, rv, seq, body, fv FROM record ORDER BY seq`),
    )
    return rows
  }

  it('[L-11] a backup taken in on a second phone, before or after the first hands in, is the same as once', async () => {
    for (const order of ['backup first', 'phone first', 'between'] as const) {
      const first = await mediator()
      const second = await secondPhone(first)
      const create = createDispute(first)
      const ops = [create, ...patches(first, create.e[1], 3).map((op) => ({ ...op, d: [create.n] }))]
      const backup = ops.map((op) => carried(second, first, op))
      const wanted = ['ok', 'ok', 'ok', 'ok']
      const before = { 'backup first': 0, between: 2, 'phone first': 4 }[order]
      if (before > 0) await world.push(first, ops.slice(0, before))
      expect(await outcomes(second, backup)).toEqual(wanted)
      const after = await state()
      expect(await outcomes(second, backup)).toEqual(wanted)
      expect(await outcomes(first, ops)).toEqual(wanted)
      // A third phone takes in what the second had taken in: the name stays that of the first.
      const third = await secondPhone(first)
      expect(
        await outcomes(
          third,
          backup.map((op) => carried(third, second, op)),
        ),
      ).toEqual(wanted)
      expect(await state()).toEqual(after)
    }
  })

  it('[I-25] the record is the same whichever phone hands the ops in', async () => {
    const bodies: unknown[] = []
    for (const isCarried of [false, true]) {
      const first = await mediator()
      const second = await secondPhone(first)
      const other = await mediator()
      const create = createDispute(first, { at: NOW - 9000 })
      await world.push(first, [create])
      const edit = opOf(first, { k: 'patch', id: create.e[1], base: 1, a: { facts: '甲' }, at: NOW - 5000 })
      const theirs = opOf(other, { k: 'patch', id: create.e[1], base: 1, a: { facts: '乙' }, at: NOW - 7000 })
      await world.push(other, [theirs])
      const later = opOf(first, { k: 'patch', id: create.e[1], base: 1, a: { facts: '丙' }, at: NOW - 8000 })
      if (isCarried) {
        await world.push(second, [carried(second, first, edit)])
        await world.push(second, [carried(second, first, later)])
      } else await world.push(first, [edit, later])
      const { pages } = await world.exchange(other, { pull: { sv: 1, max: 500, s: { [COUNTY]: 0 } } })
      const row = pages[0]?.rows.find((one) => one[1] === create.e[1]) as Row
      bodies.push([(row[6] as { facts: string }).facts, row[7]?.map((one) => one.value)])
    }
    expect(bodies[1]).toEqual(bodies[0])
    expect(bodies[0]).toEqual(['丙', ['乙']])
  })

  it('[I-30] nobody hands in what is not theirs', async () => {
    const [mine, theirs] = [await mediator(), await mediator()]
    const op = createDispute(theirs)
    const { acks } = await world.push(mine, [
      { ...op, n: ++mine.n, as: [theirs.device, op.n] },
      { ...op, n: ++mine.n, as: [987_654_321, 1] },
      createDispute(mine),
    ])
    expect(acks.map(([, outcome, , , detail]) => [outcome, detail.code])).toEqual([
      ['rejected', 'not-yours'],
      ['rejected', 'not-yours'],
      ['ok', undefined],
    ])
    // It did not take the number from its owner.
    expect(await outcomes(theirs, [op])).toEqual(['ok'])
  })

  it('[I-7] a name that belongs to another op is not believed, and what was typed arrives all the same', async () => {
    const first = await mediator()
    await world.push(first, [createDispute(first, { n: 1 })])
    // A clone made something else as number 1, learnt that it is one, and was enrolled anew.
    const clone = createDispute(first, { n: 1 })
    expect(await outcomes(first, [clone])).toEqual(['fork'])
    const second = await secondPhone(first)
    const again = carried(second, first, clone)
    expect(await outcomes(second, [again])).toEqual(['ok'])
    expect(await outcomes(second, [again])).toEqual(['ok'])
    expect(await outcomes(second, [{ ...again, i: randomUUID() }])).toEqual(['fork'])
  })

  it('[I-6] of two copies that carry the same op under a name that belongs to another, the second is answered like the first', async () => {
    for (const order of ['apart', 'at once'] as const) {
      const first = await mediator()
      await world.push(first, [createDispute(first, { n: 1 })])
      const create = createDispute(first, { n: 1 })
      const edit = opOf(first, { k: 'patch', n: 2, id: create.e[1], a: { facts: '院墙' }, d: [1] })
      const copies = [await secondPhone(first), await secondPhone(first), await secondPhone(first)]
      const offered = (copy: Phone) => {
        copy.n = 0
        return [create, edit].map((op) => carried(copy, first, op))
      }
      const answers =
        order === 'apart'
          ? [await world.push(copies[0] as Phone, offered(copies[0] as Phone))]
          : await Promise.all(copies.slice(0, 2).map((copy) => world.push(copy, offered(copy))))
      const after = await state()
      for (const copy of copies) answers.push(await world.push(copy, offered(copy)))
      expect(answers.map(({ acks }) => acks)).toEqual(answers.map(() => answers[0]?.acks))
      expect(answers[0]?.acks.map((one) => one[1])).toEqual(['ok', 'ok'])
      expect(await state()).toEqual(after)
      // Another op under the same name is another op.
      const copy = copies[2] as Phone
      const more = createDispute(first, { n: 1 })
      copy.n = 9
      expect(await outcomes(copy, [carried(copy, first, more)])).toEqual(['ok'])
    }
  })

  it('[I-6] leaves no number claimed that nothing came of', async () => {
    const first = await mediator()
    const second = await secondPhone(first)
    await world.push(second, [createDispute(second, { n: 1 })])
    const op = createDispute(first, { n: 5 })
    expect(await outcomes(second, [{ ...op, n: 1, as: [first.device, 5] }])).toEqual(['fork'])
    const { rows } = await world.database.as('owner', {}, (tx) =>
      tx.execute(sql`SELECT count(*) AS n FROM op_receipt WHERE outcome = 'deciding'`),
    )
    expect(rows).toEqual([{ n: 0 }])
    expect(await outcomes(first, [op])).toEqual(['ok'])
  })

  it('[I-9] what waits for an op of the first phone waits by that phone’s number', async () => {
    const first = await mediator()
    const second = await secondPhone(first)
    const bad = createDispute(first, { body: { type: 'D15', topic: '' } })
    const onBad = opOf(first, { k: 'patch', id: bad.e[1], a: { facts: 'x' }, d: [bad.n] })
    const good = createDispute(first)
    const onGood = opOf(first, { k: 'patch', id: good.e[1], a: { facts: 'x' }, d: [good.n] })
    expect(
      await outcomes(
        second,
        [onBad, onGood].map((op) => carried(second, first, op)),
      ),
    ).toEqual(['blocked', 'blocked'])
    second.n = 0
    const all = [bad, onBad, good, onGood].map((op) => carried(second, first, op))
    expect(await outcomes(second, all)).toEqual(['rejected', 'blocked', 'ok', 'ok'])
    expect(await outcomes(first, [bad, good, onGood])).toEqual(['rejected', 'ok', 'ok'])
  })

  it('[I-29] keeps the time of the edit by what the first phone had heard, not the second', async () => {
    const first = await mediator()
    const second = await secondPhone(first)
    await world.exchange(second)
    const op = createDispute(first, { at: NOW - 3_600_000 })
    world.now = NOW + 60_000
    await world.push(second, [carried(second, first, op)])
    const { rows } = await world.database.as('owner', {}, (tx) =>
      tx.execute(sql`SELECT (body ->> 'enteredAt')::bigint AS at FROM record WHERE id = ${op.e[1]}`),
    )
    expect(rows).toEqual([{ at: NOW - 3_600_000 }])
    world.now = NOW
  })
})
