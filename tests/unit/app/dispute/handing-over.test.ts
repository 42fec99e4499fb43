import { describe, expect, it } from 'vitest'
import { mayHandOver, placesToHandTo } from '#app/features/dispute/handing-over.ts'
import { editsOf, type Target } from '#app/features/dispute/step-edits.ts'
import { missingOf, startOf } from '#app/features/dispute/step-values.ts'
import { makeDispute } from '#tests/support/make-dispute.ts'
import { makeGrants } from '#tests/support/make-rights.ts'

const TODAY = '2026-11-21'
const HERE = '999901101201'
const THERE = '999901101202'
const ID = '01912345-0000-7000-8000-000000000101'
const ME = '01912345-0000-7000-8000-000000000001'
const SOMEBODY = '01912345-0000-7000-8000-000000000002'
const region = (code: string) => ({ code, name: code, short: code })
const dispute = makeDispute({ recordedBy: SOMEBODY })
const opened = (body: object = dispute) => ({ id: ID, region: HERE, body: body as Record<string, unknown> })

describe('handing a dispute to another place', () => {
  it('[D-26] is offered to whoever may work on it: its recorder and the committee, nobody else', () => {
    const may = (role: Parameters<typeof makeGrants>[0], at: string, body: object = dispute, to?: string) =>
      mayHandOver(
        { person: ME, grants: makeGrants(role, at, to === undefined ? {} : { to }) },
        opened(body),
        TODAY,
      )
    expect(may('mediator', HERE)).toBe(true)
    expect(may('clerk', '999901101')).toBe(true)
    expect(may('mediator', THERE)).toBe(false)
    expect(may('mediator', HERE, dispute, '2026-11-20')).toBe(false)
    expect(may('understander', HERE)).toBe(false)
    expect(may('coordinator', '999901101')).toBe(false)
    expect(may('understander', HERE, makeDispute({ recordedBy: ME }))).toBe(true)
  })

  it('goes to villages and townships around, never to where it is, and never to a whole county', () => {
    const regions = ['999901000000', '999901101000', HERE, THERE].map(region)
    expect(placesToHandTo({ regions }, HERE).map((one) => one.code)).toEqual(['999901101000', THERE])
  })

  it('[L-38] takes its meetings and files along in the same save, and wants a place and a reason first', () => {
    const target: Target = {
      id: ID,
      region: HERE,
      dispute,
      meetings: ['01912345-0000-7000-8000-000000000201'],
      files: ['01912345-0000-7000-8000-000000000301'],
      today: TODAY,
      newId: () => SOMEBODY,
    }
    const start = startOf('transfer', dispute, () => SOMEBODY)
    expect(missingOf('transfer', start, TODAY)).toBe('to')
    expect(missingOf('transfer', { ...start, to: THERE, note: ' ' }, TODAY)).toBe('why')
    const values = { ...start, to: THERE, note: ' 两家都搬过去了 ' }
    expect(missingOf('transfer', values, TODAY)).toBeNull()
    const edits = editsOf('transfer', values, target)
    expect(edits.map((one) => one.kind)).toEqual(['dispute', 'meeting', 'attachment'])
    for (const edit of edits)
      expect(edit).toMatchObject({
        op: 'dispute.transfer',
        region: HERE,
        args: { on: TODAY, region: THERE, note: '两家都搬过去了' },
      })
  })
})
