import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import type { ListRow } from '#phone/api.ts'
import { recentOf, waitingFor } from '#app/features/today/waiting.ts'
import { DisputeValuesSchema } from '#app/features/record/forms/dispute-form.ts'
import { likeOne } from '#app/features/record/like-one.ts'
import { shownRows, standingsOf } from '#app/features/record/record-list.ts'
import { typedIn } from '#app/typed.ts'
import { shownCounts } from '#app/features/me/own-numbers.ts'
import { draftFrom } from '#app/features/lead/draft-from.ts'
import { placesOf } from '#app/composables/use-villages.ts'

let made = 0
function row(more: Partial<ListRow>): ListRow {
  const id = String(++made)
  return {
    key: `dispute/${id}`,
    kind: 'dispute',
    id,
    region: '999901101001',
    title: '王家和李家·排水',
    stage: 'agreed',
    on: '2026-05-01',
    at: made,
    count: 0,
    estimated: false,
    dueOn: null,
    returned: '',
    word: 'handed-in',
    pending: 0,
    ...more,
  }
}
const today = '2026-05-08'

describe('等着你', () => {
  it('holds visits that are due, what came back, what was not accepted, and open requests', () => {
    const rows = [
      row({ kind: 'lead', stage: 'open' }),
      row({ kind: 'lead', stage: 'taken' }),
      row({ returned: '少写了哪天给', word: 'needs-you' }),
      row({ word: 'needs-you' }),
      row({ dueOn: '2026-05-08' }),
      row({ dueOn: '2026-05-09' }),
      row({ dueOn: '2026-05-01', stage: 'closed' }),
    ]
    expect(waitingFor(rows, today).map((one) => one.why)).toEqual([
      'follow-up',
      'refused',
      'returned',
      'lead',
    ])
  })
  it('puts what has waited longest first inside a kind', () => {
    const rows = [row({ kind: 'lead', stage: 'open', at: 20 }), row({ kind: 'lead', stage: 'open', at: 10 })]
    expect(waitingFor(rows, today).map((one) => one.row.at)).toEqual([10, 20])
  })
})

describe('最近 and 记录', () => {
  const rows = [
    row({ at: 1, title: '陈家·地界' }),
    row({ at: 3, kind: 'lead' }),
    row({ at: 2, kind: 'outreach', title: '集市讲防骗' }),
  ]
  it('shows the newest of one’s own work, no requests', () => {
    expect(recentOf(rows, 5).map((one) => one.at)).toEqual([2, 1])
    expect(recentOf(rows, 1)).toHaveLength(1)
  })
  it('finds by every word that was typed, in any order, inside the kind', () => {
    expect(shownRows(rows, 'all', '').map((one) => one.at)).toEqual([3, 2, 1])
    expect(shownRows(rows, 'all', ' 地界 陈家 ').map((one) => one.at)).toEqual([1])
    expect(shownRows(rows, 'outreach', '地界')).toEqual([])
    expect(shownRows(rows, 'service', '').map((one) => one.kind)).toEqual(['lead'])
    expect(shownRows(rows, 'drafts', '')).toEqual([])
  })
})

describe('what a refused step shows again', () => {
  it('is what was typed, not the codes around it', () => {
    const args = {
      on: '2026-05-07',
      id: 'x',
      holds: true,
      note: ' 没再吵 ',
      amountYuan: 600,
      item: { id: 'y', name: '王长顺', kind: 'person' },
    }
    const words = typedIn(args)
    expect(words).toEqual(expect.arrayContaining(['没再吵', '王长顺']))
    expect(words.join(' ')).not.toContain('2026')
  })
})

describe('a request that goes on as a record', () => {
  const lead = {
    about: '院里的树',
    from: '何家',
    phone: '',
    text: '树伸过来了',
    channel: 'villager',
    on: '2026-05-07',
    stage: 'taken',
    takenBy: null,
    outcome: null,
    dispute: null,
    recordedBy: null,
    enteredAt: 0,
    receivedAt: null,
  } as const
  it('brings what was said, and from whom it came', () => {
    expect(draftFrom('dispute', lead, 'L', 'R')).toMatchObject({
      lead: 'L',
      leadRegion: 'R',
      names: ['何家', ''],
      facts: '树伸过来了',
      topic: '院里的树',
      source: 'S1',
    })
    expect(draftFrom('dispute', { ...lead, channel: 'hotline' }, 'L', 'R')['source']).toBe('S8')
    expect(draftFrom('service', lead, 'L', 'R')['asked']).toBe('院里的树\n树伸过来了')
  })
})

describe('where somebody may write', () => {
  const me = {
    person: 'p',
    name: '李主任',
    mark: 'A',
    provisional: false,
    grants: [],
    contacts: [],
    sponsor: '',
    filingNo: '',
    posts: [
      { role: 'coordinator' as const, region: '999901101', regionName: '青石镇', organisation: '' },
      { role: 'mediator' as const, region: '999901101001', regionName: '北塘社区', organisation: '' },
    ],
    regions: [
      { code: '999901101001', name: '北塘社区', short: '北塘' },
      { code: '999901101002', name: '石桥村', short: '石桥' },
      { code: '999901102001', name: '别镇的村', short: '别镇' },
    ],
  }
  it('begins with where he mediates and never leaves his posts', () => {
    expect(placesOf(me).map((one) => one.code)).toEqual(['999901101001', '999901101000', '999901101002'])
  })
})

describe('a matter that is perhaps already there', () => {
  const values = { ...v.parse(DisputeValuesSchema, {}), word: 'drain', names: ['王长顺', '李桂芬'] }
  it('is found by its title for a month, and not before both sides are named', () => {
    const rows = [row({ on: '2026-04-20' })]
    expect(likeOne(rows, values, today)?.key).toBe(rows[0]?.key)
    expect(likeOne(rows, { ...values, names: ['王长顺', ''] }, today)).toBe(null)
    expect(likeOne(rows, { ...values, word: 'boundary' }, today)).toBe(null)
    expect(likeOne([row({ on: '2026-04-01' })], values, today)).toBe(null)
    expect(likeOne([row({ on: '2026-05-07', stage: 'cancelled' })], values, today)).toBe(null)
  })
})

it('what was handed in, what waits and what was not accepted are counted apart, each record once', () => {
  const rows = [
    row({}),
    row({ returned: '少写了哪天给', word: 'needs-you' }),
    row({ pending: 2, word: 'saved' }),
    row({ pending: 1, word: 'needs-you' }),
    row({ word: 'needs-you' }),
  ]
  const refused = new Set([rows[3]?.key ?? '', rows[4]?.key ?? ''])
  expect(standingsOf(rows, refused)).toEqual({ handedIn: 2, waiting: 1, notAccepted: 2 })
  expect(standingsOf([], refused)).toEqual({ handedIn: 0, waiting: 0, notAccepted: 0 })
})

it('one’s own numbers are told in one order, without those of which there is nothing', () => {
  const count = (metric: string, confirmed: number, waiting = 0) => ({
    metric,
    confirmed,
    waiting,
    notAccepted: 0,
  })
  const told = shownCounts([
    count('outreach', 3),
    count('disputes:D02', 1),
    count('disputes', 0, 1),
    count('settled', 0),
  ])
  expect(told.map((one) => one.metric)).toEqual(['disputes', 'outreach'])
})
