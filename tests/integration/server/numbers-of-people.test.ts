import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { boundToParty, FieldKeySchema, type FieldKey } from '#domain/privacy/id-number.ts'
import { sealForServer } from '#phone/seal/field-box.ts'
import {
  fieldKeysFrom,
  fieldKeysOf,
  openBox,
  openValue,
  publicFieldKey,
  sealValue,
} from '#server/privacy/field-keys.ts'
import { openBody, sealBody } from '#server/privacy/sealed-body.ts'
import { deskRoutes } from '#server/routes/desk.ts'
import * as v from 'valibot'
import { onBothDatabases } from '#tests/support/databases.ts'
import { createDispute, opOf } from '#tests/support/server-ops.ts'
import {
  COUNTY,
  grantsOf,
  NOW,
  OTHER_VILLAGE,
  ServerWorld,
  VILLAGE,
  type Phone,
} from '#tests/support/server-world.ts'

const NUMBER = '11010519491231002X'
const PHONE = '13812340077'
const OLD = 'an older secret that nobody would guess 71'
const NEW = 'a newer secret that nobody would guess 93'

describe('Keys for numbers of people', () => {
  const [dispute, party] = [randomUUID(), randomUUID()]
  const bound = boundToParty(dispute, party)

  it('[TR-47] what a phone sealed opens at the server, for that person of that record and nobody else', async () => {
    const keys = fieldKeysFrom([OLD])
    const box = await sealForServer(crypto, publicFieldKey(keys), bound, NUMBER)
    expect(openBox(keys, bound, box)).toBe(NUMBER)
    expect(openBox(keys, boundToParty(dispute, randomUUID()), box)).toBeNull()
    expect(openBox(keys, boundToParty(randomUUID(), party), box)).toBeNull()
    expect(openBox(fieldKeysFrom([NEW]), bound, box)).toBeNull()
    expect(openBox(keys, bound, { ...box, box: `${box.box.slice(0, -2)}AA` })).toBeNull()
    expect(openBox(keys, bound, { ...box, box: 'A'.repeat(120) })).toBeNull()
  })

  it('[TR-47] a key is changed for another without losing what the one before it sealed', async () => {
    const old = fieldKeysFrom([OLD])
    const both = fieldKeysFrom([NEW, OLD])
    const box = await sealForServer(crypto, publicFieldKey(old), bound, NUMBER)
    const value = sealValue(old, 'lead/1/phone', PHONE)
    expect(openBox(both, bound, box)).toBe(NUMBER)
    expect(openValue(both, 'lead/1/phone', value)).toBe(PHONE)
    expect(publicFieldKey(both).key).toBe(publicFieldKey(fieldKeysFrom([NEW])).key)
    expect(openValue(fieldKeysFrom([NEW]), 'lead/1/phone', value)).toBeNull()
    expect(openValue(both, 'lead/2/phone', value)).toBeNull()
  })

  it('[TR-47] where they have no key of their own, a change of the installation’s secret loses none of them', () => {
    const before = fieldKeysOf({ fieldSecrets: [], secretsBefore: [] }, OLD)
    const after = fieldKeysOf({ fieldSecrets: [], secretsBefore: [OLD] }, NEW)
    expect(openValue(after, 'lead/1/phone', sealValue(before, 'lead/1/phone', PHONE))).toBe(PHONE)
    expect(publicFieldKey(after).key).toBe(publicFieldKey(fieldKeysFrom([NEW])).key)
    const own = fieldKeysOf({ fieldSecrets: ['a key of their own 55'], secretsBefore: [] }, OLD)
    expect(openValue(own, 'lead/1/phone', sealValue(before, 'lead/1/phone', PHONE))).toBe(PHONE)
    expect(publicFieldKey(own).key).not.toBe(publicFieldKey(before).key)
  })

  it('[TR-47] what cannot be opened stays sealed through every change of its record', () => {
    const of = { kind: 'lead', id: randomUUID() }
    const kept = sealBody(fieldKeysFrom([OLD]), of, { about: '示例', phone: PHONE })
    const opened = openBody(fieldKeysFrom([NEW]), of, kept)
    expect(opened['phone']).toBe('')
    const again = sealBody(fieldKeysFrom([NEW]), of, { ...opened, about: '示例二' })
    expect(openBody(fieldKeysFrom([OLD]), of, again)).toEqual({ about: '示例二', phone: PHONE })
  })
})

onBothDatabases('Numbers of people at the server', (open) => {
  let world: ServerWorld
  let mediator: Phone
  let colleague: Phone
  let desk: Phone
  const acks: string[] = []
  const ids = { dispute: randomUUID(), party: randomUUID(), lead: randomUUID() }

  const lead = (more: Record<string, unknown> = {}) => ({
    about: '示例一件事',
    from: '示例甲',
    phone: PHONE,
    text: '',
    channel: 'villager',
    on: '2026-11-20',
    ...more,
  })
  async function keyOf(phone: Phone): Promise<FieldKey> {
    const { hello } = await world.exchange(phone)
    return v.parse(FieldKeySchema, hello?.keys?.[0])
  }
  const asking = (phone: Phone | null, body: object) =>
    world.app.inject({
      method: 'POST',
      url: '/api/reveal',
      headers: {
        'content-type': 'application/json',
        'x-mingbai': '1',
        ...(phone ? { 'x-test-device': String(phone.device) } : {}),
      },
      payload: body,
    })
  const theNumber = () => ({
    field: 'idNumber',
    kind: 'dispute',
    county: COUNTY,
    id: ids.dispute,
    party: ids.party,
  })
  const thePhone = () => ({ field: 'phone', kind: 'lead', county: COUNTY, id: ids.lead })

  beforeAll(async () => {
    const database = await open()
    world = await ServerWorld.open(database, deskRoutes({ database, clock: () => NOW }))
    mediator = await world.phone(grantsOf('mediator', VILLAGE))
    colleague = await world.phone(grantsOf('mediator', VILLAGE))
    desk = await world.phone(grantsOf('coordinator', VILLAGE.slice(0, 9)))
    const box = await sealForServer(
      crypto,
      await keyOf(mediator),
      boundToParty(ids.dispute, ids.party),
      NUMBER,
    )
    const number = { tail: NUMBER.slice(-4), ...box, agreedOn: '2026-11-20' }
    const pushed = await world.push(mediator, [
      createDispute(mediator, {
        id: ids.dispute,
        body: { parties: [{ id: ids.party, name: '示例甲', kind: 'person' }] },
      }),
      opOf(mediator, { k: 'dispute.identify', id: ids.dispute, base: 1, a: { party: ids.party, number } }),
      opOf(mediator, { k: 'create', kind: 'lead', id: ids.lead, a: lead() }),
    ])
    acks.push(...pushed.acks.map((one) => one[1]))
    // Two who change one number without sight of each other: the one that lost is kept too.
    await world.push(colleague, [
      opOf(colleague, {
        k: 'patch',
        kind: 'lead',
        id: ids.lead,
        base: 1,
        at: NOW - 5000,
        a: { phone: '13812340088' },
      }),
    ])
    await world.push(mediator, [
      opOf(mediator, {
        k: 'patch',
        kind: 'lead',
        id: ids.lead,
        base: 1,
        at: NOW - 1000,
        a: { phone: PHONE },
      }),
    ])
    // What is refused is kept whole, too.
    const far = opOf(mediator, {
      k: 'create',
      kind: 'lead',
      region: OTHER_VILLAGE,
      a: lead({ phone: '13812340099' }),
    })
    acks.push((await world.push(mediator, [far])).acks[0]?.[1] ?? '')
  })

  it('[TR-47] stand nowhere in it in clear, whatever table is read', async () => {
    const tables = await world.database.as('owner', {}, async (tx) => {
      const { rows } = await tx.execute<{ name: string }>(
        sql`SELECT c.oid::regclass::text AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition`,
      )
      return rows.map((one) => one.name)
    })
    expect(acks).toEqual(['ok', 'ok', 'ok', 'rejected'])
    expect(tables.length).toBeGreaterThan(20)
    let dump = ''
    for (const name of tables)
      dump += await world.database.as('owner', {}, async (tx) => {
        const { rows } = await tx.execute<{ all: string | null }>(
          sql.raw(`SELECT string_agg(t::text, E'\\n') AS all FROM ${name} t`),
        )
        return `${name}\n${rows[0]?.all ?? ''}\n`
      })
    for (const one of [NUMBER, PHONE, '13812340088', '13812340099', '19491231'])
      expect(dump).not.toContain(one)
    // The search finds what is there.
    expect(dump).toContain('示例一件事')
    expect(dump.match(/\$sealed/g)?.length).toBeGreaterThanOrEqual(3)
    expect(world.log.join('\n')).not.toMatch(/1381234|19491231/)
  })

  it('[TR-47] reach phones of the village as they need them: a telephone number to call by, of an identity number the end', async () => {
    const { rows } = await world.pullAll(colleague)
    const bodyOf = (id: string) => rows.find((one) => one[1] === id)?.[6] as Record<string, unknown>
    expect(bodyOf(ids.lead)['phone']).toBe(PHONE)
    expect(bodyOf(ids.lead)).not.toHaveProperty('$sealed')
    const losses = rows.find((one) => one[1] === ids.lead)?.[7]
    expect(JSON.stringify(bodyOf(ids.dispute))).not.toContain('19491231')
    expect(bodyOf(ids.dispute)['idNumbers']).toMatchObject([{ id: ids.party, tail: '002X' }])
    // What lost comes opened too: somebody has to decide which is right.
    expect(losses).toMatchObject([{ field: 'phone', value: '13812340088' }])
  })

  it('[TR-47] the whole is given to who may see the record, and who asked is in the log', async () => {
    const before = await logged()
    const answer = await asking(colleague, theNumber())
    expect(answer.json()).toEqual({ value: NUMBER })
    expect(answer.headers['cache-control']).toBe('no-store')
    expect((await asking(mediator, thePhone())).json()).toEqual({ value: PHONE })
    expect((await logged()).slice(before.length)).toEqual([
      { actor: colleague.person, action: 'reveal.idNumber', object_id: ids.dispute, region: VILLAGE },
      { actor: mediator.person, action: 'reveal.phone', object_id: ids.lead, region: VILLAGE },
    ])
  })

  it('[TR-47] to everybody else it is not there, and nothing is said of why', async () => {
    const before = await logged()
    const far = await world.phone(grantsOf('mediator', OTHER_VILLAGE))
    for (const [who, what] of [
      [far, theNumber()],
      [far, thePhone()],
      [desk, theNumber()],
      [mediator, { ...theNumber(), party: randomUUID() }],
      [mediator, { ...theNumber(), id: randomUUID() }],
    ] as const)
      expect((await asking(who, what)).statusCode).toBe(404)
    expect((await asking(null, theNumber())).statusCode).toBe(401)
    expect((await asking(mediator, { ...thePhone(), field: 'about' })).statusCode).toBe(400)
    expect(await logged()).toEqual(before)
  })

  it('[TR-47] a desk sees that there is one, and asks for it one by one, once the file is with the office', async () => {
    const opened = async () => {
      const url = `/api/desk/record?kind=dispute&id=${ids.dispute}`
      return (await world.app.inject({ url, headers: { 'x-test-device': String(desk.device) } })).json<{
        row: { view: string; body: Record<string, unknown> }
      }>().row
    }
    expect((await opened()).view).toBe('skeleton')
    await world.push(mediator, [
      opOf(mediator, { k: 'dispute.escalate', id: ids.dispute, base: 2, a: { on: '2026-11-20', note: '' } }),
    ])
    const { view, body } = await opened()
    expect(view).toBe('full')
    expect(body['idNumbers']).toEqual([{ id: ids.party, tail: '002X', agreedOn: '2026-11-20' }])
    expect((await asking(desk, theNumber())).json()).toEqual({ value: NUMBER })
    expect((await logged()).at(-1)).toMatchObject({ actor: desk.person, action: 'reveal.idNumber' })
  })

  it('[TR-51] what was looked at on a phone is in the log once it comes, under who looked; nonsense stops no work and is not taken note of', async () => {
    const at = NOW - 3_600_000
    const looks = [
      ['dispute', ids.dispute, VILLAGE, 'read', at],
      ['lead', ids.lead, VILLAGE, 'phone', at],
    ] as never
    const { hello } = await world.exchange(colleague, { looked: looks })
    expect(hello?.looked).toBe(2)
    const written = await world.database.as('owner', {}, async (tx) => {
      const { rows } = await tx.execute<{ action: string; object_id: string }>(
        sql`SELECT action, object_id FROM audit WHERE actor = ${colleague.person} AND reason = ${`at ${new Date(at).toISOString()}`} ORDER BY seq`,
      )
      return rows
    })
    expect(written).toEqual([
      { action: 'read', object_id: ids.dispute },
      { action: 'reveal.phone', object_id: ids.lead },
    ])
    const again = await world.exchange(colleague, {
      looked: [['dispute', 'nobody', VILLAGE, 'read', at]] as never,
    })
    expect(again.whole).toBe(true)
    expect(again.hello?.looked).toBeUndefined()
  })

  const logged = () =>
    world.database.as('owner', {}, async (tx) => {
      const { rows } = await tx.execute<{ actor: string; action: string; object_id: string; region: string }>(
        sql`SELECT actor, action, object_id, region FROM audit WHERE action LIKE 'reveal.%' ORDER BY seq`,
      )
      return rows
    })
})
