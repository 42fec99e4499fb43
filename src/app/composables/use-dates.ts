import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { dayOf, daysBetween, type Day } from '#domain/time/day.ts'
import { clockText, dayText, lunarText, nearDay, weekdayText } from '../dates.ts'
import { useServices } from '../services.ts'

/** Dates as people say them: 今天 14:05, 昨天, 5月8日 星期五. */
export function useDates() {
  const { clock } = useServices()
  const { t, locale } = useI18n()

  const day = (one: Day): string => {
    const near = nearDay(one, clock.today.value)
    return near ? t(`date.${near}`) : dayText(one, clock.today.value, locale.value)
  }
  return {
    today: clock.today,
    lunar: computed(() => (locale.value === 'zh-CN' ? lunarText(clock.today.value) : '')),
    weekday: (one: Day) => weekdayText(one, locale.value),
    /** 5月8日, also for today. */
    plain: (one: Day) => dayText(one, clock.today.value, locale.value),
    /** 今天, 昨天, 5月6日. */
    day,
    /** 今天 14:05, 昨天 19:20, and only the day when it is longer ago. */
    moment: (at: number): string => {
      const one = dayOf(at)
      return nearDay(one, clock.today.value) ? t('date.at', { day: day(one), time: clockText(at) }) : day(one)
    },
    clock: clockText,
    /** 还有 10 天, 过了 3 天. */
    distance: (one: Day): string => {
      const days = daysBetween(clock.today.value, one)
      if (days === 0) return t('date.isToday')
      return days > 0 ? t('date.left', { n: days }, days) : t('date.past', { n: -days }, -days)
    },
  }
}
