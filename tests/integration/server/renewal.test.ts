import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { beforeAll, expect, it } from 'vitest'
import { boundToParty, FieldKeySchema } from '#domain/privacy/id-number.ts'
import { sealForServer } from '#phone/seal/field-box.ts'
import { boundToFeedback } from '#server/accounts/feedback.ts'
import type { Database } from '#server/database/database.ts'
import { fieldKeysFrom, openValue } from '#server/privacy/field-keys.ts'
import { renewFields, type Renewal } from '#server/privacy/renew.ts'
import { openBody, openOne } from '#server/privacy/sealed-body.ts'
import type { Op } from '#sync/protocol/op.ts'
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

const OLD = 'q8Zr5kPw2Ls9XvBn4Tj7Hd3Fg6Mc1Ye0'
const NEW = 'w3Xn7bQy5Kd1RtVm8Jc4Gz6Hs2Lp9Fa0'
const [NEWEST, BOTH] = [fieldKeysFrom([NEW]), fieldKeysFrom([NEW, OLD])]
/** So many rows that an older build left in clear: more than two transactions of them. */
const CLEAR = 450
const numberOf = (n: number): string => `1391234${String(n).padStart(4, '0')}`

onBothDatabases('Numbers of people that an older build or an older key left', (open) => {
  let world: ServerWorld
  let database: Database
  let mediator: Phone
  const outcomes: (string | undefined)[] = []
  const [lead, feedback, dispute, party] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()]
  const clear = Array.from({ length: CLEAR }, (_, n) => ({ id: randomUUID(), n }))
  const body = (phone: string, more: object = {}) => ({
    about: '示例一件事',
    from: '示例甲',
    phone,
    text: '',
    channel: 'villager',
    on: '2026-11-20',
    ...more,
  })
  const rowsOf = async <T extends Record<string, unknown>>(statement: ReturnType<typeof sql>) =>
    (await database.as('owner', {}, (tx) => tx.execute<T>(statement))).rows
  const push = async (who: Phone, op: Op) => (await world.push(who, [op])).acks[0]?.[1]
  /** Everything that may hold a number, as text. */
  const dump = async (): Promise<string> =>
    JSON.stringify(
      await Promise.all(
        ['record', 'field_loss', 'op_refused', 'feedback'].map((name) =>
          rowsOf(sql`SELECT t::text AS row FROM ${sql.identifier(name)} t ORDER BY 1`),
        ),
      ),
    )

  beforeAll(async () => {
    world = await ServerWorld.open(await open(), [], { MINGBAI_FIELD_SECRETS: OLD })
    database = world.database
    mediator = await world.phone(grantsOf('mediator', VILLAGE))
    const colleague = await world.phone(grantsOf('mediator', VILLAGE))
    const { hello } = await world.exchange(mediator)
    const key = v.parse(FieldKeySchema, hello?.keys?.[0])
    const box = await sealForServer(crypto, key, boundToParty(dispute, party), '11010519491231002X')
    await world.push(mediator, [
      createDispute(mediator, {
        id: dispute,
        body: { parties: [{ id: party, name: '示例甲', kind: 'person' }] },
      }),
      opOf(mediator, {
        k: 'dispute.identify',
        id: dispute,
        base: 1,
        a: { party, number: { tail: '002X', ...box, agreedOn: '2026-11-20' } },
      }),
      opOf(mediator, { k: 'create', kind: 'lead', id: lead, a: body('13812340077') }),
    ])
    // A value that another replaced, a refused op, and one that a database holds only as text: all under the older key.
    const at = { kind: 'lead', id: lead, base: 1 } as const
    await push(colleague, opOf(colleague, { k: 'patch', ...at, at: NOW - 5000, a: { phone: '13812340088' } }))
    await push(mediator, opOf(mediator, { k: 'patch', ...at, at: NOW - 1000, a: { phone: '13812340099' } }))
    const far = { k: 'create', kind: 'lead', region: OTHER_VILLAGE } as const
    outcomes.push(await push(mediator, opOf(mediator, { ...far, a: body('13812340066') })))
    const odd = body('13812340055', { text: '示\u0000例' })
    outcomes.push(await push(mediator, opOf(mediator, { ...far, a: odd })))
    await database.as('owner', {}, async (tx) => {
      await tx.execute(sql`
        INSERT INTO record (county, kind, id, region, lane, rv, seq, body, skeleton, h, received_at)
        SELECT ${COUNTY}, 'lead', r.id, ${VILLAGE}, 'casework', 1, 1000000 + r.n, r.body, '{}', 0, now()
        FROM jsonb_to_recordset(${JSON.stringify(
          clear.map(({ id, n }) => ({ id, n, body: body(numberOf(n)) })),
        )}::jsonb) AS r(id uuid, n int, body jsonb)`)
      await tx.execute(
        sql`INSERT INTO feedback (id, sort, body, contact, at) VALUES (${feedback}, 'complaint', '电话打不通', '13812340044', 1)`,
      )
    })
  })

  it(
    '[TR-47] are sealed under the newest key, each once, however often it is stopped, and no phone has to be told',
    { timeout: 240_000 },
    async () => {
      const places = () =>
        rowsOf(sql`SELECT id, rv, seq, h::text AS h FROM record WHERE kind = 'lead' ORDER BY id`)
      const sealedOf = async (): Promise<Map<string, string>> =>
        new Map(
          (
            await rowsOf<{ id: string; sealed: string }>(
              sql`SELECT id, body -> '$sealed' ->> 'phone' AS sealed FROM record WHERE kind = 'lead' AND body -> '$sealed' ->> 'phone' ^@ ${NEWEST.first.name}`,
            )
          ).map((one) => [one.id, one.sealed]),
        )
      const before = await places()
      expect(outcomes).toEqual(['rejected', 'rejected'])
      expect(await dump()).toContain(numberOf(7))

      // Stopped after so many transactions, and given again.
      let renewal: Renewal | null = null
      const stopped: Map<string, string>[] = []
      for (let most = 2; renewal === null; most++) {
        let begun = 0
        const dying = Object.create(database, {
          as: {
            value: (...args: Parameters<Database['as']>) => {
              if (++begun > most) throw new Error('stopped')
              return database.as(...args)
            },
          },
        }) as Database
        renewal = await renewFields(dying, NEWEST, Date.now).catch(() => null)
        if (!renewal) stopped.push(await sealedOf())
      }
      expect(stopped.length).toBeGreaterThan(3)
      expect(new Set(stopped.map((one) => one.size)).size).toBeGreaterThanOrEqual(3)
      // The older key is not here: what it sealed stays, and is told.
      expect(renewal).toMatchObject({ left: 5, boxesOld: 0, boxesLeft: 1 })
      const done = await sealedOf()
      expect(done.size).toBe(CLEAR)
      for (const one of stopped) for (const [id, sealed] of one) expect(done.get(id)).toBe(sealed)
      const log = await rowsOf<{ n: number }>(
        sql`SELECT sum(reason::int)::int AS n FROM audit WHERE action = 'fields.renew'`,
      )
      expect(log).toEqual([{ n: CLEAR + 1 }])
      expect(await places()).toEqual(before)
      expect(await dump()).not.toMatch(/1391234\d{4}|1381234\d{4}/)

      // With it, the rest; and then nothing is left to do.
      expect(await renewFields(database, BOTH, Date.now)).toMatchObject({ sealed: 5, left: 0, boxesOld: 1 })
      const all = await dump()
      expect(await renewFields(database, BOTH, Date.now)).toMatchObject({ sealed: 0, left: 0 })
      expect(await dump()).toBe(all)
    },
  )

  it('[TR-47] read afterwards as they did before, without the older key', async () => {
    const records = await rowsOf<{ id: string; body: Record<string, unknown>; losses: { value: unknown }[] }>(
      sql`SELECT id, body, losses FROM record WHERE kind = 'lead'`,
    )
    const phoneOf = (id: string) => {
      const row = records.find((one) => one.id === id)
      return row ? openBody(NEWEST, { kind: 'lead', id }, row.body)['phone'] : null
    }
    for (const { id, n } of clear) expect(phoneOf(id)).toBe(numberOf(n))
    expect(phoneOf(lead)).toBe('13812340099')
    const losses = await rowsOf<{ value: unknown }>(sql`SELECT value FROM field_loss`)
    const of = { kind: 'lead', id: lead }
    const lost = [...losses, ...(records.find((one) => one.id === lead)?.losses ?? [])]
    expect(lost.map((one) => openOne(NEWEST, of, 'phone', one.value))).toEqual(['13812340088', '13812340088'])
    const ops = (
      await rowsOf<{ op: Record<string, unknown> }>(sql`SELECT op FROM op_refused ORDER BY n`)
    ).map(({ op }) =>
      typeof op['json'] === 'string' ? (JSON.parse(op['json']) as Op) : (op as unknown as Op),
    )
    const opened = ops.map(({ e, a }) => openBody(NEWEST, { kind: e[0], id: e[1] }, a))
    expect(opened.map((one) => one['phone'])).toEqual(['13812340066', '13812340055'])
    expect(opened[1]?.['text']).toBe('示\u0000例')
    const [contact] = await rowsOf<{ contact: string }>(sql`SELECT contact FROM feedback`)
    expect(openValue(NEWEST, boundToFeedback(feedback), contact?.contact ?? '')).toBe('13812340044')
  })
})
