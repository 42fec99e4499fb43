import { describe, expect, it } from 'vitest'
import { authorise } from '#sync/authorise.ts'
import { effective } from '#sync/fold/effective.ts'
import { isAside, readArgs } from '#sync/fold/fold.ts'
import { foldOne, madeDispute } from '#tests/support/fold-ops.ts'
import { makeOp } from '#tests/support/make-op.ts'
import { ME, makeRights, TODAY } from '#tests/support/make-rights.ts'

const ask = { k: 'refusal.ask', a: { n: 3, device: 7, note: '请帮我看看' } }
const giveUp = { k: 'refusal.give-up', a: { n: 3, reason: '记重了' } }

describe('what an author says of an op that was not accepted', () => {
  it('[I-26] changes no record, and needs none to be there', () => {
    for (const op of [ask, giveUp]) {
      expect(isAside(makeOp(op))).toBe(true)
      expect(foldOne(madeDispute(), op)).toEqual({ ok: true, value: { state: madeDispute(), lost: [] } })
      expect(effective(null, [makeOp({ ...op, n: 4 })], ME, 1)).toEqual({ state: null, unfit: [] })
      expect(effective(madeDispute(), [makeOp({ ...op, n: 4 })], ME, 1).state).toEqual(madeDispute())
    }
    expect(isAside(makeOp())).toBe(false)
  })

  it('[I-26] needs no right to the record, whose lack may be why it was refused', () => {
    const nobody = makeRights({ grants: [] })
    expect(authorise(nobody, makeOp(giveUp), null, TODAY).ok).toBe(true)
    expect(authorise(nobody, makeOp(), null, TODAY).ok).toBe(false)
  })

  it('names one refused op and says something', () => {
    expect(readArgs(makeOp(ask))).toEqual({ ok: true, value: ask.a })
    for (const a of [
      {},
      { n: 0, note: '' },
      { n: 3 },
      { n: 3, note: 'x'.repeat(501) },
      { n: 3, device: 0, note: '' },
    ])
      expect(readArgs(makeOp({ ...ask, a: a as never })), JSON.stringify(a)).toEqual({
        ok: false,
        reason: 'malformed',
      })
    expect(readArgs(makeOp({ k: 'refusal.weep' }))).toBeNull()
  })
})
