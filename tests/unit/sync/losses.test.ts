import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addLoss, lossesOf, MAX_OPEN_LOSSES, restoringOp, valueOf, withLosses } from '#sync/fold/losses.ts'
import { mergeFields } from '#sync/fold/merge-fields.ts'
import type { OpContext, RecordState } from '#sync/fold/state.ts'
import type { OpenLoss } from '#sync/protocol/wire.ts'
import { foldAll, foldOne, madeDispute, makeContext } from '#tests/support/fold-ops.ts'
import { LI, makeAgreement, WANG } from '#tests/support/make-dispute.ts'

const BLANK: RecordState = { kind: 'dispute', id: '', region: '', rv: 1, body: {}, fv: {}, deleted: false }

type Typed = Pick<OpContext, 'device' | 'n' | 'base' | 'at'> & { field: string; value: unknown }

const raised = (state: RecordState): RecordState => ({ ...state, rv: state.rv + 1 })
const merge = (state: RecordState, typed: Typed): RecordState =>
  raised(mergeFields(state, { [typed.field]: typed.value }, makeContext(typed)).state)
const values = (state: RecordState): unknown[] => lossesOf(state).map((one) => one.value)

/** What an accepted op leaves, its version raised; throws when it is refused. */
function done(state: RecordState, op: Parameters<typeof foldOne>[1], ctx: Partial<OpContext>): RecordState {
  const result = foldOne(state, op, ctx)
  if (!result?.ok) throw new Error(result?.reason ?? 'not known')
  return raised(result.value.state)
}

/** Two mediators wrote the facts without sight of each other; the second was later, so the first one's words are an open loss. */
const quarrel = (): RecordState => {
  const one = done(
    madeDispute(),
    { k: 'patch', a: { facts: '先堵的' } },
    { device: 1, n: 2, base: 1, at: 10 },
  )
  return done(one, { k: 'patch', a: { facts: '后挖的' } }, { device: 2, n: 1, base: 1, at: 20 })
}

describe('a value that lost', () => {
  it('[L-21] stays with the record until a person decides', () => {
    const state = quarrel()
    expect(state.body['facts']).toBe('后挖的')
    expect(lossesOf(state)).toEqual([{ field: 'facts', value: '先堵的', rv: 3, device: 1, at: 10 }])
    const other = done(state, { k: 'patch', a: { place: '村东' } }, { device: 3, n: 1, base: 4 })
    expect(lossesOf(other)).toEqual(lossesOf(state))
  })

  it('[I-24] is settled by who had seen it and writes the field, and by nobody else', () => {
    const state = quarrel()
    const unseen = done(
      state,
      { k: 'patch', a: { facts: '第三个说法' } },
      { device: 3, n: 1, base: 1, at: 30 },
    )
    expect(values(unseen)).toEqual(['先堵的', '后挖的'])
    const seen = done(
      state,
      { k: 'patch', a: { facts: '两家都说得通' } },
      { device: 3, n: 1, base: 3, at: 5 },
    )
    expect(seen.body['facts']).toBe('两家都说得通')
    expect(seen).not.toHaveProperty('losses')
  })

  it('[I-24] is put back by one op, which settles the matter', () => {
    const state = quarrel()
    const [loss] = lossesOf(state)
    const { op, args } = restoringOp(loss?.field ?? '', loss?.value)
    const restored = done(state, { k: op, a: args }, { device: 1, n: 3, base: 3 })
    expect(restored.body['facts']).toBe('先堵的')
    expect(lossesOf(restored)).toEqual([])
  })

  it('[I-24] is settled without a change when the value that stands is right; twice is once', () => {
    const settle = { k: 'loss.settle', a: { field: 'facts', rv: 3 } }
    const settled = done(quarrel(), settle, { device: 1, n: 3, base: 3 })
    expect(settled.body).toEqual(quarrel().body)
    expect(lossesOf(settled)).toEqual([])
    expect(lossesOf(done(settled, settle, { device: 2, n: 2, base: 3 }))).toEqual([])
    expect(lossesOf(done(quarrel(), { k: 'loss.settle', a: { field: 'facts', rv: 2 } }, {}))).toHaveLength(1)
    expect(foldOne(null, settle)).toEqual({ ok: false, reason: 'no-record' })
  })

  it('[I-24] gives way to its own author’s later word', () => {
    const again = done(
      quarrel(),
      { k: 'patch', a: { facts: '上边先堵的' } },
      { device: 1, n: 3, base: 1, at: 15 },
    )
    expect(again.body['facts']).toBe('后挖的')
    expect(values(again)).toEqual(['上边先堵的'])
    const wins = done(
      quarrel(),
      { k: 'patch', a: { facts: '上边先堵的' } },
      { device: 1, n: 3, base: 1, at: 25 },
    )
    expect(values(wins)).toEqual(['后挖的'])
  })

  it('[I-24] of a party’s name is put back, and that of one taken out is taken out again', () => {
    const name = (text: string) => ({ set: 'parties', item: { id: WANG, name: text, kind: 'person' } })
    const one = done(madeDispute(), { k: 'set.add', a: name('王常顺') }, { device: 1, n: 2, base: 1, at: 10 })
    const two = done(one, { k: 'set.add', a: name('汪长顺') }, { device: 2, n: 1, base: 1, at: 20 })
    const [loss] = lossesOf(two)
    expect(loss).toMatchObject({ field: `parties/${WANG}`, value: { name: '王常顺' } })
    expect(valueOf(two.body, `parties/${WANG}`)).toMatchObject({ name: '汪长顺' })
    const back = restoringOp(loss?.field ?? '', loss?.value)
    const restored = done(two, { k: back.op, a: back.args }, { device: 1, n: 3, base: 3 })
    expect(valueOf(restored.body, `parties/${WANG}`)).toMatchObject({ name: '王常顺' })
    expect(lossesOf(restored)).toEqual([])

    const gone = done(
      madeDispute(),
      { k: 'set.remove', a: { set: 'parties', id: LI } },
      { device: 1, n: 2, base: 1, at: 10 },
    )
    const kept = done(
      gone,
      { k: 'set.add', a: { set: 'parties', item: { id: LI, name: '李二宝', kind: 'person' } } },
      { device: 2, n: 1, base: 1, at: 20 },
    )
    expect(lossesOf(kept)).toMatchObject([{ field: `parties/${LI}`, value: null }])
    const out = restoringOp(`parties/${LI}`, null)
    expect(
      valueOf(done(kept, { k: out.op, a: out.args }, { device: 1, n: 3, base: 3 }).body, `parties/${LI}`),
    ).toBeNull()
  })

  it('[I-24] belongs to the version the server gives, also when a new history begins beyond the old one', () => {
    const first = 2 ** 33
    const one = done(
      madeDispute(),
      { k: 'patch', a: { facts: '先堵的' } },
      { device: 1, n: 2, base: 1, at: 10, rv: first },
    )
    expect(one.fv['facts']).toEqual([first, 1, 2, 10])
    // A phone of the lost history had seen a version 2 that nobody has any more: it has not seen this one.
    const two = done(
      { ...one, rv: first },
      { k: 'patch', a: { facts: '后挖的' } },
      { device: 2, n: 1, base: 2, at: 20, rv: first + 1 },
    )
    expect(lossesOf(two)).toMatchObject([{ value: '先堵的', rv: first + 1 }])
  })

  it('is kept with the record only so many times', () => {
    const loss = (rv: number): OpenLoss => ({ field: `f${rv}`, value: rv, rv, device: 1, at: rv })
    const many = Array.from({ length: MAX_OPEN_LOSSES + 5 }, (_, rv) => loss(rv))
    const kept = lossesOf(withLosses(BLANK, many))
    expect(kept).toHaveLength(MAX_OPEN_LOSSES)
    expect(kept.at(-1)).toEqual(many.at(-1))
    expect(addLoss([loss(1)], { ...loss(1), rv: 2, at: 0 })).toHaveLength(2)
  })
})

describe('words typed at once', () => {
  const step = fc.record({
    device: fc.integer({ min: 1, max: 4 }),
    back: fc.nat(6),
    at: fc.nat(20),
    field: fc.constantFrom('facts', 'place'),
    settles: fc.boolean(),
  })

  it('[I-24] [L-21] each is in the record, open as a loss, or was put aside by somebody who had seen it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 14 }), (steps) => {
        let state = BLANK
        for (const [i, one] of steps.entries()) {
          const typed = { ...one, n: i + 1, base: Math.max(1, state.rv - one.back), value: `v${i}` }
          const stood = { value: state.body[one.field], version: state.fv[one.field] }
          const open = lossesOf(state)
          const settled = one.settles ? open[0] : undefined
          const after = settled
            ? done(
                state,
                { k: 'loss.settle', a: { field: settled.field, rv: settled.rv } },
                { base: state.rv },
              )
            : merge(state, typed)
          const here = (value: unknown) => after.body[one.field] === value || values(after).includes(value)
          const mayGo = (device: number, rv: number) => device === typed.device || rv <= typed.base
          const { version } = stood
          expect(settled !== undefined || here(typed.value)).toBe(true)
          expect(!version || here(stood.value) || mayGo(version[1], version[0])).toBe(true)
          const gone = open.filter((loss) => loss !== settled && !values(after).includes(loss.value))
          expect(gone.every((loss) => mayGo(loss.device, loss.rv))).toBe(true)
          state = after
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('[I-25] end alike in whatever order they come', () => {
    const edit = fc.record({ at: fc.nat(3), value: fc.string({ minLength: 1 }) })
    const edits = fc.uniqueArray(edit, { minLength: 2, maxLength: 5, selector: (one) => one.value })
    fc.assert(
      fc.property(edits, fc.infiniteStream(fc.nat()), (list, dice) => {
        const typed = list.map((one, i) => ({ ...one, device: i + 1, n: 1, base: 1, field: 'facts' }))
        const keys = new Map(typed.map((one) => [one, dice.next().value as number]))
        const shuffled = [...typed].sort((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0))
        const ends = [typed, shuffled].map((order) => order.reduce(merge, BLANK))
        expect(ends[0]?.body).toEqual(ends[1]?.body)
        const lost = ends.map((end) => values(end as RecordState).sort())
        expect(lost[0]).toEqual(lost[1])
        expect(lost[0]).toHaveLength(list.length - 1)
      }),
    )
  })

  it('[I-24] of a closed list are put together, so that nobody opens a door another has shut', () => {
    const flag = (device: number, at: number, ...flags: string[]): Typed => ({
      device,
      at,
      n: 1,
      base: 1,
      field: 'flags',
      value: flags,
    })
    const typed = [flag(1, 9, 'violence'), flag(2, 3, 'minor'), flag(3, 5)]
    for (const order of [typed, [...typed].reverse(), [typed[1], typed[2], typed[0]] as Typed[]]) {
      const end = order.reduce(merge, { ...BLANK, body: { flags: [] } })
      expect(end.body['flags']).toEqual(['minor', 'violence'])
      expect(lossesOf(end)).toEqual([])
    }
    const seen = merge(typed.reduce(merge, BLANK), { ...flag(4, 1), base: 4 })
    expect(seen.body['flags']).toEqual([])
  })
})

describe('a signed agreement', () => {
  const on = '2026-11-03'
  const { terms } = makeAgreement()
  const signed = () =>
    foldAll(
      [
        { k: 'dispute.agree', a: { on, form: 'written', terms, performBy: null, amountYuan: null } },
        { k: 'dispute.sign', a: { on } },
      ],
      madeDispute(),
    )
  const write = { k: 'dispute.write', a: { on, terms: '另一样', performBy: null, amountYuan: 9 } }

  it('[I-24] is written no more; what was meant to change it is refused and stays with its author', () => {
    expect(foldOne(signed(), write)).toEqual({ ok: false, reason: 'sealed' })
    expect(foldOne(signed(), { k: 'patch', a: { agreement: null } })).toEqual({
      ok: false,
      reason: 'unknown-field',
    })
  })

  it('is taken back whole, its words kept in the timeline, and then written anew', () => {
    const again = foldAll([{ k: 'dispute.resume', a: { on, note: '又堵了' } }], signed())
    expect((again.body['events'] as object[]).at(-1)).toMatchObject({ was: { terms, signedOn: on } })
    const anew = foldAll(
      [{ k: 'dispute.agree', a: { on, form: 'written', terms, performBy: null, amountYuan: null } }, write],
      again,
    )
    expect(anew.body['agreement']).toMatchObject({ terms: '另一样' })
  })
})
