import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { CATALOGUE } from '#sync/catalogue/catalogue.ts'
import { OpSchema } from '#sync/protocol/op.ts'
import { LANDED, outboxOf } from './landed.ts'
import { hashOf, replay } from './record-outbox.ts'

describe.each(LANDED)('an outbox from landing %i', (landed) => {
  const { ops, records } = outboxOf(landed)

  it('[I-46] [L-16] is still accepted, op by op, and makes the same records', () => {
    for (const { op } of ops) expect(v.is(OpSchema, op), `${op.k} ${op.n}`).toBe(true)
    expect(replay(ops.map((one) => one.op))).toMatchObject(records)
  })

  it('[I-7] has the fingerprints it had, so that a replay is not taken for another phone', async () => {
    for (const { op, hash } of ops) expect(await hashOf(op), `${op.k} ${op.n}`).toBe(hash)
  })
})

it('[L-16] [I-46] every version of every op that was ever shipped is in one of them', () => {
  const held = new Set(LANDED.flatMap((landed) => outboxOf(landed).ops.map(({ op }) => `${op.k} ${op.v}`)))
  const shipped = [...CATALOGUE].flatMap(([name, one]) =>
    Array.from({ length: one.version }, (_, at) => `${name} ${at + 1}`),
  )
  expect(shipped.filter((one) => !held.has(one))).toEqual([])
})

it('the newest outbox holds every op there is', () => {
  const held = new Set(outboxOf(LANDED.at(-1) as number).ops.map((one) => one.op.k))
  expect([...CATALOGUE.keys()].filter((name) => !held.has(name))).toEqual([])
})
