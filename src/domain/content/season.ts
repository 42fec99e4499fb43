import * as v from 'valibot'
import { DaySchema, addDays, type Day } from '../time/day.ts'
import type { ContentItem } from './content-item.ts'
import { isVisible, type Stage } from './review.ts'

const MonthDay = v.pipe(v.string(), v.regex(/^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/))

/** A stretch of the farming year, both days included; `from` later than `to` runs over New Year. */
const SeasonSchema = v.object({
  id: v.pipe(v.string(), v.minLength(2)),
  label: v.pipe(v.string(), v.minLength(2), v.maxLength(10)),
  from: MonthDay,
  to: MonthDay,
  /** Slugs in order of preference; the first that may be shown is the question of the season. */
  items: v.pipe(v.array(v.string()), v.minLength(1)),
})

/** A named day, week or month of legal publicity. `days` lists dates of the lunar calendar, year by year. */
const CampaignSchema = v.object({
  id: v.pipe(v.string(), v.minLength(2)),
  name: v.pipe(v.string(), v.minLength(2)),
  from: v.nullable(MonthDay),
  to: v.nullable(MonthDay),
  days: v.array(DaySchema),
  /** Where the date comes from, in words; says so when it is from memory. */
  source: v.pipe(v.string(), v.minLength(2)),
  items: v.array(v.string()),
  /** True when its question takes the season's place on these days. */
  leads: v.boolean(),
})
export type Campaign = v.InferOutput<typeof CampaignSchema>

export const CalendarSchema = v.object({
  /** What kind of place the farming year was written for. */
  place: v.string(),
  seasons: v.array(SeasonSchema),
  campaigns: v.array(CampaignSchema),
})
export type Calendar = v.InferOutput<typeof CalendarSchema>

const covers = (from: string, to: string, monthDay: string): boolean =>
  from <= to ? monthDay >= from && monthDay <= to : monthDay >= from || monthDay <= to

const campaignOn = (campaign: Campaign, today: Day): boolean =>
  campaign.days.includes(today) ||
  (campaign.from !== null && campaign.to !== null && covers(campaign.from, campaign.to, today.slice(5)))

/** The named days and months that fall on `today`, in the calendar's order. */
export const campaignsOn = (calendar: Calendar, today: Day): Campaign[] =>
  calendar.campaigns.filter((one) => campaignOn(one, today))

/**
 * The one question for `today`: a leading campaign's, else the season's; skipping what may not be shown at this stage.
 * null only when nothing of either may be shown.
 */
export function seasonalItem(
  items: readonly ContentItem[],
  calendar: Calendar,
  today: Day,
  stage: Stage = 'demo',
): { item: ContentItem; label: string } | null {
  const shown = (slug: string) => items.find((one) => one.slug === slug && isVisible(one, stage, today))
  const leading = campaignsOn(calendar, today)
    .filter((one) => one.leads)
    .map((one) => ({ label: one.name, items: one.items }))
  const seasons = calendar.seasons.filter((one) => covers(one.from, one.to, today.slice(5)))
  for (const candidate of [...leading, ...seasons]) {
    for (const slug of candidate.items) {
      const item = shown(slug)
      if (item) return { item, label: candidate.label }
    }
  }
  return null
}

/** Days of the year that no season or more than one season covers, as `MM-DD`; a good calendar gives none. */
export function calendarGaps(calendar: Calendar): string[] {
  const leapYear = Array.from({ length: 366 }, (_, offset) => addDays('2028-01-01', offset).slice(5))
  return leapYear.filter(
    (day) => calendar.seasons.filter((one) => covers(one.from, one.to, day)).length !== 1,
  )
}
