import { beforeAll, describe, expect, it } from 'vitest'
import { calendarGaps, campaignsOn, seasonalItem } from '#domain/content/season.ts'
import { addDays } from '#domain/time/day.ts'
import type { LoadedContent } from '#server/content/load-content.ts'
import { seededContent } from './seeds.ts'

let content: LoadedContent
beforeAll(async () => {
  content = await seededContent()
})
const on = (day: string) => {
  const found = seasonalItem(content.items, content.calendar, day)
  return found && `${found.label} ${found.item.slug}`
}

describe('the question of the season', () => {
  it('[D-75] every day of four years has exactly one season and one question', () => {
    expect(calendarGaps(content.calendar)).toEqual([])
    for (let day = '2026-01-01'; day <= '2029-12-31'; day = addDays(day, 1))
      expect(on(day), day).not.toBeNull()
  })

  it('[D-75] a gap and an overlap are both found, over New Year too', () => {
    const [first, ...rest] = content.calendar.seasons
    if (!first) throw new Error('no season')
    expect(calendarGaps({ ...content.calendar, seasons: rest })).toContain('12-31')
    expect(calendarGaps({ ...content.calendar, seasons: [first, first, ...rest] })).toContain('01-01')
  })

  it('[D-75] follows the farming year', () => {
    expect(on('2026-05-05')).toBe('插秧放水 jie-shui')
    expect(on('2027-01-20')).toBe('年前讨工钱 tuo-qian-gong-zi')
    expect(on('2026-12-31')).toBe('年前讨工钱 tuo-qian-gong-zi')
  })

  it('[D-76] a leading day takes the place of the season, an ordinary campaign does not', () => {
    expect(on('2026-03-15')).toBe('消费者权益日 xiao-fei')
    expect(on('2026-03-16')).toBe('春耕买种 jia-zhong-zi')
    expect(on('2026-10-18')).toBe('老年节 shan-yang')
    expect(on('2026-10-19')).toBe('秋收结工钱 tuo-qian-gong-zi')
    expect(campaignsOn(content.calendar, '2026-12-04').map((one) => one.id)).toContain('constitution')
  })

  it('[D-76] skips what may not be shown, and says nothing when nothing may', () => {
    const without = content.items.filter((one) => one.slug !== 'jie-shui')
    expect(seasonalItem(without, content.calendar, '2026-05-05')?.item.slug).toBe('pai-shui')
    expect(seasonalItem(content.items, content.calendar, '2026-05-05', 'production')).toBeNull()
  })
})
