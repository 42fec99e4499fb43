import { beforeAll, describe, expect, it } from 'vitest'
import type { ContentItem } from '#domain/content/content-item.ts'
import { freshnessOf, lawChanges } from '#domain/content/freshness.ts'
import { isReachable, isVisible, reviewLine } from '#domain/content/review.ts'
import { searchContent } from '#domain/content/search.ts'
import { seasonalItem } from '#domain/content/season.ts'
import type { LoadedContent } from '#server/content/load-content.ts'
import { seededContent, TODAY } from './seeds.ts'

let content: LoadedContent
beforeAll(async () => {
  content = await seededContent()
})
const item = (slug: string): ContentItem => {
  const found = content.items.find((one) => one.slug === slug)
  if (!found) throw new Error(slug)
  return found
}

describe('how far an answer may be trusted', () => {
  it('[D-68] a draft says so in the demo and is absent in production; a signed item is in both', () => {
    const draft = item('pai-shui')
    expect(reviewLine(draft)).toBe('样稿，未经律师审核')
    expect([isVisible(draft, 'demo', TODAY), isVisible(draft, 'production', TODAY)]).toEqual([true, false])
    expect(isReachable(draft, 'production')).toBe(false)
    const review = { state: 'signed' as const, lawyer: '示例', office: '示例律师事务所', signedOn: TODAY }
    expect(isVisible({ ...draft, review }, 'production', TODAY)).toBe(true)
    expect(reviewLine({ ...draft, review })).not.toContain('样稿')
  })

  it('[D-68] nobody is invented as reviewer: every seeded item is a draft', () => {
    expect(content.items.filter((one) => one.review.state !== 'unsigned')).toEqual([])
  })

  it('[D-69] is current for 183 days after it was checked, then to be reviewed', () => {
    const checked = { ...item('pai-shui'), checkedOn: '2026-01-01' }
    expect(freshnessOf(checked, content.registry, '2026-07-03')).toBe('current')
    expect(freshnessOf(checked, content.registry, '2026-07-04')).toBe('to-review')
  })

  it('[D-70] a new version of a law flips everything that cites the old one, from its very day, and nothing else', () => {
    const replaced = content.registry.map((row) =>
      row.id === 'minfadian' ? { ...row, repealedOn: '2027-01-01', replacedBy: 'minfadian@2026-12-01' } : row,
    )
    const code = content.registry.find((row) => row.id === 'minfadian')
    if (!code) throw new Error('minfadian')
    const registry = [...replaced, { ...code, version: '2026-12-01', inForceFrom: '2027-01-01' }]
    const changed = (day: string) =>
      content.items.filter((one) => freshnessOf(one, registry, day) === 'law-changed').map((one) => one.slug)
    expect(changed('2026-12-31')).toEqual([])
    expect(changed('2027-01-01')).toEqual(
      content.items.filter((one) => JSON.stringify(one.blocks).includes('minfadian')).map((one) => one.slug),
    )
    expect(changed('2027-01-01')).not.toContain('tuo-qian-gong-zi')
    expect(lawChanges(item('pai-shui'), registry, '2027-01-01')[0]?.replacedBy?.version).toBe('2026-12-01')
  })

  it('[D-71] a retired item is not listed, found or suggested, but its link answers', () => {
    const retired = { ...item('jie-shui'), retiredOn: '2026-05-01' }
    const items = content.items.map((one) => (one.slug === 'jie-shui' ? retired : one))
    expect(freshnessOf(retired, content.registry, '2026-05-02')).toBe('retired')
    expect(isVisible(retired, 'demo', '2026-04-30')).toBe(true)
    expect(isVisible(retired, 'demo', '2026-05-01')).toBe(false)
    expect(isReachable(retired, 'demo')).toBe(true)
    expect(seasonalItem(items, content.calendar, '2026-05-02')?.item.slug).toBe('pai-shui')
    const listed = items.filter((one) => isVisible(one, 'demo', '2026-05-02'))
    expect(searchContent(listed, '上家截水').map((one) => one.slug)).not.toContain('jie-shui')
  })

  it('[D-71] past its last valid day an item counts as retired', () => {
    const ended = { ...item('jie-shui'), validTo: '2026-06-30' }
    expect(freshnessOf(ended, content.registry, '2026-06-30')).toBe('current')
    expect(freshnessOf(ended, content.registry, '2026-07-01')).toBe('retired')
  })
})
