import { sql } from 'drizzle-orm'
import { beforeAll, expect, it } from 'vitest'
import * as v from 'valibot'
import { RefusedListSchema, type RefusedList } from '#domain/desk/refused.ts'
import { deskRoutes } from '#server/routes/desk.ts'
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

const TOWN = '999901101'

onBothDatabases('Ops that were not accepted', (open) => {
  let world: ServerWorld
  let author: Phone
  let office: Phone

  beforeAll(async () => {
    const database = await open()
    world = await ServerWorld.open(database, deskRoutes({ database, clock: () => world.now }))
    author = await world.phone(grantsOf('mediator', VILLAGE))
    office = await world.phone(grantsOf('coordinator', TOWN))
  })

  const list = async (who: Phone, region: string): Promise<RefusedList | number> => {
    const answer = await world.app.inject({
      url: `/api/desk/refused?region=${region}`,
      headers: { 'x-test-device': String(who.device) },
    })
    return answer.statusCode === 200 ? v.parse(RefusedListSchema, answer.json()) : answer.statusCode
  }
  const rows = async (who: Phone = office) => ((await list(who, TOWN)) as RefusedList).rows
  const decide = (who: Phone, body: object) =>
    world.app.inject({
      method: 'POST',
      url: '/api/desk/refused',
      headers: { 'x-test-device': String(who.device), 'content-type': 'application/json' },
      payload: JSON.stringify(body),
    })
  const refusedDispute = (more: Record<string, unknown> = {}) =>
    createDispute(author, { body: { type: 'D15', topic: '', ...more } })
  const ask = (n: number, note: string) => opOf(author, { k: 'refusal.ask', a: { n, note } })
  const exchangeOf = (phone: Phone) =>
    world.post(phone, {
      ...world.request(phone, { pull: { sv: 1, max: 9, s: { [COUNTY]: 0 } } }),
      stat: { out: 0, oldest: 0, dead: 1, blobs: 0 },
    })

  it('[I-26] a refused file of the casework is the office’s only when its author asks, and what was typed is shown then', async () => {
    const bad = refusedDispute()
    await world.push(author, [bad])
    expect(await rows()).toEqual([])
    expect((await world.push(author, [ask(bad.n, '请帮我看看')])).acks[0]?.[1]).toBe('ok')
    expect(await rows()).toMatchObject([
      {
        county: COUNTY,
        device: author.device,
        n: bad.n,
        region: VILLAGE,
        code: 'needs-topic',
        author: '示例',
        askedAt: world.now,
        note: '请帮我看看',
        decision: null,
        op: { kind: 'dispute', id: bad.e[1], k: 'create', a: { facts: '地界' } },
      },
    ])
  })

  it('[D-21] what is behind the closed door stays there: the office sees that it was asked, not what was typed', async () => {
    const bad = refusedDispute({ flags: ['violence'] })
    await world.push(author, [bad, ask(bad.n, '')])
    expect((await rows()).find((one) => one.n === bad.n)).toMatchObject({ op: null, code: 'needs-topic' })
  })

  it('lanes that the office reads anyway are seen without asking, what was given up is not, and nobody else sees any', async () => {
    const [kept, gone] = [1, 2].map(() => createOutreach(author, { body: { attendances: -1 } }))
    const giveUp = opOf(author, { k: 'refusal.give-up', a: { n: gone?.n, reason: '记错了' } })
    await world.push(author, [kept, gone, giveUp] as never)
    const seen = (await rows()).map((one) => one.n)
    expect(seen).toContain(kept?.n)
    expect(seen).not.toContain(gone?.n)
    const neighbour = await world.phone(grantsOf('coordinator', '999901102'))
    const county = await world.phone(grantsOf('coordinator', COUNTY))
    expect(await list(neighbour, TOWN)).toBe(404)
    expect(await list(neighbour, '999901102')).toMatchObject({ rows: [] })
    expect((await rows(county)).length).toBe(seen.length)
    expect(await list(author, TOWN)).toBe(403)
    expect(await list(office, OTHER_VILLAGE)).toMatchObject({ rows: [] })
    expect(await list(office, '99')).toBe(404)
  })

  it('somebody else’s word on an op changes nothing', async () => {
    const bad = refusedDispute()
    await world.push(author, [bad])
    const stranger = await world.phone(grantsOf('mediator', VILLAGE))
    const word = opOf(stranger, { k: 'refusal.ask', a: { n: bad.n, device: author.device, note: '偷看' } })
    expect((await world.push(stranger, [word])).acks[0]?.[1]).toBe('ok')
    expect((await rows()).map((one) => one.n)).not.toContain(bad.n)
  })

  it('[L-9] the office decides once, its word reaches the author’s phone, and both are in the log', async () => {
    const bad = refusedDispute()
    await world.push(author, [bad, ask(bad.n, '怎么办')])
    const name = { county: COUNTY, device: author.device, n: bad.n }
    expect((await decide(office, { ...name, decision: 'returned', answer: ' ' })).json()).toMatchObject({
      reason: 'needs-word',
    })
    expect((await decide(office, { ...name, n: 987_654, decision: 'noted', answer: '' })).statusCode).toBe(
      404,
    )
    const neighbour = await world.phone(grantsOf('coordinator', '999901102'))
    expect((await decide(neighbour, { ...name, decision: 'noted', answer: '' })).statusCode).toBe(404)
    expect((await exchangeOf(author)).hello?.directives).toBeUndefined()
    const verdict = { ...name, decision: 'returned', answer: '选“别的事”要写是什么事，补上再交。' }
    expect((await decide(office, verdict)).json()).toEqual({ ok: true })
    expect((await decide(office, verdict)).json()).toMatchObject({ reason: 'decided' })
    expect((await rows()).map((one) => one.n)).not.toContain(bad.n)
    expect((await exchangeOf(author)).hello?.directives).toEqual([
      {
        is: 'refused',
        op: [author.device, bad.n],
        decision: 'returned',
        answer: verdict.answer,
        at: world.now,
      },
    ])
    // A phone that keeps no refused op is not told, nor is anybody else.
    expect(
      (await world.exchange(author, { pull: { sv: 1, max: 9, s: { [COUNTY]: 0 } } })).hello?.directives,
    ).toBeUndefined()
    const other = await world.phone(grantsOf('mediator', VILLAGE))
    expect((await exchangeOf(other)).hello?.directives).toBeUndefined()
    const log = await world.database.as('owner', {}, (tx) =>
      tx.execute<{ action: string }>(
        sql`SELECT action, object_id, region FROM audit WHERE actor = ${office.person} ORDER BY seq DESC LIMIT 2`,
      ),
    )
    expect(log.rows).toContainEqual({
      action: 'refused.returned',
      object_id: `${author.device}/${bad.n}`,
      region: VILLAGE,
    })
  })
})
