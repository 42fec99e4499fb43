import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { confirmBy, CONFIRMATION_DAYS, effectiveOn, isFollowUpDue } from '#domain/dispute/dates.ts'
import { DisputeSchema } from '#domain/dispute/dispute.ts'
import { fileItems } from '#domain/dispute/file-items.ts'
import { isPaperNumber, paperNumber, readPaperNumber } from '#domain/dispute/paper-number.ts'
import { DisputeSourceSchema, formSourceOf, isCourtDelegated } from '#domain/dispute/source.ts'
import { canMove, DisputeStageSchema } from '#domain/dispute/stage.ts'
import { titleOf } from '#domain/dispute/title.ts'
import {
  DisputeTypeSchema,
  OFFICIAL_TYPES,
  typeName,
  typeOfWord,
  VILLAGE_WORDS,
} from '#domain/dispute/type.ts'
import { daysBetween } from '#domain/time/day.ts'
import { LI, makeAgreement, makeDispute, WANG } from '#tests/support/make-dispute.ts'

const stages = DisputeStageSchema.options

describe('a dispute', () => {
  it('[D-30] keeps fields this build does not know, at every depth', () => {
    const newer = {
      ...makeDispute({ agreement: makeAgreement({ newer: 'b' }) }),
      parties: [{ id: WANG, name: '王长顺', kind: 'person', newer: 'c' }],
      newer: 'a',
    }
    expect(v.parse(DisputeSchema, newer)).toEqual(newer)
  })

  it('[D-31] moves only along the map', () => {
    const moves = stages.flatMap((from) =>
      stages.filter((to) => canMove(from, to)).map((to) => `${from} ${to}`),
    )
    expect(moves.sort()).toEqual([
      'agreed cancelled',
      'agreed closed',
      'agreed open',
      'escalated agreed',
      'escalated cancelled',
      'escalated closed',
      'escalated failed',
      'escalated open',
      'failed cancelled',
      'failed closed',
      'failed escalated',
      'failed open',
      'open agreed',
      'open cancelled',
      'open closed',
      'open escalated',
      'open failed',
    ])
  })

  it('[D-31] that is closed or cancelled moves no more', () => {
    for (const to of stages) expect([canMove('closed', to), canMove('cancelled', to)]).toEqual([false, false])
  })
})

describe('a title', () => {
  const named = (...names: string[]) =>
    titleOf({
      type: 'D02',
      word: 'drain',
      topic: '',
      parties: names.map((name, i) => ({ id: i === 0 ? WANG : LI, name, kind: 'person' as const })),
    })

  it('[D-32] names the families and the trouble', () => {
    expect(named('王长顺', '李二保')).toBe('王家和李家·排水')
    expect(named('王长顺')).toBe('王家·排水')
    expect(named()).toBe('排水')
  })

  it('[D-32] keeps both names when the families share theirs', () => {
    expect(named('王长顺', '王二保')).toBe('王长顺和王二保·排水')
  })

  it('[D-32] knows surnames of two characters, and names of two characters that only begin like one', () => {
    expect(named('欧阳修文', '司马长青')).toBe('欧阳家和司马家·排水')
    expect(named('欧阳', '李二保')).toBe('欧家和李家·排水')
  })

  it('[D-32] leaves names of other shapes whole', () => {
    expect(named('阿依古丽·买买提', 'John Smith')).toBe('阿依古丽·买买提和John Smith·排水')
    const firm = { id: LI, name: '青石砖厂', kind: 'organisation' as const }
    expect(titleOf({ ...makeDispute(), parties: [makeDispute().parties[0] as typeof firm, firm] })).toBe(
      '王家和青石砖厂·排水',
    )
  })

  it('[D-32] prefers what was typed, then the village’s word, then the official type', () => {
    expect(titleOf(makeDispute({ topic: '水沟堵了' }))).toBe('王家和李家·水沟堵了')
    expect(titleOf(makeDispute({ word: '', type: 'D07' }))).toBe('王家和李家·山林土地')
    expect(titleOf(makeDispute({ word: 'a-newer-word', type: 'D02' }))).toBe('王家和李家·邻里')
  })
})

describe('a file', () => {
  const missing = (dispute: ReturnType<typeof makeDispute>) =>
    fileItems(dispute)
      .filter((one) => !one.done)
      .map((one) => one.item)

  it('[D-33] of an oral agreement needs no signature', () => {
    expect(missing(makeDispute({ stage: 'agreed', agreement: makeAgreement() }))).toEqual([
      'facts',
      'told',
      'follow-up',
    ])
  })

  it('[D-33] of a written agreement needs one', () => {
    const agreement = makeAgreement({ form: 'written' })
    expect(missing(makeDispute({ agreement }))).toContain('signed')
    expect(missing(makeDispute({ agreement: { ...agreement, signedOn: '2026-11-06' } }))).not.toContain(
      'signed',
    )
  })

  it('[D-33] of a matter not settled asks for no agreement', () => {
    const items = fileItems(makeDispute({ stage: 'failed', facts: '谈过', rightsToldOn: '2026-11-02' }))
    expect(items.every((one) => one.done)).toBe(true)
    expect(items.map((one) => one.item)).toEqual(['recorded', 'parties', 'facts', 'told'])
  })

  it('[D-33] with one side only still misses the other', () => {
    expect(missing(makeDispute({ parties: [] }))).toContain('parties')
  })
})

describe('the thirty days', () => {
  it('[D-34] begin with an oral agreement itself', () => {
    expect(effectiveOn(makeAgreement({ agreedOn: '2026-11-03' }))).toBe('2026-11-03')
    expect(confirmBy(makeAgreement({ agreedOn: '2026-11-03' }))).toBe('2026-12-03')
    expect(daysBetween('2026-11-03', confirmBy(makeAgreement()) as string)).toBe(CONFIRMATION_DAYS)
  })

  it('[D-34] begin with the last signature and seal of a written one, and not before', () => {
    expect(confirmBy(makeAgreement({ form: 'written' }))).toBeNull()
    expect(confirmBy(makeAgreement({ form: 'written', signedOn: '2027-02-01' }))).toBe('2027-03-03')
  })

  it('a visit is due from its day on, and never for what was cancelled', () => {
    const due = makeDispute({ followUpDueOn: '2026-12-03' })
    expect(['2026-12-02', '2026-12-03', '2027-01-01'].map((day) => isFollowUpDue(due, day))).toEqual([
      false,
      true,
      true,
    ])
    expect(isFollowUpDue({ ...due, stage: 'cancelled' }, '2026-12-03')).toBe(false)
    expect(isFollowUpDue(makeDispute(), '2026-12-03')).toBe(false)
  })
})

describe('paper numbers', () => {
  const part = fc.record({
    village: fc.stringMatching(/^[一-鿿]{1,20}$/),
    year: fc.integer({ min: 2000, max: 2999 }),
    mark: fc.stringMatching(/^[A-Z]{1,3}$/),
    count: fc.integer({ min: 1, max: 999_999 }),
  })
  const write = (one: { village: string; year: number; mark: string; count: number }) =>
    paperNumber(one.village, one.year, one.mark, one.count)

  it('[D-35] are different whenever village, year, phone or count differ', () => {
    fc.assert(
      fc.property(part, part, (a, b) => {
        fc.pre(JSON.stringify(a) !== JSON.stringify(b))
        return write(a) !== write(b)
      }),
    )
    fc.assert(
      fc.property(
        part,
        fc.integer({ min: 1, max: 999_999 }),
        (a, count) => a.count === count || write(a) !== write({ ...a, count }),
      ),
    )
  })

  it('[D-35] are read as they were meant, with any dash, any case, with or without the blank', () => {
    for (const typed of [
      '石桥 2026–A017',
      '石桥2026-a017',
      ' 石桥 2026 — A017 ',
      '石桥　２０２６－ａ０１７',
      '石桥2026A017',
    ])
      expect(readPaperNumber(typed)).toBe('石桥 2026–A017')
    expect(readPaperNumber(' 去年那件 ')).toBe('去年那件')
  })

  it('[D-35] are recognised, and sentences are not', () => {
    fc.assert(fc.property(part, (one) => isPaperNumber(write(one))))
    for (const text of ['', '王长顺打人', '石桥 2026', '石桥 2026–A017 王长顺', null, 17])
      expect(isPaperNumber(text)).toBe(false)
  })
})

describe('types and sources', () => {
  it('[D-36] every village word belongs to an official type, and there are eighteen', () => {
    expect(OFFICIAL_TYPES.map((one) => one.code)).toEqual(
      Array.from({ length: 18 }, (_, i) => `D${String(i + 1).padStart(2, '0')}`),
    )
    const codes = OFFICIAL_TYPES.map((one) => one.code)
    expect(
      VILLAGE_WORDS.filter((one) => !codes.includes(one.type) || !v.is(DisputeTypeSchema, one.type)),
    ).toEqual([])
    expect(new Set(VILLAGE_WORDS.map((one) => one.id)).size).toBe(VILLAGE_WORDS.length)
    expect(new Set(VILLAGE_WORDS.map((one) => one.word)).size).toBe(VILLAGE_WORDS.length)
  })

  it('[D-36] the words that people say first are on the first chips', () => {
    expect(VILLAGE_WORDS.filter((one) => one.first).map((one) => one.word)).toEqual(
      expect.arrayContaining(['地界', '排水', '牲口', '借钱', '赡养', '彩礼', '打架', '工钱']),
    )
  })

  it('[D-36] a word nobody knows is 其他, and a type nobody knows shows its code', () => {
    expect(typeOfWord('drain')).toBe('D02')
    expect(typeOfWord('a-newer-word')).toBe('D15')
    expect(typeName('D99')).toBe('D99')
  })

  it('[D-36] the form knows two sources, and two sources are from a court', () => {
    const sources = DisputeSourceSchema.options
    expect(sources.filter((one) => formSourceOf(one) === 'own')).toEqual(['S2'])
    expect(sources.filter(isCourtDelegated)).toEqual(['S3', 'S4'])
  })
})
