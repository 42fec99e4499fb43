import { sql } from 'drizzle-orm'
import { beforeAll, expect, it } from 'vitest'
import { onBothDatabases } from '#tests/support/databases.ts'
import { createDispute, createOutreach, opOf, patches } from '#tests/support/server-ops.ts'
import { COUNTY, grantsOf, NOW, OTHER_VILLAGE, ServerWorld, VILLAGE } from '#tests/support/server-world.ts'

onBothDatabases('Handing in', (open) => {
  let world: ServerWorld

  beforeAll(async () => {
    world = await ServerWorld.open(await open())
  })

  const mediator = () => world.phone(grantsOf('mediator', VILLAGE))
  const inCounty = <T extends Record<string, unknown>>(statement: ReturnType<typeof sql>) =>
    world.database.as('sync', { county: COUNTY }, async (tx) => (await tx.execute<T>(statement)).rows)

  it('[I-6] [TR-29] the same push five times changes nothing and is answered alike', async () => {
    const phone = await mediator()
    const create = createDispute(phone)
    const ops = [create, ...patches(phone, create.e[1], 2), createOutreach(phone)]
    const first = await world.push(phone, ops)
    expect(first).toMatchObject({ status: 200, whole: true, ackFloor: 4 })
    expect(first.acks.map(([n, outcome]) => [n, outcome])).toEqual([
      [1, 'ok'],
      [2, 'ok'],
      [3, 'ok'],
      [4, 'ok'],
    ])
    const rows = () =>
      inCounty(sql`SELECT *, h::text AS h, (SELECT json_agg(r ORDER BY region, metric, day) FROM rollup r) AS numbers,
      (SELECT head FROM sync_stream) AS head FROM record ORDER BY seq`)
    const before = await rows()
    for (let time = 0; time < 4; time++) expect((await world.push(phone, ops)).acks).toEqual(first.acks)
    expect(await rows()).toEqual(before)
    expect(await inCounty(sql`SELECT count(*) AS n FROM op_receipt WHERE device = ${phone.device}`)).toEqual([
      { n: 4 },
    ])
  })

  it('[I-7] the same number with another content is a fork, and applies nothing', async () => {
    const phone = await mediator()
    await world.push(phone, [createDispute(phone, { n: 1 })])
    const other = createDispute(phone, { n: 1 })
    expect((await world.push(phone, [other])).acks).toEqual([[1, 'fork', 0, 0, {}]])
    expect(await inCounty(sql`SELECT id FROM record WHERE id = ${other.e[1]}`)).toEqual([])
    // Twice in one batch: the first stands, the second is the fork.
    const [a, b] = [createDispute(phone, { n: 2 }), createDispute(phone, { n: 2 })]
    expect((await world.push(phone, [a, b, a])).acks.map((one) => one[1])).toEqual(['ok', 'fork', 'ok'])
  })

  it('[I-9] a refused op delays nobody but what depends on it', async () => {
    const phone = await mediator()
    const good = createDispute(phone)
    const bad = createDispute(phone, { body: { type: 'D15', topic: '' } })
    const onBad = opOf(phone, { k: 'patch', id: bad.e[1], a: { facts: '' }, d: [bad.n] })
    const onBlocked = opOf(phone, { k: 'patch', id: bad.e[1], a: { facts: 'x' }, d: [onBad.n] })
    const senseless = { n: ++phone.n, k: 7 }
    const unknown = opOf(phone, { k: 'dispute.celebrate' })
    const tomorrow = opOf(phone, { k: 'patch', v: 9 })
    const last = createOutreach(phone)
    const { acks, ackFloor } = await world.push(phone, [
      good,
      bad,
      onBad,
      onBlocked,
      senseless,
      unknown,
      tomorrow,
      last,
    ])
    expect(acks.map(([, outcome, , , detail]) => [outcome, detail.code ?? detail.on ?? ''])).toEqual([
      ['ok', ''],
      ['rejected', 'needs-topic'],
      ['blocked', bad.n],
      ['blocked', onBad.n],
      ['rejected', 'malformed'],
      ['later', ''],
      ['later', ''],
      ['ok', ''],
    ])
    expect(ackFloor).toBe(bad.n)
    const receipts = await inCounty<{ n: number }>(
      sql`SELECT n FROM op_receipt WHERE device = ${phone.device} ORDER BY n`,
    )
    expect(receipts.map((one) => one.n)).toEqual([good.n, bad.n, senseless.n, last.n])
    // What was blocked stays blocked in a later push, by the receipt of what it depends on.
    expect((await world.push(phone, [onBad])).acks[0]?.[1]).toBe('blocked')
  })

  it('[I-10] an op the database cannot hold is quarantined with its text, and the rest of its batch is taken', async () => {
    const phone = await mediator()
    const poison = createDispute(phone, { body: { facts: 'a\u0000b' } })
    const ops = [
      createDispute(phone),
      poison,
      createOutreach(phone),
      createDispute(phone, { body: { facts: '\ud800' } }),
    ]
    const { acks } = await world.push(phone, ops)
    expect(acks.map((one) => one[1])).toEqual(['ok', 'quarantined', 'ok', 'quarantined'])
    const kept = await inCounty<{ op: { json: string } }>(
      sql`SELECT op FROM op_refused WHERE device = ${phone.device} ORDER BY n`,
    )
    expect(JSON.parse(kept[0]?.op.json ?? '')).toEqual(poison)
    expect((await world.push(phone, ops)).acks).toEqual(acks)
  })

  it('[I-21] what a person has no right to is refused, kept, and logged', async () => {
    const phone = await world.phone(grantsOf('understander', VILLAGE))
    const other = await world.phone(grantsOf('mediator', OTHER_VILLAGE))
    const elsewhere = createDispute(phone, { region: OTHER_VILLAGE })
    const theirs = createDispute(other, { region: OTHER_VILLAGE })
    await world.push(other, [theirs])
    const touch = opOf(phone, {
      k: 'patch',
      id: theirs.e[1],
      region: OTHER_VILLAGE,
      base: 1,
      a: { facts: 'x' },
    })
    const missing = opOf(phone, { k: 'dispute.tell', a: { on: '2026-11-20' } })
    const otherCounty = createDispute(phone, { region: '999902101001' })
    const { acks } = await world.push(phone, [elsewhere, touch, missing, otherCounty])
    expect(acks.map(([, outcome, , , detail]) => [outcome, detail.code])).toEqual([
      ['rejected', 'out-of-scope'],
      ['rejected', 'out-of-scope'],
      ['rejected', 'out-of-scope'],
      ['rejected', 'malformed'],
    ])
    expect(
      await inCounty(sql`SELECT code FROM op_refused WHERE device = ${phone.device} ORDER BY n`),
    ).toHaveLength(4)
    const [logged] = await world.database.as(
      'owner',
      {},
      async (tx) =>
        (
          await tx.execute(
            sql`SELECT count(*) AS n FROM audit WHERE device = ${phone.device} AND outcome = 'refused'`,
          )
        ).rows,
    )
    expect(logged).toEqual({ n: 3 })
  })

  it('[I-22] a right counts for the day of the edit, until sixty days after its end', async () => {
    const ended = (to: string) => world.phone(grantsOf('mediator', VILLAGE, '2020-01-01', to))
    const day = 86_400_000
    const outcome = async (to: string, at: number) => {
      const phone = await ended(to)
      return (await world.push(phone, [createDispute(phone, { at })])).acks[0]?.[1]
    }
    expect(await outcome('2026-11-10', NOW - 12 * day)).toBe('ok')
    expect(await outcome('2026-11-10', NOW - 2 * day)).toBe('rejected')
    expect(await outcome('2026-08-10', NOW - 120 * day)).toBe('rejected')
  })

  it('[I-29] a clock a year off changes no outcome, and the record says when it was received', async () => {
    const year = 365 * 86_400_000
    const phone = await mediator()
    // The first answer bounds what comes after it.
    await world.exchange(phone)
    const ops = [
      createDispute(phone, { at: NOW + year }),
      createDispute(phone, { at: NOW - year }),
      createDispute(phone, { at: 0 }),
    ]
    world.now = NOW + 60_000
    const { acks, hello } = await world.push(phone, ops)
    expect(acks.map((one) => one[1])).toEqual(['ok', 'ok', 'ok'])
    expect(hello?.now).toBe(NOW + 60_000)
    const times = await inCounty<{ at: number }>(sql`SELECT (body ->> 'enteredAt')::bigint AS at FROM record
      WHERE recorder = ${phone.person} ORDER BY seq`)
    expect(times.map((one) => one.at)).toEqual([NOW + 60_000, NOW, NOW])
    world.now = NOW
  })

  it('[I-29] what waited in the queue keeps its own time although an answer came in between', async () => {
    const phone = await mediator()
    const week = 7 * 86_400_000
    const [first, second] = [
      createDispute(phone, { at: NOW - week }),
      createDispute(phone, { at: NOW - week }),
    ]
    await world.post(phone, {
      ...world.request(phone, { push: { c: COUNTY, ops: [first] } }),
      stat: { out: 2, oldest: 9, dead: 0, blobs: 0 },
    })
    world.now = NOW + 1000
    await world.push(phone, [second])
    const times = await inCounty<{ at: number }>(
      sql`SELECT (body ->> 'enteredAt')::bigint AS at FROM record WHERE recorder = ${phone.person}`,
    )
    expect(times.map((one) => one.at)).toEqual([NOW - week, NOW - week])
    world.now = NOW
  })

  it('[I-24] of two values typed without seeing each other one is in the record and one in the losses', async () => {
    const [a, b] = [await mediator(), await mediator()]
    const create = createDispute(a)
    await world.push(a, [create])
    const id = create.e[1]
    world.now = NOW + 60_000
    await world.push(a, [opOf(a, { k: 'patch', id, base: 1, a: { facts: '甲写的' }, at: NOW + 5000 })])
    const { acks } = await world.push(b, [
      opOf(b, { k: 'patch', id, base: 1, a: { facts: '乙写的' }, at: NOW + 9000 }),
    ])
    expect(acks[0]).toMatchObject([1, 'merged', expect.any(Number), 3, { lost: ['facts'] }])
    expect(await inCounty(sql`SELECT value, who, rv FROM field_loss WHERE id = ${id}`)).toEqual([
      { value: '甲写的', who: a.device, rv: 3 },
    ])
    world.now = NOW
  })

  it('[I-13] the ledger is dense: every place is a record or an exit', async () => {
    const phone = await mediator()
    await world.push(
      phone,
      Array.from({ length: 7 }, () => createOutreach(phone)),
    )
    const [row] = await inCounty<{ head: number; n: number; top: number }>(sql`SELECT head,
      (SELECT count(DISTINCT seq) FROM (SELECT seq FROM record UNION ALL SELECT seq FROM scope_exit) s WHERE seq > head - 7) AS n,
      (SELECT max(seq) FROM record) AS top FROM sync_stream`)
    expect(row?.n).toBe(7)
    expect(row?.top).toBe(row?.head)
  })

  it('a phone that is not the one of the session is refused, and one without a session too', async () => {
    const phone = await mediator()
    const request = { ...world.request(phone), dev: phone.device + 999 }
    expect(await world.post(phone, request)).toMatchObject({
      status: 403,
      text: expect.stringContaining('other-device'),
    })
    expect(await world.post(null, request)).toMatchObject({
      status: 401,
      text: expect.stringContaining('signed-out'),
    })
  })
})
