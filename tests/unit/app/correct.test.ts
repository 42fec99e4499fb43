import { describe, expect, it } from 'vitest'
import { changesOf, startOf, wrongIn, type CorrectField } from '#app/correct.ts'

const TODAY = '2026-11-20'
const fields: readonly CorrectField[] = [
  { name: 'title', label: 't', type: 'text', max: 80, needed: true },
  { name: 'attendances', label: 'a', type: 'count', needed: true },
  { name: 'people', label: 'p', type: 'count' },
  { name: 'on', label: 'o', type: 'day', needed: true },
]
const body = { title: '集市讲防骗', attendances: 60, people: null, on: '2026-11-19', note: '别人写的' }

describe('correcting a small record', () => {
  it('changes nothing that nobody touched', () => {
    expect(changesOf(fields, body, startOf(fields, body))).toEqual({})
  })

  it('[D-40] sends numbers as numbers, and an unknown count of persons as unknown, not as 0', () => {
    const values = { ...startOf(fields, body), attendances: '62', people: '' }
    expect(changesOf(fields, body, values)).toEqual({ attendances: 62 })
    expect(changesOf(fields, { ...body, people: 50 }, values)).toEqual({ attendances: 62, people: null })
    expect(changesOf(fields, body, { ...values, people: '0' })).toEqual({ attendances: 62, people: 0 })
  })

  it('says which field cannot be saved, and why', () => {
    const start = startOf(fields, body)
    expect(wrongIn(fields, start, TODAY)).toBeNull()
    expect(wrongIn(fields, { ...start, title: ' ' }, TODAY)).toEqual({ name: 'title', why: 'words' })
    expect(wrongIn(fields, { ...start, attendances: '' }, TODAY)).toEqual({
      name: 'attendances',
      why: 'number',
    })
    expect(wrongIn(fields, { ...start, people: '五十' }, TODAY)).toEqual({ name: 'people', why: 'number' })
    expect(wrongIn(fields, { ...start, on: '2026-11-21' }, TODAY)).toEqual({ name: 'on', why: 'future' })
  })
})
