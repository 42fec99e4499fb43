import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { BODY_SCHEMAS, KindSchema, type Kind } from '#domain/record/kind.ts'
import { CATALOGUE } from '#sync/catalogue/catalogue.ts'
import { entry, type Entry } from '#sync/catalogue/entry.ts'
import { correctedTime } from '#sync/fold/corrected-time.ts'
import { effective, localContext } from '#sync/fold/effective.ts'
import { fold } from '#sync/fold/fold.ts'
import type { RecordState } from '#sync/fold/state.ts'
import type { Op } from '#sync/protocol/op.ts'
import { foldAll, foldOne, madeDispute, makeContext } from '#tests/support/fold-ops.ts'
import { makeAgreement } from '#tests/support/make-dispute.ts'
import { makeOp } from '#tests/support/make-op.ts'
import { makeOutreach } from '#tests/support/make-outreach.ts'
import { ME, RECORD, SOMEBODY } from '#tests/support/make-rights.ts'

const on = '2026-11-03'
const AGREE = {
  k: 'dispute.agree',
  a: { on, form: 'oral', terms: '一起修沟', performBy: null, amountYuan: null },
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}

/** Arguments that are nearly right: those of a real op with some fields replaced by anything JSON can say. */
const nearly = (args: Record<string, unknown>) =>
  fc
    .dictionary(fc.constantFrom(...Object.keys(args), 'stage', '__proto__', 'id'), fc.jsonValue(), {
      maxKeys: 3,
    })
    .map((more) => ({ ...args, ...more }))
const args = fc.oneof(
  fc.dictionary(fc.string(), fc.jsonValue()),
  nearly(makeOp().a),
  nearly(AGREE.a),
  nearly(makeOutreach()),
  nearly({ set: 'parties', id: RECORD, item: { id: RECORD, name: '王长顺', kind: 'person' } }),
  nearly({
    on,
    reason: '',
    note: '',
    status: 'valid',
    state: 'whole',
    holds: true,
    nextOn: null,
    id: RECORD,
    outcome: 'dispute',
    dispute: null,
  }),
)
const anyOp: fc.Arbitrary<Op> = fc
  .record({
    k: fc.oneof(fc.constantFrom(...CATALOGUE.keys()), fc.string()),
    v: fc.integer({ min: 1, max: 3 }),
    kind: fc.oneof(fc.constantFrom(...KindSchema.options), fc.string()),
    a: args,
    wall: fc.double({ noNaN: true }),
  })
  .map((one) => makeOp({ k: one.k, v: one.v, e: [one.kind, RECORD], a: one.a, t: [one.wall, 0, 0] }))
const anyState: fc.Arbitrary<RecordState | null> = fc.constantFrom(
  null,
  madeDispute(),
  foldAll([makeOp(), AGREE]),
  foldAll([makeOp(), { k: 'dispute.cancel', a: { on, note: '' } }]),
  foldAll([{ k: 'outreach.log', e: ['outreach', RECORD], a: makeOutreach() }]),
)

describe('the fold', () => {
  it('[I-25] never throws, never changes its input, and makes only what its schema accepts', () => {
    fc.assert(
      fc.property(anyState, anyOp, (state, op) => {
        const result = fold(frozen(state), frozen(op), localContext(op, ME, 1))
        if (!result?.ok) return
        const { kind, body } = result.value.state
        expect(v.is(BODY_SCHEMAS[kind as Kind] as v.GenericSchema, body)).toBe(true)
      }),
      { numRuns: 4000 },
    )
  })

  it('[I-25] says the same twice', () => {
    fc.assert(
      fc.property(anyState, anyOp, (state, op) => {
        expect(fold(state, op, makeContext())).toEqual(
          fold(structuredClone(state), structuredClone(op), makeContext()),
        )
      }),
    )
  })

  it('an op or a version nobody here knows is neither done nor refused', () => {
    expect(foldOne(null, { k: 'dispute.divine' })).toBeNull()
    expect(foldOne(null, { v: 2 })).toBeNull()
  })

  it('[I-46] raises older arguments step by step', () => {
    const steps: string[] = []
    const newer: Entry = entry<{ place: string; at: string }>({
      version: 3,
      schema: v.object({ place: v.string(), at: v.string() }),
      upcast: {
        1: (old) => (steps.push('1'), { place: old['where'] }),
        2: (old) => (steps.push('2'), { ...old, at: 'noon' }),
      },
      apply: (state, a) => ({ ok: true, value: { state: { ...(state as RecordState), body: a }, lost: [] } }),
    })
    const done = fold(
      madeDispute(),
      makeOp({ k: 'moved', v: 1, a: { where: '村东' } }),
      makeContext(),
      new Map([['moved', newer]]),
    )
    expect(steps).toEqual(['1', '2'])
    expect(done?.ok && done.value.state.body).toEqual({ place: '村东', at: 'noon' })
  })

  it('[I-46] every entry of the catalogue can raise every version it had', () => {
    for (const [name, one] of CATALOGUE)
      for (let version = 1; version < one.version; version++)
        expect(one.upcast?.[version], `${name} ${version}`).toBeTypeOf('function')
    expect(CATALOGUE.size).toBeGreaterThan(15)
  })
})

describe('what is on screen', () => {
  const patch = (n: number, place: string) => makeOp({ n, k: 'patch', b: 1, a: { place } })

  it('[I-5] is the server’s record with the waiting ops on top, in order', () => {
    const { state, unfit } = effective(madeDispute(), [patch(2, '村东'), patch(3, '村西')], ME, 1)
    expect(state?.body['place']).toBe('村西')
    expect(unfit).toEqual([])
  })

  it('[I-5] names an op that no longer fits and goes on with the others', () => {
    const close = makeOp({ n: 3, k: 'dispute.resume', a: { on, note: '' } })
    const { state, unfit } = effective(madeDispute(), [patch(2, '村东'), close, patch(4, '村西')], ME, 1)
    expect(unfit).toEqual([3])
    expect(state?.body['place']).toBe('村西')
  })

  it('[I-29] is there for a phone whose clock stands in 1970 or counts in fractions', () => {
    const { state } = effective(null, [makeOp({ t: [0.5, 3.25, -5000.125] })], ME, 1)
    expect(state?.body['enteredAt']).toBe(0)
  })
})

describe('the time of an edit', () => {
  it('[I-29] lies between the last answer the phone had and the receiving, whatever its clock says', () => {
    const any = fc.double({ min: -1e15, max: 1e15, noNaN: true })
    fc.assert(
      fc.property(any, any, fc.nat(2 ** 31), fc.nat(2 ** 31), (wall, offset, last, more) => {
        const at = correctedTime([wall, 0, offset], last, last + more)
        return Number.isInteger(at) && at >= last && at <= last + more
      }),
    )
  })

  it('[I-29] is the phone’s own corrected clock when that is possible', () => {
    expect(correctedTime([1000, 0, 250], 0, 5000)).toBe(1250)
  })
})

describe('a dispute, from the yard to the closed file', () => {
  it('[TR-49] what was read out and agreed to stands in the record; a reading of an older build takes nothing back', () => {
    const consent = {
      notice: '2026-11',
      on,
      sensitive: 'no',
      guardian: '',
      photos: 'yes',
      hearers: 'parties',
    }
    const { body } = foldAll([
      makeOp(),
      { k: 'dispute.tell', v: 2, a: { on, consent } },
      { k: 'dispute.tell', v: 1, a: { on: '2026-11-03' } },
    ])
    expect(body).toMatchObject({ consent, rightsToldOn: '2026-11-03' })
  })

  it('goes the whole way', () => {
    const { body } = foldAll([
      makeOp(),
      { k: 'dispute.tell', a: { on } },
      AGREE,
      { k: 'dispute.perform', a: { on: '2026-11-10', state: 'whole', note: '沟通了' } },
      {
        k: 'dispute.follow-up',
        a: { on: '2026-12-03', id: SOMEBODY, holds: true, note: '都好', nextOn: null },
      },
      { k: 'dispute.confirm', a: { on: '2026-12-01', status: 'valid' } },
      { k: 'dispute.close', a: { on: '2026-12-05', note: '' } },
    ])
    expect(body).toMatchObject({
      stage: 'closed',
      rightsToldOn: on,
      settledOn: on,
      closedOn: '2026-12-05',
      followUpDueOn: null,
      performance: { state: 'whole' },
      confirmation: { status: 'valid' },
      agreement: { terms: '一起修沟' },
    })
    expect((body['events'] as { what: string }[]).map((one) => one.what)).toEqual([
      'recorded',
      'told',
      'agreed',
      'performed',
      'followed-up',
      'confirmation',
      'closed',
    ])
  })

  it('[D-31] takes no step off the map', () => {
    const closed = foldAll([makeOp(), { k: 'dispute.close', a: { on, note: '' } }])
    expect(foldOne(closed, AGREE)).toEqual({ ok: false, reason: 'not-reachable' })
    const cancelled = foldAll([makeOp(), { k: 'dispute.cancel', a: { on, note: '' } }])
    for (const op of [AGREE, { k: 'dispute.tell', a: { on } }, { k: 'patch', a: { place: 'x' } }])
      expect(foldOne(cancelled, op), op.k).toEqual({ ok: false, reason: 'closed' })
  })

  it('[I-24] keeps the words of an agreement that was taken back or written anew', () => {
    const events = (state: RecordState) => state.body['events'] as Record<string, unknown>[]
    const broken = foldAll([makeOp(), AGREE, { k: 'dispute.resume', a: { on, note: '又堵了' } }])
    expect(broken.body['agreement']).toBeNull()
    expect(events(broken).at(-1)).toMatchObject({ what: 'resumed', was: { terms: '一起修沟' } })
    const anew = foldAll([
      makeOp(),
      AGREE,
      { k: 'dispute.write', a: { on, terms: '各修一半', performBy: null, amountYuan: 5 } },
    ])
    expect(anew.body['agreement']).toMatchObject({ terms: '各修一半' })
    expect(events(anew).at(-1)).toMatchObject({ what: 'written', was: { terms: '一起修沟' } })
  })

  it('an agreement is followed up a month later, or on the day it was to be done', () => {
    expect(foldAll([makeOp(), AGREE]).body['followUpDueOn']).toBe('2026-12-03')
    const dated = { ...AGREE, a: { ...AGREE.a, performBy: '2027-01-15' } }
    expect(foldAll([makeOp(), dated]).body['followUpDueOn']).toBe('2027-01-15')
  })

  it('what presupposes an agreement is refused without one', () => {
    for (const op of [
      { k: 'dispute.sign', a: { on } },
      { k: 'dispute.perform', a: { on, state: 'whole', note: '' } },
      { k: 'dispute.confirm', a: { on, status: 'applied' } },
      { k: 'dispute.write', a: { on, terms: makeAgreement().terms, performBy: null, amountYuan: null } },
    ])
      expect(foldOne(madeDispute(), op), op.k).toEqual({ ok: false, reason: 'not-agreed' })
    expect(foldOne(foldAll([makeOp(), AGREE]), { k: 'dispute.sign', a: { on } })).toEqual({
      ok: false,
      reason: 'not-agreed',
    })
  })

  it('the office hands back only what was handed in, and says why', () => {
    const back = { k: 'dispute.return', a: { on, reason: '缺签名' } }
    expect(foldOne(madeDispute(), back)).toEqual({ ok: false, reason: 'nothing-to-return' })
    const submitted = foldAll([makeOp(), { k: 'dispute.submit', a: { on } }])
    expect(foldOne(submitted, { ...back, a: { on, reason: '  ' } })).toEqual({
      ok: false,
      reason: 'malformed',
    })
    expect(foldAll([back], submitted).body['review']).toMatchObject({ state: 'returned', reason: '缺签名' })
  })

  it('is made once, and 其他 needs a word', () => {
    expect(foldOne(madeDispute(), {})).toEqual({ ok: false, reason: 'exists' })
    expect(foldOne(null, { a: { ...makeOp().a, type: 'D15' } })).toEqual({ ok: false, reason: 'needs-topic' })
    expect(foldOne(null, AGREE)).toEqual({ ok: false, reason: 'no-record' })
  })

  it('changes its stage by commands only', () => {
    for (const a of [{ stage: 'closed' }, { recordedBy: SOMEBODY }, { paperNo: '' }, { enteredAt: 1 }])
      expect(foldOne(madeDispute(), { k: 'patch', a })).toEqual({ ok: false, reason: 'unknown-field' })
    expect(foldOne(madeDispute(), { k: 'patch', a: { happenedOn: '2026-02-30' } })).toEqual({
      ok: false,
      reason: 'malformed',
    })
  })
})

describe('a lead', () => {
  const lead = (...ops: (Partial<Op> & Pick<Op, 'k' | 'a'>)[]) => {
    const about = { about: '排水', from: '王长顺', phone: '', text: '', channel: 'villager', on }
    return foldAll(
      [{ k: 'create', a: about }, ...ops].map((op) => ({ ...op, e: ['lead', RECORD] as [string, string] })),
    )
  }
  const take = { k: 'lead.take', a: {}, e: ['lead', RECORD] as [string, string] }

  it('belongs to the first who takes it', () => {
    const taken = lead(take)
    expect(taken.body).toMatchObject({ stage: 'taken', takenBy: ME })
    expect(foldOne(taken, take, { author: SOMEBODY })).toEqual({ ok: false, reason: 'not-reachable' })
    expect(foldOne(taken, take)?.ok).toBe(true)
  })

  it('is settled once', () => {
    const settle = {
      k: 'lead.settle',
      a: { outcome: 'dispute', dispute: SOMEBODY },
      e: ['lead', RECORD] as [string, string],
    }
    const settled = lead(settle)
    expect(settled.body).toMatchObject({
      stage: 'settled',
      outcome: 'dispute',
      dispute: SOMEBODY,
      takenBy: ME,
    })
    expect(foldOne(settled, settle)).toEqual({ ok: false, reason: 'not-reachable' })
  })
})
