import { addDays, type Day } from '#domain/time/day.ts'

const ZONE = 'Asia/Shanghai'
const BEIJING_MS = 8 * 3_600_000
const LUNAR_DAYS =
  '初一 初二 初三 初四 初五 初六 初七 初八 初九 初十 十一 十二 十三 十四 十五 十六 十七 十八 十九 二十 廿一 廿二 廿三 廿四 廿五 廿六 廿七 廿八 廿九 三十'.split(
    ' ',
  )

/** Noon of a Beijing day, so that no zone can move it. */
const noonOf = (day: Day): Date => new Date(`${day}T12:00:00+08:00`)

/** 14:05, 9:41: the Beijing clock of a moment (epoch ms). */
export function clockText(at: number): string {
  const minutes = Math.floor((at + BEIJING_MS) / 60_000) % 1440
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`
}

/** 5月8日; with the year when it is not this one. */
export function dayText(day: Day, today: Day, language: string): string {
  const year = day.slice(0, 4) === today.slice(0, 4) ? undefined : 'numeric'
  return new Intl.DateTimeFormat(language, {
    year,
    month: language === 'en' ? 'short' : 'long',
    day: 'numeric',
    timeZone: ZONE,
  }).format(noonOf(day))
}

/** 星期五. */
export const weekdayText = (day: Day, language: string): string =>
  new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: ZONE }).format(noonOf(day))

/** `today`, `yesterday` or `tomorrow` when a day is one of them, else null. */
export function nearDay(day: Day, today: Day): 'today' | 'yesterday' | 'tomorrow' | null {
  if (day === today) return 'today'
  if (day === addDays(today, -1)) return 'yesterday'
  return day === addDays(today, 1) ? 'tomorrow' : null
}

/** The lunar day, 三月廿二: market days follow it. '' where the engine does not know the calendar. */
export function lunarText(day: Day): string {
  try {
    const format = new Intl.DateTimeFormat('zh-CN-u-ca-chinese', {
      month: 'long',
      day: 'numeric',
      timeZone: ZONE,
    })
    if (format.resolvedOptions().calendar !== 'chinese') return ''
    const parts = format.formatToParts(noonOf(day))
    const month = parts.find((part) => part.type === 'month')?.value ?? ''
    const number = Number.parseInt(parts.find((part) => part.type === 'day')?.value ?? '', 10)
    const name = LUNAR_DAYS[number - 1]
    return name && month.endsWith('月') ? month + name : ''
  } catch {
    return ''
  }
}
