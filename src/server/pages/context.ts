import type { HelperId } from '#domain/content/helper.ts'
import type { LawRegistry } from '#domain/law/law.ts'
import type { Day } from '#domain/time/day.ts'

/** The steps of text size, in CSS pixels, as everywhere in the product. */
export const SIZES = [18, 22, 26, 30] as const
export type TextSize = (typeof SIZES)[number]

/** Somebody of the village or township who helps. */
type VillageHelper = {
  name: string
  role: HelperId
  /** null when the person gave no number; the row then has no button. */
  phone: string | null
  /** When and where to find them, in words; null when not said. */
  when: string | null
}

/** Everything a public page is told; it asks for nothing itself. */
export type PublicContext = {
  /** `https://host` without a path, as printed in codes and links. */
  origin: string
  /** Name to show, marked 示例 in the demo; null when no village is known. */
  village: string | null
  helpers: readonly VillageHelper[]
  /** The 县级以上 unit that answers for the site, and its filing number; null in the demo. */
  sponsor: string | null
  filingNo: string | null
  demo: boolean
  today: Day
  registry: LawRegistry
  /** Path of the hashed stylesheet. */
  stylesheet: string
  size: TextSize
  /** This page's own path without query, for the size links. */
  path: string
  /** Where to choose another village, or leave word; null when there is no such page. */
  changeVillageHref: string | null
  leaveWordHref: string | null
}

/** The size a query string asks for; anything else is the ordinary 18. */
export const readSize = (asked: unknown): TextSize => SIZES.find((one) => String(one) === String(asked)) ?? 18

/** A path of our own that keeps the chosen text size. */
export const pathWithSize = (path: string, size: TextSize): string =>
  size === 18 ? path : `${path}?size=${size}`
