import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mergeFields } from '#sync/fold/merge-fields.ts'
import type { RecordState } from '#sync/fold/state.ts'
import { foldOne, madeDispute, makeContext } from '#tests/support/fold-ops.ts'
import { LI, WANG } from '#tests/support/make-dispute.ts'

const BLANK: RecordState = { kind: 'dispute', id: '', region: '', rv: 1, body: {}, fv: {}, deleted: false }

interface Typed {
  device: number
  n: number
  base: number
  at: number
  field: string
  value: unknown
}

const merge = (state: RecordState, typed: Typed) => {
  const merged = mergeFields(state, { [typed.field]: typed.value }, makeContext(typed))
  return { ...merged, state: { ...merged.state, rv: state.rv + 1 } }
}

describe('two people who change one record', () => {
  it('[I-24] keep or report every value, in either order, and end alike', () => {
    const typed = fc.record({ at: fc.nat(1000), value: fc.string() })
    fc.assert(
      fc.property(typed, typed, (one, other) => {
        fc.pre(one.value !== other.value && one.at !== other.at && one.value !== '' && other.value !== '')
        const both = [
          { ...one, device: 1, n: 1, base: 1, field: 'facts' },
          { ...other, device: 2, n: 1, base: 1, field: 'facts' },
        ] as const
        const ends = [both, [both[1], both[0]] as const].map(([first, second]) => {
          const begun = merge(BLANK, first)
          const ended = merge(begun.state, second)
          const kept = [
            ended.state.body['facts'],
            ...begun.lost.map((loss) => loss.value),
            ...ended.lost.map((loss) => loss.value),
          ]
          expect(kept).toContain(one.value)
          expect(kept).toContain(other.value)
          return ended.state.body['facts']
        })
        expect(ends[0]).toBe(ends[1])
        expect(ends[0]).toBe(one.at > other.at ? one.value : other.value)
      }),
    )
  })

  it('[I-24] never lose a value unseen and unreported, whoever types what in whatever order', () => {
    const step = fc.record({
      device: fc.integer({ min: 1, max: 3 }),
      back: fc.nat(6),
      at: fc.nat(20),
      field: fc.constantFrom('facts', 'place'),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let state = BLANK
        for (const [i, one] of steps.entries()) {
          const typed: Typed = { ...one, n: i + 1, base: Math.max(1, state.rv - one.back), value: `v${i}` }
          const before = { value: state.body[one.field], version: state.fv[one.field] }
          const { state: after, lost } = merge(state, typed)
          const reported = lost.map((loss) => loss.value)
          const replaced = after.body[one.field] === typed.value
          const seen =
            !before.version || before.version[1] === typed.device || before.version[0] <= typed.base
          expect(replaced ? seen || reported.includes(before.value) : reported.includes(typed.value)).toBe(
            true,
          )
          state = after
        }
      }),
    )
  })

  it('[I-24] change different fields and both stay', () => {
    const one = merge(BLANK, { device: 1, n: 1, base: 1, at: 5, field: 'facts', value: 'a' })
    const both = merge(one.state, { device: 2, n: 1, base: 1, at: 4, field: 'place', value: 'b' })
    expect(both.state.body).toEqual({ facts: 'a', place: 'b' })
    expect(both.lost).toEqual([])
  })

  it('[I-24] a value typed again in another spelling is no change', () => {
    const state: RecordState = { ...BLANK, body: { materials: [{ kind: '传单', count: 3 }] } }
    const again = merge(state, {
      device: 2,
      n: 1,
      base: 0,
      at: 9,
      field: 'materials',
      value: [{ count: 3, kind: '传单' }],
    })
    expect(again.state.fv).toEqual({})
    expect(again.lost).toEqual([])
  })

  it('a replay of an older op of the same phone does not undo its later one', () => {
    const later = merge(BLANK, { device: 1, n: 2, base: 1, at: 5, field: 'facts', value: 'later' })
    const replay = merge(later.state, { device: 1, n: 1, base: 1, at: 9, field: 'facts', value: 'older' })
    expect(replay.state.body['facts']).toBe('later')
  })
})

describe('two people who change the parties', () => {
  const party = (id: string, name: string) => ({ set: 'parties', item: { id, name, kind: 'person' } })
  const names = (state: RecordState) => (state.body['parties'] as { name: string }[]).map((one) => one.name)

  it('[I-24] each add one, and both stay', () => {
    const [one, other] = ['01912345-0000-7000-8000-00000000000c', '01912345-0000-7000-8000-00000000000d']
    const first = foldOne(madeDispute(), { k: 'set.add', a: party(one, '张三娃') }, { device: 1, base: 1 })
    const second = first?.ok
      ? foldOne(
          { ...first.value.state, rv: 2 },
          { k: 'set.add', a: party(other, '陈小满') },
          { device: 2, base: 1 },
        )
      : first
    expect(second?.ok && names(second.value.state)).toEqual(['王长顺', '李二保', '张三娃', '陈小满'])
  })

  it('[I-24] correct the same one, and the name that gives way is reported', () => {
    const first = foldOne(
      madeDispute(),
      { k: 'set.add', a: party(WANG, '王常顺') },
      { device: 1, base: 1, at: 10 },
    )
    if (!first?.ok) throw new Error('refused')
    const second = foldOne(
      { ...first.value.state, rv: 2 },
      { k: 'set.add', a: party(WANG, '汪长顺') },
      { device: 2, base: 1, at: 20 },
    )
    if (!second?.ok) throw new Error('refused')
    expect(names(second.value.state)).toEqual(['汪长顺', '李二保'])
    expect(second.value.lost).toMatchObject([
      { field: `parties/${WANG}`, value: { name: '王常顺' }, device: 1 },
    ])
  })

  it('taking out what is already gone changes nothing', () => {
    const gone = foldOne(madeDispute(), { k: 'set.remove', a: { set: 'parties', id: LI } })
    if (!gone?.ok) throw new Error('refused')
    expect(names(gone.value.state)).toEqual(['王长顺'])
    const again = foldOne(gone.value.state, { k: 'set.remove', a: { set: 'parties', id: LI } })
    expect(again?.ok && again.value.state.body).toEqual(gone.value.state.body)
  })
})
