import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { contributionsOf } from '#domain/metric/contribution.ts'
import {
  OutreachFormSchema,
  OutreachSchema,
  SixEntriesSchema,
  sixEntriesOf,
} from '#domain/outreach/outreach.ts'
import { addDays } from '#domain/time/day.ts'
import { makeOutreach } from '#tests/support/make-outreach.ts'

const after = (day: string) => addDays(day, 1)

describe('an outreach session', () => {
  it('[D-40] counts attendances; knowing how many people came changes no number', () => {
    const of = (people: number | null) =>
      contributionsOf('outreach', makeOutreach({ attendances: 60, people }), after)
    expect(of(25)).toEqual(of(null))
    expect(of(25)).toContainEqual({ metric: 'attendances', day: '2026-11-05', n: 60 })
  })

  it('[D-40] may leave people unknown but never attendances', () => {
    expect(v.is(OutreachSchema, makeOutreach({ people: null }))).toBe(true)
    expect(v.is(OutreachSchema, { ...makeOutreach(), attendances: null })).toBe(false)
    expect(v.is(OutreachSchema, makeOutreach({ attendances: -1 }))).toBe(false)
    expect(v.is(OutreachSchema, makeOutreach({ attendances: 1.5 }))).toBe(false)
  })

  it('every form has its usual entry', () => {
    for (const form of OutreachFormSchema.options)
      expect(v.is(SixEntriesSchema, sixEntriesOf(form)), form).toBe(true)
    expect(sixEntriesOf('market')).toBe('public-place')
  })
})
