import { describe, expect, it } from 'vitest'
import type { Body, Kind } from '#domain/record/kind.ts'
import { maskInMend, mendedArgs, mendFields, mendStart, wrongInMend } from '#app/mend.ts'

const newId = () => 'new'
const OPS: readonly [Kind, string, Body][] = [
  [
    'dispute',
    'create',
    {
      type: 'D15',
      word: 'other',
      topic: '',
      parties: [
        { id: 'a', name: '王长顺', kind: 'person' },
        { id: 'b', name: '李桂芬', kind: 'person', phone: '1' },
      ],
      facts: '院墙堵了沟',
      source: 'S1',
      place: '',
      happenedOn: '2026-11-18',
      acceptedOn: '2026-11-18',
      paperNo: '石桥 2026–A017',
      mediator: null,
      mediatorName: '赵春梅',
      flags: ['violence'],
    },
  ],
  ['dispute', 'dispute.write', { on: '2026-11-20', terms: '通开', performBy: null, amountYuan: null }],
  ['dispute', 'dispute.follow-up', { on: '2026-11-20', id: 'x', holds: false, note: '', nextOn: null }],
  ['dispute', 'set.add', { set: 'parties', item: { id: 'a', name: '王长顺', kind: 'person' } }],
  ['outreach', 'patch', { attendances: 60, people: null, speakers: ['和秀英', '赵春梅'] }],
  ['service', 'create', { kind: 'question', asked: '工钱', who: '', answer: 'later', on: '2026-11-20' }],
]
const mend = ([kind, op, args]: readonly [Kind, string, Body], typed: Record<string, string>): Body => {
  const fields = mendFields(kind, op, args)
  return mendedArgs(fields, args, { ...mendStart(fields, args), ...typed }, newId)
}

describe('mending a refused op', () => {
  it('changes nothing that nobody touched', () => {
    for (const one of OPS) expect(mend(one, {})).toEqual(one[2])
  })

  it('keeps the sides of a dispute the same sides when a name is mended, and adds one more', () => {
    const args = mend(OPS[0] as (typeof OPS)[0], { parties: '王长顺、李桂芳，周家' })
    expect(args['parties']).toEqual([
      { id: 'a', name: '王长顺', kind: 'person' },
      { id: 'b', name: '李桂芳', kind: 'person', phone: '1' },
      { id: 'new', name: '周家', kind: 'person' },
    ])
  })

  it('moves the day of accepting with the day it happened while they are one', () => {
    const args = mend(OPS[0] as (typeof OPS)[0], { happenedOn: '2026-11-17' })
    expect([args['happenedOn'], args['acceptedOn']]).toEqual(['2026-11-17', '2026-11-17'])
  })

  it('sends amounts as numbers, what is not planned as unknown', () => {
    const write = OPS[1] as (typeof OPS)[0]
    expect(mend(write, { amountYuan: '1,200 元', performBy: '2026-12-01' })).toMatchObject({
      amountYuan: 1200,
      performBy: '2026-12-01',
    })
    expect(
      mend(['dispute', 'dispute.write', { ...write[2], amountYuan: 300 }], { amountYuan: '' }),
    ).toMatchObject({ amountYuan: null })
    expect(mend(OPS[2] as (typeof OPS)[0], { holds: 'yes' })).toMatchObject({ holds: true, id: 'x' })
    expect(mend(OPS[3] as (typeof OPS)[0], { item: '王常顺' })).toEqual({
      set: 'parties',
      item: { id: 'a', name: '王常顺', kind: 'person' },
    })
  })

  it('[TR-47] a telephone number is masked until another is typed, and an identity number is no field at all', () => {
    const args = { about: '借钱', from: '示例甲', phone: '13812340077', text: '' }
    const lead = ['lead', 'create', args] as const
    const fields = mendFields(...lead)
    const start = mendStart(fields, args)
    expect(fields.map((one) => [one.name, maskInMend(one, start[one.name] ?? '')])).toEqual([
      ['about', null],
      ['from', null],
      ['phone', '138****0077'],
      ['text', null],
    ])
    expect(maskInMend(fields[2] as (typeof fields)[0], '')).toBeNull()
    expect(mend(lead, {})).toEqual(args)
    expect(mend(lead, { phone: '13900001111' })).toEqual({ ...args, phone: '13900001111' })
    const number = { tail: '002X', key: 'a'.repeat(16), box: 'b'.repeat(120), agreedOn: '2026-11-20' }
    expect(mendFields('dispute', 'dispute.identify', { party: 'a', number })).toEqual([])
  })

  it('says which field is no number', () => {
    const fields = mendFields(...(OPS[4] as (typeof OPS)[0]))
    const start = mendStart(fields, (OPS[4] as (typeof OPS)[0])[2])
    expect(wrongInMend(fields, start)).toBeNull()
    expect(wrongInMend(fields, { ...start, attendances: '六十' })).toEqual({
      name: 'attendances',
      why: 'number',
    })
    const write = mendFields(...(OPS[1] as (typeof OPS)[0]))
    expect(wrongInMend(write, { amountYuan: '三百' })).toEqual({ name: 'amountYuan', why: 'yuan' })
  })
})
