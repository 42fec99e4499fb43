/** `14:05` in Beijing is eight hours ahead of UTC, without summer time. */
const BEIJING_MS = 8 * 3_600_000

/** Hours and minutes of a moment (epoch ms) in Beijing: `14:05`. */
export function clockOf(at: number): string {
  const minutes = Math.floor((at + BEIJING_MS) / 60_000) % 1440
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}

/** 1460 → 1,460. */
export const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',')

/** The number of a month: `2026-03` → 3. */
export const monthNumber = (month: string): number => Number(month.slice(5, 7))

/** Month and day without zeros in front: `2026-05-08` → [5, 8]. */
export const monthAndDay = (day: string): [number, number] => [
  Number(day.slice(5, 7)),
  Number(day.slice(8, 10)),
]
