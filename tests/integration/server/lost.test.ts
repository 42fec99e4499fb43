import { sql } from 'drizzle-orm'
import { beforeAll, expect, it } from 'vitest'
import * as v from 'valibot'
import { LostListSchema, type LostList } from '#domain/desk/lost.ts'
import { deskRoutes } from '#server/routes/desk.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import { createDispute, createOutreach, opOf } from '#tests/support/server-ops.ts'
import { COUNTY, grantsOf, ServerWorld, VILLAGE, type Phone } from '#tests/support/server-world.ts'

const TOWN = '999901101'

onBothDatabases('Values that lost', (open) => {
  let world: ServerWorld
  let one: Phone
  let other: Phone
  let office: Phone

  beforeAll(async () => {
    const database = await open()
    world = await ServerWorld.open(database, deskRoutes({ database, clock: () => world.now }))
    one = await world.phone(grantsOf('mediator', VILLAGE))
    other = await world.phone(grantsOf('mediator', VILLAGE))
    office = await world.phone(grantsOf('coordinator', TOWN))
  })

  const list = async (who: Phone, region: string): Promise<LostList | number> => {
    const answer = await world.app.inject({
      url: `/api/desk/lost?region=${region}`,
      headers: { 'x-test-device': String(who.device) },
    })
    return answer.statusCode === 200 ? v.parse(LostListSchema, answer.json()) : answer.statusCode
  }
  const rows = async (who: Phone = office) => ((await list(who, TOWN)) as LostList).rows
  type Made = ReturnType<typeof createOutreach>
  const opOn = (who: Phone, made: Made, base: number, k: string, a: Record<string, unknown>) =>
    opOf(who, { k, kind: made.e[0], id: made.e[1], base, a })
  /** Pushes an op that must be taken; the version it made. */
  async function taken(who: Phone, op: ReturnType<typeof opOf>): Promise<number> {
    const [, word, , rv] = (await world.push(who, [op])).acks[0] ?? []
    expect(['ok', 'merged']).toContain(word)
    return Number(rv)
  }
  /** Two phones change one field without sight of each other. @returns the version after it */
  async function twice(made: Made, field: string, values: [unknown, unknown]): Promise<number> {
    const base = await taken(one, made)
    await taken(one, opOn(one, made, base, 'patch', { [field]: values[0] }))
    return taken(other, opOn(other, made, base, 'patch', { [field]: values[1] }))
  }

  it('[L-21] the office sees both values of what it may read whole, until somebody has chosen', async () => {
    const made = createOutreach(one)
    const rv = await twice(made, 'topic', ['heritage', 'wages'])
    const [seen, ...more] = await rows()
    expect(more).toEqual([])
    expect(seen).toMatchObject({ field: 'topic', author: '示例', at: world.now })
    expect(seen?.row).toMatchObject({ kind: 'outreach', id: made.e[1], region: VILLAGE })
    expect([seen?.lost, seen?.kept].sort()).toEqual(['heritage', 'wages'])
    await taken(one, opOn(one, made, rv, 'loss.settle', { field: 'topic', rv: seen?.rv }))
    expect(await rows()).toEqual([])
  })

  it('[D-112] a file of the casework shows only when it was handed to the office, and a closed one never', async () => {
    const made = createDispute(one)
    const rv = await twice(made, 'facts', ['界石挪过', '界石没动'])
    const behind = createDispute(one)
    const last = await twice(behind, 'facts', ['他动了手', '他没动手'])
    await taken(one, opOn(one, behind, last, 'patch', { flags: ['violence'] }))
    expect(await rows()).toEqual([])
    const call = { on: '2026-11-20', note: '' }
    await taken(one, opOn(one, made, rv, 'dispute.escalate', call))
    await taken(one, opOn(one, behind, last, 'dispute.escalate', call))
    expect(await rows()).toMatchObject([{ field: 'facts', row: { id: made.e[1] } }])
    expect(JSON.stringify(await rows())).not.toContain('动手')
  })

  it('[L-21] [TR-58] of what is no more nobody is shown any, at the desk or on a phone', async () => {
    const made = createOutreach(one)
    await twice(made, 'topic', ['示例旧话', '示例新话'])
    expect(JSON.stringify(await rows())).toContain('示例旧话')
    await world.database.as('owner', {}, (tx) =>
      tx.execute(sql`UPDATE record SET deleted = true WHERE id = ${made.e[1]}`),
    )
    expect(JSON.stringify(await rows())).not.toMatch(/示例[旧新]话/)
    const { rows: pulled } = await world.pullAll(one)
    expect(pulled.find(([, id]) => id === made.e[1])?.slice(6)).toEqual(['deleted'])
  })

  it('[D-107] nobody of another township or county gets any, and who is no coordinator is not asked in', async () => {
    const neighbour = await world.phone(grantsOf('coordinator', '999901102'))
    const stranger = await world.phone(grantsOf('coordinator', '999902'))
    const county = await world.phone(grantsOf('coordinator', COUNTY))
    expect(await list(neighbour, TOWN)).toBe(404)
    expect(await list(neighbour, '999901102')).toMatchObject({ rows: [] })
    expect(await list(stranger, TOWN)).toBe(404)
    expect(await list(stranger, COUNTY)).toBe(404)
    expect(await list(stranger, '999902')).toMatchObject({ rows: [] })
    expect(await list(one, TOWN)).toBe(403)
    expect(await list(office, '99')).toBe(404)
    expect((await rows(county)).length).toBe((await rows()).length)
    expect((await rows()).length).toBeGreaterThan(0)
  })

  it('[D-108] whoever was shown any is in the log, whoever was shown none is not', async () => {
    const fresh = await world.phone(grantsOf('coordinator', TOWN))
    const none = await world.phone(grantsOf('coordinator', '999901102'))
    await rows(fresh)
    await list(none, '999901102')
    const logged = async (who: Phone) =>
      (
        await world.database.as('owner', {}, (tx) =>
          tx.execute(sql`SELECT action, object_id, region FROM audit WHERE actor = ${who.person}`),
        )
      ).rows
    expect(await logged(fresh)).toEqual([{ action: 'desk.lost', object_id: 'lost', region: TOWN }])
    expect(await logged(none)).toEqual([])
  })
})
