import { describe, expect, it } from 'vitest'
import { dateCards } from '#app/features/dispute/date-cards.ts'
import { timeline } from '#app/features/dispute/timeline.ts'
import type { DisputeEvent } from '#domain/dispute/dispute.ts'
import type { Meeting } from '#domain/meeting/meeting.ts'
import { startOf } from '#domain/time/day.ts'
import { makeAgreement, makeDispute, MEDIATOR } from '#tests/support/make-dispute.ts'

const TODAY = '2026-11-20'
const HOUR = 3_600_000
const event = (what: DisputeEvent['what'], on: string, at: number, note = '', more = {}): DisputeEvent => ({
  what,
  on,
  at,
  by: MEDIATOR,
  note,
  ...more,
})
const nine = startOf('2026-11-02') + 9 * HOUR

describe('the timeline', () => {
  const meeting: Meeting = {
    dispute: 'd',
    on: '2026-11-02',
    place: '王家院里',
    notes: '看了沟',
    helpers: [],
    recordedBy: MEDIATOR,
    enteredAt: nine + HOUR,
    receivedAt: null,
  }
  const dispute = makeDispute({
    facts: '堵了水沟',
    stage: 'agreed',
    agreement: makeAgreement({ form: 'written', terms: '赔二百' }),
    followUps: [
      { id: 'a', on: '2026-11-05', holds: false, note: '又堵了' },
      { id: 'b', on: '2026-11-06', holds: true, note: '' },
    ],
    performance: { state: 'part', on: '2026-11-06' },
    events: [
      event('recorded', '2026-11-01', nine),
      event('told', '2026-11-02', nine + 2 * HOUR),
      event('agreed', '2026-11-02', nine + 3 * HOUR),
      event('written', '2026-11-02', nine + 3 * HOUR, '', { was: { terms: '赔一百' } }),
      event('followed-up', '2026-11-05', nine + 80 * HOUR, '又堵了'),
      event('performed', '2026-11-06', nine + 100 * HOUR),
      event('followed-up', '2026-11-06', nine + 100 * HOUR),
      event('confirmation', '2026-11-07', nine + 120 * HOUR, 'applied'),
    ],
  })
  const lines = timeline(dispute, [['m', meeting]])

  it('tells the newest first, sittings among the rest, and what was saved together in the order of doing', () => {
    expect(lines.map((one) => one.say)).toEqual([
      'confirmation-applied',
      'holds',
      'performed-part',
      'broken',
      'written',
      'agreed-written',
      'told',
      'met',
      'came',
    ])
  })

  it('gives a moment only to what was written down on its own day', () => {
    expect(lines.find((one) => one.say === 'came')).toMatchObject({
      at: null,
      on: '2026-11-01',
      values: { who: '王长顺' },
      more: '堵了水沟',
    })
    expect(lines.find((one) => one.say === 'told')?.at).toBe(nine + 2 * HOUR)
  })

  it('keeps the words that a later step replaced', () => {
    expect(lines.find((one) => one.say === 'written')).toMatchObject({ more: '赔二百', was: '赔一百' })
  })

  it('shows what people wrote, and no code', () => {
    expect(lines.find((one) => one.say === 'broken')?.more).toBe('又堵了')
    expect(lines.find((one) => one.say === 'met')?.more).toBe('王家院里\n看了沟')
    expect(lines[0]?.more).toBe('')
  })
})

describe('the dates to remember', () => {
  const cards = (over: Parameters<typeof makeDispute>[0]) =>
    dateCards(makeDispute({ stage: 'agreed', ...over }), TODAY)

  it('are none before anything was agreed', () => {
    expect(dateCards(makeDispute({ followUpDueOn: '2026-12-01' }), TODAY)).toEqual([])
  })

  it('say that a clock has not started', () => {
    expect(
      cards({
        agreement: makeAgreement({
          form: 'written',
          performBy: '2026-12-18',
          terms: '通沟、赔钱。别的以后再说',
        }),
        followUpDueOn: '2026-12-18',
      }),
    ).toEqual([
      { kind: 'perform', day: '2026-12-18', near: false, words: '通沟、赔钱' },
      { kind: 'confirm', day: null, near: false, words: '' },
    ])
  })

  it('turn amber two weeks before, and stay so when the day has passed', () => {
    const near = (day: string) =>
      cards({ agreement: makeAgreement({ form: 'written', performBy: day }) })[0]?.near
    expect([near('2026-12-05'), near('2026-12-04'), near('2026-11-01')]).toEqual([false, true, true])
  })

  it('drop what was done, show the next visit, and end the thirty days', () => {
    const done = cards({
      agreement: makeAgreement({ agreedOn: '2026-10-01', performBy: '2026-11-01' }),
      performance: { state: 'whole', on: '2026-11-02' },
      followUpDueOn: '2026-12-20',
    })
    expect(done.map((one) => [one.kind, one.day])).toEqual([
      ['visit', '2026-12-20'],
      ['confirm-over', '2026-10-31'],
    ])
    expect(cards({ agreement: makeAgreement(), confirmation: { status: 'applied', on: TODAY } })).toEqual([])
  })
})
