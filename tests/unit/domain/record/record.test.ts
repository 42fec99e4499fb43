import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DisputeFlagSchema } from '#domain/dispute/dispute.ts'
import { isWithOffice, KindSchema, laneOf, type Body } from '#domain/record/kind.ts'
import { skeletonOf } from '#domain/record/skeleton.ts'
import { makeAgreement, makeDispute } from '#tests/support/make-dispute.ts'

describe('lanes', () => {
  it('[D-25] violence, a minor or a wish for silence closes a dispute, other flags do not', () => {
    for (const flag of DisputeFlagSchema.options)
      expect(laneOf('dispute', makeDispute({ flags: [flag] })), flag).toBe(
        ['violence', 'minor', 'private'].includes(flag) ? 'closed' : 'casework',
      )
  })

  it('[D-25] the meetings of a closed dispute are closed with it', () => {
    expect(laneOf('meeting', { flags: ['minor'] })).toBe('closed')
    expect(laneOf('meeting', { flags: [] })).toBe('casework')
    expect(laneOf('meeting', {})).toBe('casework')
  })

  it('[D-25] a kind nobody knows is closed, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string(), fc.dictionary(fc.string(), fc.jsonValue()), (kind, body) => {
        fc.pre(!(KindSchema.options as string[]).includes(kind))
        return laneOf(kind, body) === 'closed'
      }),
    )
  })

  it('[D-25] every kind we know has a home', () => {
    expect(KindSchema.options.map((kind) => laneOf(kind, {}))).toEqual([
      'casework',
      'casework',
      'outreach',
      'outreach',
      'outreach',
      'outreach',
      'register',
      'register',
      // An attachment's home is its parent's; this one has none.
      'closed',
    ])
  })
})

describe('with the office', () => {
  it('[D-23] is a dispute that was escalated, or submitted or returned in review', () => {
    expect(isWithOffice('dispute', makeDispute())).toBe(false)
    expect(isWithOffice('dispute', makeDispute({ stage: 'escalated' }))).toBe(true)
    expect(
      isWithOffice('dispute', makeDispute({ review: { state: 'submitted', reason: '', on: '2026-11-05' } })),
    ).toBe(true)
    expect(isWithOffice('meeting', makeDispute({ stage: 'escalated' }))).toBe(false)
  })

  it('[D-23] is never a record that does not say so', () => {
    expect(isWithOffice('dispute', {})).toBe(false)
  })
})

describe('skeletons', () => {
  const CANARY = '金丝雀'
  /** The same body with a canary in every text a person may type freely, at any depth, and in a field nobody knows. */
  function planted(value: unknown, key = ''): unknown {
    if (typeof value === 'string')
      return /^(type|source|stage|mediator|form|state|status|what|kind|id|by|recordedBy)$|On$|^on$/.test(key)
        ? value
        : `${value}${CANARY}`
    if (Array.isArray(value)) return value.map((one) => planted(one, key))
    if (typeof value !== 'object' || value === null) return value
    return {
      ...Object.fromEntries(Object.entries(value).map(([name, one]) => [name, planted(one, name)])),
      unknown: CANARY,
    }
  }

  const full = makeDispute({
    facts: '水沟堵了',
    place: '村东',
    topic: '排水',
    agreement: makeAgreement({ amountYuan: 800, signedOn: '2026-11-06', form: 'written' }),
    performance: { state: 'part', on: '2026-11-10' },
    confirmation: { status: 'valid', on: '2026-11-12' },
    followUps: [{ id: '01912345-0000-7000-8000-0000000000c1', on: '2026-11-15', holds: true, note: '都好' }],
    failReason: '还没谈拢',
    review: { state: 'returned', reason: '缺一张', on: '2026-11-16' },
    events: [{ what: 'recorded', on: '2026-11-02', at: 1, by: null, note: '王长顺说的' }],
  })

  it('[D-22] hold no name, no fact and no free text, wherever it was written', () => {
    expect(JSON.stringify(planted(full)).split(CANARY).length).toBeGreaterThan(20)
    expect(JSON.stringify(skeletonOf('dispute', planted(full) as Body))).not.toContain(CANARY)
    expect(JSON.stringify(skeletonOf('dispute', full))).not.toMatch(
      /王长顺|李二保|赵春梅|水沟|村东|谈拢|缺一张/,
    )
  })

  it('[D-22] hold nothing at all of records that are no disputes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...KindSchema.options),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (kind, body) => {
          fc.pre(kind !== 'dispute')
          return Object.keys(skeletonOf(kind, body)).length === 0
        },
      ),
    )
  })

  it('[D-22] keep what a coordinator counts by', () => {
    expect(skeletonOf('dispute', full)).toMatchObject({
      type: 'D02',
      word: 'drain',
      source: 'S1',
      stage: 'open',
      acceptedOn: '2026-11-02',
      paperNo: '石桥 2026–A017',
      agreement: { form: 'written', amountYuan: 800, signedOn: '2026-11-06' },
      performance: { state: 'part' },
      confirmation: { status: 'valid' },
    })
  })
})
