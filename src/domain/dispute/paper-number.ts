/**
 * The short number a mediator copies into the paper book: village, year, the letter of this phone, running number.
 * The letter keeps two phones of one village apart without a network; the committee's official number comes from its clerk.
 * @param village short name of the village, 石桥
 * @param mark the letter the server gave this installation in its village: A, B …
 * @param count the how-many-th record of the year on this phone, from 1
 */
export const paperNumber = (village: string, year: number, mark: string, count: number): string =>
  `${village} ${year}–${mark}${String(count).padStart(3, '0')}`

/** Whether a text is a number of that shape: at most a village's short name, then year, letter and count. */
export const isPaperNumber = (value: unknown): boolean =>
  typeof value === 'string' && /^[^\s\d]{1,20} \d{4}–[A-Z]{1,3}\d{3,6}$/.test(value)

/**
 * The number somebody typed from the paper book or heard read out: any dash, any case, with or without the blank.
 * @returns the number as it is kept, or what was typed when it has another shape
 */
export function readPaperNumber(typed: string): string {
  const text = typed.normalize('NFKC').trim()
  const [, village, year, rest] =
    /^([^\s\d]{1,20})\s*(\d{4})\s*[-‐‑–—−]?\s*([A-Za-z]{1,3}\d{3,6})$/.exec(text) ?? []
  return village && year && rest ? `${village} ${year}–${rest.toUpperCase()}` : text
}
