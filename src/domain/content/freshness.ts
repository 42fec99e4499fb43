import { lawInForce, successorOf, findVersion } from '../law/registry.ts'
import type { LawRegistry, LawVersion } from '../law/law.ts'
import { daysBetween, type Day } from '../time/day.ts'
import { citationsOf, type ContentItem } from './content-item.ts'
import { isRetired } from './review.ts'

export type Freshness = 'current' | 'to-review' | 'law-changed' | 'retired'

/** Half a year: an answer nobody looked at for longer says so. */
const REVIEW_AFTER_DAYS = 183

export type LawChange = { title: string; law: string; version: Day; replacedBy: LawVersion | null }

/** The citations that no longer hold on `today`, each with what took the law's place (null when not known). */
export function lawChanges(item: ContentItem, registry: LawRegistry, today: Day): LawChange[] {
  return citationsOf(item).flatMap((one) => {
    if (lawInForce(registry, one.law, one.version, today).ok) return []
    const row = findVersion(registry, one.law, one.version)
    const replacedBy = row ? successorOf(registry, row) : null
    return [{ title: one.title, law: one.law, version: one.version, replacedBy }]
  })
}

/**
 * How far an item may be trusted on `today` (Beijing day). Retired beats a changed law, a changed law beats an overdue look,
 * because the stronger notice has to be the one people read.
 */
export function freshnessOf(item: ContentItem, registry: LawRegistry, today: Day): Freshness {
  if (isRetired(item, today)) return 'retired'
  if (lawChanges(item, registry, today).length > 0) return 'law-changed'
  return daysBetween(item.checkedOn, today) > REVIEW_AFTER_DAYS ? 'to-review' : 'current'
}
