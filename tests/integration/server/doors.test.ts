import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { beforeAll, expect, it } from 'vitest'
import type { Op } from '#sync/protocol/op.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import { createDispute, newMeeting, opOf } from '#tests/support/server-ops.ts'
import { COUNTY, grantsOf, ServerWorld, VILLAGE, type Phone } from '#tests/support/server-world.ts'
import { addOp, photo } from '#tests/support/upload-client.ts'

onBothDatabases('The door of a dispute', (open) => {
  let world: ServerWorld

  beforeAll(async () => {
    world = await ServerWorld.open(await open())
  })

  const meet = (phone: Phone, dispute: Op, more: Record<string, unknown> = {}): Op =>
    opOf(phone, { k: 'create', kind: 'meeting', id: randomUUID(), a: newMeeting(dispute.e[1], more) })
  const close = (phone: Phone, dispute: Op, base = 1): Op =>
    opOf(phone, { k: 'patch', id: dispute.e[1], base, a: { flags: ['violence'] } })
  const placesOf = async (...ops: Op[]) => {
    const { rows } = await world.database.as('owner', {}, (tx) =>
      tx.execute<{ id: string; lane: string; rv: number; flags: string[] }>(
        sql`SELECT id, lane, rv, body -> 'flags' AS flags FROM record WHERE county = ${COUNTY}`,
      ),
    )
    return ops.map((op) => {
      const row = rows.find((one) => one.id === op.e[1])
      return [row?.lane, row?.rv, row?.flags]
    })
  }
  const closed = (rv: number) => ['closed', rv, ['violence']]

  it('[TR-66] whoever comes first: a meeting and a file written while the door closes elsewhere are behind it', async () => {
    for (const order of ['door first', 'meeting first', 'together'] as const) {
      const [one, other] = [
        await world.phone(grantsOf('mediator', VILLAGE)),
        await world.phone(grantsOf('mediator', VILLAGE)),
      ]
      const dispute = createDispute(one)
      await world.push(one, [dispute])
      const meeting = meet(other, dispute)
      const files = [
        addOp(other, photo(1000), { of: ['dispute', dispute.e[1]] }),
        addOp(other, photo(2000), { of: ['meeting', meeting.e[1]] }),
      ]
      const theirs = () => world.push(other, [meeting, ...files])
      const mine = () => world.push(one, [close(one, dispute)])
      if (order === 'door first') await mine()
      const [{ acks }] = order === 'together' ? await Promise.all([theirs(), mine()]) : [await theirs()]
      if (order === 'meeting first') await mine()
      expect(acks.map((ack) => [ack[1], ack[3]])).toEqual([
        ['ok', 1],
        ['ok', 1],
        ['ok', 1],
      ])
      expect(await placesOf(meeting, ...files)).toEqual([closed(2), closed(2), closed(2)])
      // Whoever may not open the door sees none of it; who wrote it keeps it, with the flags.
      const third = await world.phone(grantsOf('mediator', VILLAGE))
      const seen = (await world.pullAll(third)).rows.filter(
        (row) => row[1] === meeting.e[1] && row[6] !== 'gone',
      )
      expect(seen).toEqual([])
      const own = (await world.pullAll(other)).rows.find((row) => row[1] === meeting.e[1])
      expect(own?.[4]).toBe(2)
      expect(own?.[6]).toMatchObject({ flags: ['violence'] })
    }
  })

  it('[TR-66] a meeting that came before its dispute, as after a history was lost, goes behind the door that comes with it', async () => {
    for (const order of ['with the door', 'closed in the same batch'] as const) {
      const [one, other] = [
        await world.phone(grantsOf('mediator', VILLAGE)),
        await world.phone(grantsOf('mediator', VILLAGE)),
      ]
      const made = createDispute(one)
      const meeting = meet(other, made)
      expect((await world.push(other, [meeting])).acks.map((ack) => ack[1])).toEqual(['ok'])
      expect((await placesOf(meeting))[0]?.[0]).toBe('casework')
      const batch =
        order === 'with the door'
          ? [{ ...made, a: { ...made.a, flags: ['violence'] } }]
          : [made, close(one, made)]
      expect((await world.push(one, batch)).acks.map((ack) => ack[1])).toEqual(batch.map(() => 'ok'))
      expect(await placesOf(meeting)).toEqual([closed(2)])
    }
  })

  it('[TR-66] what was seen in casework before is told to be gone, and the sums follow', async () => {
    const [one, other] = [
      await world.phone(grantsOf('mediator', VILLAGE)),
      await world.phone(grantsOf('mediator', VILLAGE)),
    ]
    const dispute = createDispute(one)
    await world.push(one, [dispute])
    const meeting = meet(other, dispute)
    await world.push(other, [meeting])
    const third = await world.phone(grantsOf('mediator', VILLAGE))
    const { cursor, rows } = await world.pullAll(third)
    expect(rows.some((row) => row[1] === meeting.e[1])).toBe(true)
    await world.push(one, [close(one, dispute)])
    const { pages, digests } = await world.exchange(third, {
      pull: { sv: 1, max: 500, s: { [COUNTY]: cursor } },
    })
    expect(pages[0]?.rows.map((row) => [row[1], row[6]]).toSorted()).toEqual(
      [dispute, meeting].map((op) => [op.e[1], 'gone']).toSorted(),
    )
    const all = await world.pullAll(third)
    const left = new Map(all.rows.map((row) => [row[1], row[6] !== 'gone']))
    const sum = digests[0]?.v.filter((each) => each[1] === 'casework').reduce((n, each) => n + each[2], 0)
    expect(sum).toBe([...left.values()].filter(Boolean).length)
  })

  it('[TR-66] opens again by the ops of those who open it, and by nobody else', async () => {
    const one = await world.phone(grantsOf('mediator', VILLAGE))
    const dispute = createDispute(one)
    const meeting = meet(one, dispute)
    await world.push(one, [dispute, meeting, close(one, dispute)])
    expect(await placesOf(meeting)).toEqual([closed(2)])
    const opened = (op: Op, base: number) =>
      opOf(one, { k: 'patch', kind: op.e[0], id: op.e[1], base, a: { flags: [] } })
    // Alone, the meeting does not leave.
    await world.push(one, [opened(meeting, 2)])
    expect(await placesOf(meeting)).toEqual([closed(4)])
    await world.push(one, [opened(dispute, 2), opened(meeting, 4)])
    expect(await placesOf(dispute, meeting)).toEqual([
      ['casework', 3, []],
      ['casework', 5, []],
    ])
  })
})
