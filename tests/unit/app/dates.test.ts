import { describe, expect, it } from 'vitest'
import { clockText, dayText, lunarText, nearDay, weekdayText } from '#app/dates.ts'
import { shownTheme } from '#app/settings.ts'

describe('dates as people say them', () => {
  it('are Beijing’s, wherever the phone thinks it is', () => {
    expect(clockText(Date.parse('2026-05-08T01:41:00Z'))).toBe('9:41')
    expect(clockText(Date.parse('2026-05-07T16:05:00Z'))).toBe('0:05')
    expect(clockText(Date.parse('1969-12-31T23:00:00Z'))).toBe('7:00')
  })
  it('name the year only when it is another one', () => {
    expect(dayText('2026-05-08', '2026-11-01', 'zh-CN')).toBe('5月8日')
    expect(dayText('2025-05-08', '2026-11-01', 'zh-CN')).toBe('2025年5月8日')
    expect(dayText('2026-05-08', '2026-11-01', 'en')).toBe('May 8')
    expect(weekdayText('2026-05-08', 'zh-CN')).toBe('星期五')
  })
  it('know yesterday over the border of a month', () => {
    expect(nearDay('2026-04-30', '2026-05-01')).toBe('yesterday')
    expect(nearDay('2026-05-01', '2026-05-01')).toBe('today')
    expect(nearDay('2026-05-02', '2026-05-01')).toBe('tomorrow')
    expect(nearDay('2026-04-29', '2026-05-01')).toBe(null)
  })
  it('give the lunar day in words, leap months too', () => {
    expect(lunarText('2026-05-08')).toBe('三月廿二')
    expect(lunarText('2026-02-17')).toBe('正月初一')
    expect(lunarText('2025-08-01')).toBe('闰六月初八')
  })
})

it('shows the phone’s own light only when asked to follow it', () => {
  expect(shownTheme('auto', true)).toBe('dark')
  expect(shownTheme('auto', false)).toBe('light')
  expect(shownTheme('sun', true)).toBe('sun')
})
