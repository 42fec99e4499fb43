import { describe, expect, it } from 'vitest'
import { besideStep, mendStep, nextStep, offered, stepOfOp, STEPS } from '#app/features/dispute/steps.ts'
import { editsOf } from '#app/features/dispute/step-edits.ts'
import { missingOf, refusedValues, startOf, type StepValues } from '#app/features/dispute/step-values.ts'
import type { Dispute, DisputeEvent } from '#domain/dispute/dispute.ts'
import { CATALOGUE } from '#sync/catalogue/catalogue.ts'
import type { RecordState } from '#sync/fold/state.ts'
import { fold } from '#sync/fold/fold.ts'
import { makeAgreement, makeDispute, MEDIATOR, WANG } from '#tests/support/make-dispute.ts'

const TODAY = '2026-11-20'
const ID = '01912345-0000-7000-8000-0000000000d1'
let made = 0
const newId = () => `01912345-0000-7000-8000-${String(++made).padStart(12, '0')}`
const event = (what: DisputeEvent['what'], note = ''): DisputeEvent => ({
  what,
  on: '2026-11-10',
  at: 1,
  by: MEDIATOR,
  note,
})

const told = { facts: '院墙修过来，堵了水沟', rightsToldOn: '2026-11-03' }
const agreed: Partial<Dispute> = {
  ...told,
  stage: 'agreed',
  settledOn: '2026-11-04',
  followUpDueOn: '2026-12-04',
}
const signed = makeAgreement({ form: 'written', signedOn: '2026-11-05', performBy: '2026-12-04' })

/** Every shape a file takes on its way, by name. */
const FILES: Readonly<Record<string, Dispute>> = {
  new: makeDispute(),
  'one side': makeDispute({ parties: [{ id: WANG, name: '王长顺', kind: 'person' }] }),
  told: makeDispute(told),
  'agreed by word': makeDispute({ ...agreed, agreement: makeAgreement({ terms: '' }) }),
  'to be signed': makeDispute({ ...agreed, agreement: makeAgreement({ form: 'written' }) }),
  signed: makeDispute({ ...agreed, agreement: signed }),
  failed: makeDispute({ ...told, stage: 'failed', failReason: '差价谈不拢' }),
  escalated: makeDispute({ ...told, stage: 'escalated' }),
  returned: makeDispute({
    ...agreed,
    agreement: makeAgreement({ form: 'written' }),
    review: { state: 'returned', reason: '少写了哪天给', on: '2026-11-10' },
    events: [event('submitted'), event('returned')],
  }),
  closed: makeDispute({ ...agreed, stage: 'closed', agreement: signed, closedOn: '2026-11-19' }),
  cancelled: makeDispute({ stage: 'cancelled' }),
}
const file = (name: string, over: Partial<Dispute> = {}): Dispute => ({
  ...(FILES[name] as Dispute),
  ...over,
})

describe('the next step', () => {
  it.each([
    ['new', 'facts'],
    ['one side', 'parties'],
    ['told', 'outcome'],
    ['agreed by word', 'write'],
    ['to be signed', 'sign'],
    ['signed', 'visit'],
    ['failed', 'close'],
    ['escalated', 'outcome'],
    ['returned', 'write'],
    ['closed', null],
    ['cancelled', null],
  ])('of a file that is %s is %s', (name, step) => {
    expect(nextStep(file(name), TODAY)).toBe(step)
  })

  it('is the visit as soon as it is due, whatever papers are missing', () => {
    expect(nextStep(file('to be signed', { followUpDueOn: TODAY }), TODAY)).toBe('visit')
    expect(nextStep(file('to be signed', { followUpDueOn: '2026-11-21' }), TODAY)).toBe('sign')
  })

  it('after the visit is performance, then the office, then the end', () => {
    const visited = file('signed', {
      followUps: [{ id: ID, on: TODAY, holds: true, note: '' }],
      followUpDueOn: null,
    })
    const done = { ...visited, performance: { state: 'whole' as const, on: TODAY } }
    expect(nextStep(visited, TODAY)).toBe('perform')
    expect(nextStep(done, TODAY)).toBe('submit')
    expect(nextStep({ ...done, review: { state: 'submitted', reason: '', on: TODAY } }, TODAY)).toBe('close')
  })

  it('of a file that came back is to mend it, and once something was done, to hand it in again', () => {
    const back = file('returned')
    expect(besideStep(back, nextStep(back, TODAY))).toBe('submit')
    const mended = { ...back, events: [...back.events, event('written')] }
    expect(nextStep(mended, TODAY)).toBe('submit')
    expect(besideStep(mended, 'submit')).toBeNull()
    expect(
      mendStep(file('returned', { agreement: makeAgreement({ form: 'written', performBy: '2026-12-01' }) })),
    ).toBe('sign')
    expect(mendStep(file('new', { facts: '' }))).toBe('facts')
  })
})

/** The sheet of a step, filled in the way a person would. */
const filled = (step: (typeof STEPS)[number], dispute: Dispute): StepValues => {
  const start = startOf(step, dispute, newId)
  const said = {
    outcome: 'agreed',
    form: 'written',
    holds: 'yes',
    state: 'part',
    note: '看过了',
    terms: '三天内把沟通开',
    to: '999901101202',
  } as const
  if (step === 'facts') return { ...start, facts: '另写的经过' }
  if (step === 'matter') return { ...start, topic: '水沟', flags: ['minor'] }
  if (step === 'parties')
    return { ...start, sides: start.sides.map((one, at) => ({ ...one, name: `甲乙丙丁${at}` })) }
  return { ...start, ...said, amount: '1,200.50' }
}

describe('the steps offered', () => {
  it.each(Object.keys(FILES))(
    'on a file that is %s are all accepted by the rules that phone and server share',
    (name) => {
      const dispute = file(name)
      const state: RecordState = {
        kind: 'dispute',
        id: ID,
        region: '999901101201',
        rv: 1,
        body: dispute,
        fv: {},
        deleted: false,
      }
      for (const step of offered(dispute)) {
        const values = filled(step, dispute)
        expect(missingOf(step, values, TODAY), step).toBeNull()
        const edits = editsOf(step, values, {
          id: ID,
          region: state.region,
          dispute,
          meetings: [],
          files: [],
          today: TODAY,
          newId,
        })
        expect(edits.length, step).toBeGreaterThan(0)
        let now: RecordState | null = state
        for (const [at, edit] of edits.entries()) {
          if (edit.kind === 'meeting') now = null
          const op = {
            i: newId(),
            n: at + 1,
            k: edit.op,
            v: CATALOGUE.get(edit.op)?.version ?? 1,
            e: [edit.kind, edit.id],
            r: edit.region,
            a: edit.args,
          }
          const ctx = {
            author: MEDIATOR,
            device: 1,
            n: at + 1,
            base: 1,
            at: 1_795_000_000_000,
            receivedAt: null,
          }
          const folded = fold(now, op as unknown as Parameters<typeof fold>[1], ctx)
          expect(folded, `${step} ${edit.op}`).toMatchObject({ ok: true })
          if (folded?.ok) now = folded.value.state
        }
      }
    },
  )

  it('always hold the next one and the one beside it', () => {
    for (const dispute of Object.values(FILES)) {
      const next = nextStep(dispute, TODAY)
      const both = [next, besideStep(dispute, next)].filter((one) => one !== null)
      expect(offered(dispute)).toEqual(expect.arrayContaining(both))
    }
  })

  it('are none on a record entered by mistake, and no changes on a closed one', () => {
    expect(offered(file('cancelled'))).toEqual([])
    expect(offered(file('closed'))).toEqual(['perform', 'visit', 'confirm'])
  })
})

describe('a refused step', () => {
  it('goes back into the sheet it was typed in, words and amounts included', () => {
    for (const step of [
      'write',
      'visit',
      'perform',
      'confirm',
      'resume',
      'sign',
      'facts',
      'matter',
      'outcome',
    ] as const) {
      const dispute = file('to be signed')
      const values = filled(step, dispute)
      const edits = editsOf(step, values, {
        id: ID,
        region: '999901101201',
        dispute,
        meetings: [],
        files: [],
        today: TODAY,
        newId,
      })
      const last = edits.at(-1)
      if (!last) throw new Error(step)
      expect(stepOfOp(last.op, last.args)).toBe(step)
      const again = editsOf(step, refusedValues(startOf(step, dispute, newId), last.op, last.args), {
        id: ID,
        region: '999901101201',
        dispute,
        meetings: [],
        files: [],
        today: TODAY,
        newId,
      }).at(-1)
      expect({ ...again?.args, id: '' }, step).toEqual({ ...last.args, id: '' })
    }
  })

  it('of a party brings the party back beside the others', () => {
    const dispute = file('one side')
    const item = { id: ID, name: '李二保', kind: 'person' }
    const start = startOf('parties', dispute, newId)
    expect(refusedValues(start, 'set.add', { set: 'parties', item }).sides.map((one) => one.name)).toEqual([
      '王长顺',
      '李二保',
    ])
  })
})
