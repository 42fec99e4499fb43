import { describe, expect, it } from 'vitest'
import { lossesOf, restoringOp, valueOf } from '#sync/fold/losses.ts'
import type { OpContext, RecordState } from '#sync/fold/state.ts'
import { foldOne, madeDispute } from '#tests/support/fold-ops.ts'
import { LI, WANG } from '#tests/support/make-dispute.ts'

const number = (tail: string) => ({
  tail,
  key: 'a'.repeat(16),
  box: `box${tail}`.padEnd(120, 'x'),
  agreedOn: '2026-11-20',
})
const identify = (party: string, tail: string | null) => ({
  k: 'dispute.identify',
  a: { party, number: tail === null ? null : number(tail) },
})
function done(
  state: RecordState,
  op: Parameters<typeof foldOne>[1],
  ctx: Partial<OpContext> = {},
): RecordState {
  const result = foldOne(state, op, { base: state.rv, n: state.rv + 1, ...ctx })
  if (!result?.ok) throw new Error(result?.reason ?? 'not known')
  return { ...result.value.state, rv: result.value.state.rv + 1 }
}
const tails = ({ body }: RecordState) =>
  (body['idNumbers'] as { tail: string }[] | undefined)?.map((one) => one.tail)

describe('the identity number of a side', () => {
  it('[TR-47] stands in the record as its last four signs and a box; it is written anew, and taken out', () => {
    const one = done(madeDispute(), identify(WANG, '002X'))
    expect(one.body['idNumbers']).toEqual([{ id: WANG, ...number('002X') }])
    expect(tails(done(one, identify(LI, '0014')))).toEqual(['002X', '0014'])
    expect(tails(done(one, identify(WANG, '1234')))).toEqual(['1234'])
    expect(tails(done(one, identify(WANG, null)))).toEqual([])
  })

  it('[TR-47] is nowhere in clear: what is no box, no tail, or has more in it than it needs, does not get in', () => {
    for (const wrong of [
      { ...number('002X'), box: '11010519491231002X' },
      { ...number('002X'), tail: '11010519491231002X' },
      { ...number('002X'), agreedOn: '' },
    ])
      expect(foldOne(madeDispute(), { k: 'dispute.identify', a: { party: WANG, number: wrong } })).toEqual({
        ok: false,
        reason: 'malformed',
      })
    const more = done(madeDispute(), {
      k: 'dispute.identify',
      a: { party: WANG, number: { ...number('002X'), whole: '11010519491231002X' } },
    })
    expect(JSON.stringify(more)).not.toContain('19491231')
  })

  it('[TR-47] goes with the side it belongs to, and is nobody else’s', () => {
    const one = done(done(madeDispute(), identify(WANG, '002X')), identify(LI, '0014'))
    expect(tails(done(one, { k: 'set.remove', a: { set: 'parties', id: WANG } }))).toEqual(['0014'])
    const renamed = done(one, {
      k: 'set.add',
      a: { set: 'parties', item: { id: WANG, name: '王二', kind: 'person' } },
    })
    expect(tails(renamed)).toEqual(['002X', '0014'])
    expect(foldOne(madeDispute(), identify('01890000-0000-7000-8000-00000000abcd', '002X'))).toEqual({
      ok: false,
      reason: 'not-reachable',
    })
  })

  it('[I-24] written down by two people at once, neither is gone: the other can be put back', () => {
    const made = madeDispute()
    const first = done(made, identify(WANG, '0014'), { device: 1, n: 2, base: 1, at: 10 })
    const both = done(first, identify(WANG, '002X'), { device: 2, n: 1, base: 1, at: 20 })
    expect(tails(both)).toEqual(['002X'])
    const [loss] = lossesOf(both)
    expect(loss).toMatchObject({ field: `idNumbers/${WANG}`, value: { tail: '0014' }, device: 1 })
    expect(valueOf(both.body, loss?.field ?? '')).toMatchObject({ tail: '002X' })
    const { op, args } = restoringOp(loss?.field ?? '', loss?.value)
    const back = done(both, { k: op, a: args }, { device: 1, n: 3, base: 3 })
    expect(tails(back)).toEqual(['0014'])
    expect(lossesOf(back)).toEqual([])
  })
})
