import { describe, expect, it } from 'vitest'
import { editsOf } from '#app/features/dispute/step-edits.ts'
import { amountOf, missingOf, refusedValues, startOf } from '#app/features/dispute/step-values.ts'
import { NOTICE_VERSION } from '#domain/privacy/consent.ts'
import { LI, makeAgreement, makeDispute, WANG } from '#tests/support/make-dispute.ts'

const TODAY = '2026-11-20'
const ID = '01912345-0000-7000-8000-0000000000d1'
const newId = () => ID
const MEETING = '019f0000-0000-7000-8000-00000000000a'
const FILE = '019f0000-0000-7000-8000-00000000000b'
const target = (dispute = makeDispute()) => ({
  id: ID,
  region: '999901101201',
  dispute,
  meetings: [MEETING],
  files: [FILE],
  today: TODAY,
  newId,
})

describe('an amount as typed', () => {
  it.each([
    ['', null],
    ['300', 300],
    ['1,200.5', 1200.5],
    ['1，200 元', 1200],
    ['0', 0],
    ['三百', 'wrong'],
    ['-5', 'wrong'],
    ['1.234', 'wrong'],
    ['12345678901', 'wrong'],
  ])('%s is %s', (typed, amount) => {
    expect(amountOf(typed)).toBe(amount)
  })
})

describe('a sheet', () => {
  it('opens with what the agreement says already', () => {
    const agreement = makeAgreement({ terms: '赔二百', amountYuan: 200, performBy: '2026-12-01' })
    expect(startOf('write', makeDispute({ agreement }), newId)).toMatchObject({
      terms: '赔二百',
      amount: '200',
      performBy: '2026-12-01',
    })
  })

  it('asks for what is missing, and for no day that has not come', () => {
    const start = startOf('outcome', makeDispute(), newId)
    expect(missingOf('outcome', start, TODAY)).toBe('outcome')
    expect(missingOf('outcome', { ...start, outcome: 'agreed' }, TODAY)).toBe('form')
    expect(missingOf('outcome', { ...start, outcome: 'failed' }, TODAY)).toBeNull()
    expect(missingOf('tell', { ...start, on: '2026-11-21' }, TODAY)).toBe('future')
    expect(missingOf('tell', { ...start, on: TODAY }, TODAY)).toBeNull()
    expect(missingOf('write', { ...start, terms: '赔', amount: '三百' }, TODAY)).toBe('amount')
  })

  it('means today unless another day was chosen', () => {
    const start = startOf('tell', makeDispute(), newId)
    expect(editsOf('tell', start, target())[0]?.args).toMatchObject({ on: TODAY })
    expect(editsOf('tell', { ...start, on: '2026-11-01' }, target())[0]?.args).toMatchObject({
      on: '2026-11-01',
    })
  })

  it('[TR-49] reading out keeps which words were read and what was answered; what was not stays open', () => {
    const start = startOf('tell', makeDispute(), newId)
    const tell = (over: Partial<typeof start>) => editsOf('tell', { ...start, ...over }, target())[0]?.args
    const open = { notice: NOTICE_VERSION, on: TODAY, sensitive: '', guardian: '', photos: '', hearers: null }
    expect(tell({})).toEqual({ on: TODAY, consent: open })
    const args = tell({ guardian: 'yes', photos: 'no', hearers: 'parties' })
    expect(args).toEqual({
      on: TODAY,
      consent: { ...open, guardian: 'yes', photos: 'no', hearers: 'parties' },
    })
    // Read again, the sheet shows what was answered; refused, it comes back.
    const said = makeDispute({
      consent: { ...open, sensitive: '', guardian: 'yes', photos: 'no', hearers: 'parties' },
    })
    expect(startOf('tell', said, newId)).toMatchObject({ guardian: 'yes', photos: 'no', hearers: 'parties' })
    expect(refusedValues(start, 'dispute.tell', args as never)).toMatchObject({
      on: TODAY,
      guardian: 'yes',
      photos: 'no',
      hearers: 'parties',
    })
  })

  it('of one visit saves performance with it when both were answered', () => {
    const start = { ...startOf('visit', makeDispute(), newId), holds: 'yes' as const }
    expect(editsOf('visit', start, target()).map((one) => one.op)).toEqual(['dispute.follow-up'])
    expect(editsOf('visit', { ...start, state: 'whole' }, target()).map((one) => one.op)).toEqual([
      'dispute.perform',
      'dispute.follow-up',
    ])
  })

  it('of the parties changes only the sides that changed', () => {
    const dispute = makeDispute()
    const start = startOf('parties', dispute, newId)
    expect(editsOf('parties', start, target(dispute))).toEqual([])
    const [wang, li] = start.sides
    if (!wang || !li) throw new Error('two sides')
    const sides = [
      { ...wang, name: '王长顺 ' },
      { ...li, name: '' },
      { id: ID, name: '李小保', kind: 'person' as const },
    ]
    expect(editsOf('parties', { ...start, sides }, target(dispute)).map((one) => [one.op, one.args])).toEqual(
      [
        ['set.remove', { set: 'parties', id: LI }],
        ['set.add', { set: 'parties', item: { id: ID, name: '李小保', kind: 'person' } }],
      ],
    )
    expect(sides[0]?.id).toBe(WANG)
  })

  it('of the matter leaves fields alone that nobody touched', () => {
    const dispute = makeDispute({ place: '沟边' })
    const start = startOf('matter', dispute, newId)
    expect(editsOf('matter', start, target(dispute))).toEqual([])
    expect(editsOf('matter', { ...start, topic: '水沟' }, target(dispute))[0]?.args).toEqual({
      topic: '水沟',
    })
  })

  it('takes the meetings along when a file goes behind the closed door', () => {
    const dispute = makeDispute()
    const edits = editsOf(
      'matter',
      { ...startOf('matter', dispute, newId), flags: ['violence'] },
      target(dispute),
    )
    expect(edits.map((one) => [one.op, one.kind, one.id, one.args])).toEqual([
      ['patch', 'dispute', ID, { flags: ['violence'] }],
      ['patch', 'meeting', MEETING, { flags: ['violence'] }],
      ['patch', 'attachment', FILE, { flags: ['violence'] }],
    ])
  })

  it('makes a sitting a record of its own', () => {
    const start = { ...startOf('meet', makeDispute(), newId), note: '看了沟', helpers: '王支书、李会计' }
    expect(editsOf('meet', start, target())[0]).toMatchObject({
      op: 'create',
      kind: 'meeting',
      args: { dispute: ID, notes: '看了沟', helpers: ['王支书', '李会计'] },
    })
  })
})
