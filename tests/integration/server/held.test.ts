import { beforeAll, expect, it } from 'vitest'
import { onBothDatabases } from '#tests/support/databases.ts'
import { createDispute } from '#tests/support/server-ops.ts'
import { COUNTY, grantsOf, ServerWorld, VILLAGE } from '#tests/support/server-world.ts'

onBothDatabases('A phone that the office ordered locked', (open) => {
  let world: ServerWorld
  beforeAll(async () => {
    world = await ServerWorld.open(await open())
  })

  it('[TR-08] hands in, hears its order, and is given no record until it is released', async () => {
    const other = await world.phone(grantsOf('mediator', VILLAGE))
    await world.push(other, [createDispute(other)])
    const phone = await world.phone(grantsOf('mediator', VILLAGE))
    const order = { is: 'device', text: '{}', sig: 'x'.repeat(86) } as const
    world.phones.set(phone.device, { ...phone, held: true, directives: [order] } as never)
    const mine = createDispute(phone)
    const pull = { sv: 1, max: 500, s: { [COUNTY]: 0 } }
    const answer = await world.exchange(phone, { push: { c: COUNTY, ops: [mine as never] }, pull })
    expect(answer.acks[0]?.[1]).toBe('ok')
    expect(answer.hello?.directives).toEqual([order])
    expect(answer.pages).toMatchObject([{ page: COUNTY, from: 0, to: 0, rows: [] }])
    expect(answer.text).not.toContain(mine.e[1])
    expect(answer.hello?.wait).toBeGreaterThan(0)
    expect((await world.exchange(phone, { pull })).pages).toMatchObject([{ rows: [] }])
    world.phones.set(phone.device, phone)
    expect((await world.pullAll(phone)).rows).toHaveLength(2)
  })
})
