import { expect, it } from 'vitest'
import { matterOf, rowWords } from '#app/features/desk/row-words.ts'
import type { DeskRow } from '#domain/desk/overview.ts'
import { skeletonOf } from '#domain/record/skeleton.ts'
import { makeDispute } from '#tests/support/make-dispute.ts'

const words = (key: string, values: Record<string, unknown> = {}) => [key, ...Object.values(values)].join(' ')
const row = (over: Partial<DeskRow>): DeskRow => ({
  kind: 'dispute',
  id: '01912345-0000-7000-8000-000000000001',
  on: '2026-05-08',
  n: 1,
  place: '石桥村（示例）',
  region: '999901101201',
  view: 'skeleton',
  body: {},
  at: 0,
  ...over,
})

it('[D-112] names a dispute by its matter and place, never by its families', () => {
  const body = skeletonOf('dispute', makeDispute({ word: 'drain', topic: '王家的沟' }))
  expect(rowWords(row({ body }), words, 'zh-CN')).toEqual({ title: '排水', sub: '石桥村，desk.stage.open' })
  expect(rowWords(row({ body }), words, 'en').title).toBe('Drainage')
})

it('falls back to the official type where no village word was chosen', () => {
  expect(matterOf({ type: 'D02', word: '' }, 'zh-CN')).toBe('邻里纠纷')
  expect(matterOf({ type: 'D02' }, 'en')).toBe('Neighbours')
})

it('tells an estimated headcount from a counted one', () => {
  const talk = (countedHow: string) =>
    rowWords(
      row({ kind: 'outreach', body: { title: '集市讲防骗', attendances: 60, countedHow } }),
      words,
      'zh-CN',
    ).sub
  expect(talk('estimated')).toBe('石桥村，desk.row.about 60')
  expect(talk('counted')).toBe('石桥村，desk.row.heads 60')
})
