import { describe, expect, it } from 'vitest'
import { decide, type Bench, type Verdict } from '#server/services/sync/decide.ts'
import type { Op } from '#sync/protocol/op.ts'
import { makeOp } from '#tests/support/make-op.ts'
import { makeGrants, makeRights, ME, VILLAGE } from '#tests/support/make-rights.ts'

const AT = 1_793_577_660_000
const bench = (n: number): Bench => ({
  person: ME,
  rights: makeRights({ grants: makeGrants('mediator', VILLAGE) }),
  origin: { device: 7, n },
  names: [{ device: 7, n }],
  homes: [7],
  receivedAt: AT,
  lastAnswerAt: 0,
  firstRv: 0,
  isStrangers: false,
})

/** What comes of ops of one phone where nothing else is known. */
function decided(...ops: Op[]): Verdict[] {
  const cases = ops.map((op) => ({
    incoming: { n: op.n, hash: '', raw: op, op, later: false },
    bench: bench(op.n),
  }))
  const ground = { placed: (op: Op) => op, left: () => [] }
  return decide(cases, new Map(), new Map(), ground).verdicts
}

describe('what is said of a refused op', () => {
  it('[I-26] an op in its place settles it, once that op itself is taken', () => {
    const [taken, refused] = decided(
      makeOp({ n: 2, s: [7, 1] }),
      makeOp({ n: 4, s: [7, 3], a: {}, e: ['dispute', '01912345-0000-7000-8000-0000000000f2'] }),
    )
    expect(taken).toMatchObject({ outcome: 'ok', remark: { about: { device: 7, n: 1 }, says: 'give-up' } })
    expect(refused).toMatchObject({ outcome: 'rejected', remark: null })
  })

  it('[I-26] asking and giving up change no record, and need none', () => {
    const [ask, up] = decided(
      makeOp({ n: 2, k: 'refusal.ask', a: { n: 1, note: '请帮我看看' } }),
      makeOp({ n: 3, k: 'refusal.give-up', a: { n: 1, device: 9, reason: '记重了' } }),
    )
    expect(ask).toMatchObject({
      outcome: 'ok',
      key: null,
      rv: 0,
      remark: { about: { device: 7, n: 1 }, says: 'ask', text: '请帮我看看' },
    })
    expect(up).toMatchObject({
      outcome: 'ok',
      key: null,
      remark: { about: { device: 9, n: 1 }, text: '记重了' },
    })
  })
})
