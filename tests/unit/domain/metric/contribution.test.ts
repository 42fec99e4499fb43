import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contributionsOf, type Contribution } from '#domain/metric/contribution.ts'
import { daysCounted, MetricSchema } from '#domain/metric/metric.ts'
import type { Body } from '#domain/record/kind.ts'
import { addDays } from '#domain/time/day.ts'
import { makeAgreement, makeDispute } from '#tests/support/make-dispute.ts'
import { ROOT } from '#tests/support/planted-tree.ts'
import { makeOutreach } from '#tests/support/make-outreach.ts'

const of = (kind: string, body: Body) => contributionsOf(kind, body, (day) => addDays(day, 1))
const sum = (list: readonly Contribution[], metric: string, to = '9999-12-31', from = '') =>
  list
    .filter((one) => one.metric === metric && one.day >= from && one.day <= to)
    .reduce((total, one) => total + one.n, 0)
const settled = makeDispute({ stage: 'agreed', agreement: makeAgreement(), settledOn: '2026-11-03' })

describe('what a dispute counts', () => {
  it('[D-50] once on the day of acceptance, and once under its type', () => {
    expect(of('dispute', makeDispute())).toEqual([
      { metric: 'disputes', day: '2026-11-02', n: 1 },
      { metric: 'disputes:D02', day: '2026-11-02', n: 1 },
    ])
  })

  it('[D-50] a correction moves a number by exactly the difference', () => {
    const before = of('dispute', makeDispute())
    const later = of('dispute', makeDispute({ acceptedOn: '2026-10-30', type: 'D07' }))
    const change = [...later, ...before.map((one) => ({ ...one, n: -one.n }))]
    expect(sum(change, 'disputes')).toBe(0)
    expect(sum(change, 'disputes', '2026-10-31')).toBe(1)
    expect([sum(change, 'disputes:D02'), sum(change, 'disputes:D07')]).toEqual([-1, 1])
  })

  it('[D-50] an agreement counts as settled, oral or written, and still when the file is closed', () => {
    expect(sum(of('dispute', settled), 'settled')).toBe(1)
    expect(sum(of('dispute', { ...settled, stage: 'closed', closedOn: '2026-12-31' }), 'settled')).toBe(1)
  })

  it('[D-50] a failure counts on its day, still when the file is closed, and no more once talks go on', () => {
    const failed = makeDispute({ stage: 'failed', failReason: '没谈拢', settledOn: '2026-11-08' })
    expect(sum(of('dispute', failed), 'failed', '2026-11-08', '2026-11-08')).toBe(1)
    expect(sum(of('dispute', { ...failed, stage: 'closed', closedOn: '2026-12-31' }), 'failed')).toBe(1)
    expect(sum(of('dispute', { ...failed, stage: 'open', settledOn: null }), 'failed')).toBe(0)
  })

  it('[D-50] only a ruling of validity is a confirmation', () => {
    for (const status of ['applied', 'valid', 'not-accepted', 'dismissed', 'withdrawn'] as const)
      expect(
        sum(of('dispute', { ...settled, confirmation: { status, on: '2026-11-20' } }), 'confirmed'),
        status,
      ).toBe(status === 'valid' ? 1 : 0)
  })

  it('[D-50] what a court sent is delegated, before or after filing', () => {
    expect(
      ['S1', 'S3', 'S4', 'S10'].map((source) => sum(of('dispute', { ...settled, source }), 'delegated')),
    ).toEqual([0, 1, 1, 0])
  })

  it('[D-54] nothing when it was entered by mistake, whatever else it says', () => {
    const all = {
      ...settled,
      source: 'S3',
      confirmation: { status: 'valid', on: '2026-11-20' },
      stage: 'cancelled',
    }
    expect(of('dispute', all)).toEqual([])
    expect(of('outreach', makeOutreach({ cancelled: true }))).toEqual([])
  })
})

describe('what an outreach session counts', () => {
  it('[D-53] its attendances, and apart those that were estimated', () => {
    const counted = of('outreach', makeOutreach({ countedHow: 'counted' }))
    const guessed = of('outreach', makeOutreach({ countedHow: 'estimated' }))
    expect([sum(counted, 'attendances'), sum(counted, 'attendances:estimated')]).toEqual([40, 0])
    expect([sum(guessed, 'attendances'), sum(guessed, 'attendances:estimated')]).toEqual([40, 40])
  })
})

describe('what the register counts', () => {
  const post = (as: string, from: string, to: string | null) => ({
    as,
    organisation: null,
    member: false,
    from,
    to,
  })
  const person = (...posts: ReturnType<typeof post>[]) => ({ name: '赵春梅', woman: true, phone: '', posts })

  it('[D-52] one person once, however many posts of a kind', () => {
    const list = of(
      'register.person',
      person(
        post('mediator', '2020-01-01', null),
        post('mediator', '2022-01-01', null),
        post('understander', '2021-01-01', null),
      ),
    )
    expect([sum(list, 'mediators'), sum(list, 'understanders')]).toEqual([1, 1])
  })

  it('[D-51] somebody who left for a time was not there', () => {
    const list = of(
      'register.person',
      person(post('mediator', '2024-01-01', null), post('mediator', '2020-01-01', '2021-12-31')),
    )
    expect(
      ['2019-12-31', '2020-01-01', '2021-12-31', '2022-01-01', '2023-12-31', '2024-01-01'].map((day) =>
        sum(list, 'mediators', day),
      ),
    ).toEqual([0, 1, 1, 0, 0, 1])
  })

  it('[D-51] a committee that is gone no longer counts from the day after its last', () => {
    const body = {
      sort: 'committee',
      name: '石桥村调委会',
      level: 'village',
      serves: [],
      from: '2019-03-01',
      to: '2023-06-30',
    }
    const list = of('register.organisation', body)
    expect(['2023-06-30', '2023-07-01'].map((day) => sum(list, 'committees', day))).toEqual([1, 0])
    expect(of('register.organisation', { ...body, sort: 'bureau' })).toEqual([])
  })

  it('[D-51] presence on any day is whether some span holds it', () => {
    const day = fc.integer({ min: 0, max: 60 }).map((n) => addDays('2026-01-01', n))
    const span = fc.record({ from: day, to: fc.option(day) })
    fc.assert(
      fc.property(fc.array(span, { maxLength: 5 }), day, (spans, on) => {
        const list = of('register.person', person(...spans.map((one) => post('mediator', one.from, one.to))))
        const there = spans.some((one) => one.from <= on && (one.to === null || on <= one.to))
        return sum(list, 'mediators', on) === (there ? 1 : 0)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('periods', () => {
  const period = { from: '2023-01-01', to: '2023-12-31' }

  it('[D-55] a flow takes the period, a stock and a cumulative number everything up to its end', () => {
    expect(daysCounted('flow', period)).toEqual(period)
    expect(daysCounted('unclear', period)).toEqual(period)
    expect(daysCounted('stock', period)).toEqual({ from: null, to: period.to })
    expect(daysCounted('cumulative', period)).toEqual({ from: null, to: period.to })
  })
})

it('[D-56] every number that a record can move is in the registry', () => {
  const moved = [
    ...of('dispute', { ...settled, source: 'S3', confirmation: { status: 'valid', on: '2026-11-20' } }),
    ...of('dispute', makeDispute({ stage: 'failed', settledOn: '2026-11-08' })),
    ...of('outreach', makeOutreach({ countedHow: 'estimated' })),
    ...of('service', { on: '2026-11-01' }),
    ...of('screening', { on: '2026-11-01' }),
    ...['committee', 'studio', 'team'].flatMap((sort) =>
      of('register.organisation', { sort, from: '2020-01-01', to: null }),
    ),
    ...of('register.person', {
      posts: [
        { as: 'mediator', from: '2020-01-01', to: null },
        { as: 'understander', from: '2020-01-01', to: null },
      ],
    }),
  ]
  const registry: unknown = JSON.parse(readFileSync(join(ROOT, 'seeds/metrics/metrics.json'), 'utf8'))
  const ids = v.parse(v.object({ metrics: v.array(MetricSchema) }), registry).metrics.map((one) => one.id)
  expect([...new Set(moved.map((one) => one.metric.split(':')[0]))].sort()).toEqual([...ids].sort())
})
