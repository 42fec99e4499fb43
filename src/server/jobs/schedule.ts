import { dayOf } from '#domain/time/day.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** When a job runs: once a night from an hour of the Chinese clock on, or once in every so many minutes. */
export type Rhythm = { nightlyAt: number } | { everyMinutes: number }

/** The name of the stretch that a moment belongs to: the same name, the same run. @param now epoch ms */
export function slotAt(rhythm: Rhythm, now: number): string {
  if ('everyMinutes' in rhythm) return String(Math.floor(now / (rhythm.everyMinutes * MINUTE_MS)))
  return dayOf(now - rhythm.nightlyAt * HOUR_MS)
}
