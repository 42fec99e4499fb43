import type { ContentItem } from '#domain/content/content-item.ts'
import { isReachable, type Stage } from '#domain/content/review.ts'
import { readShareCode } from '#domain/content/share-code.ts'
import type { LawRegistry } from '#domain/law/law.ts'
import type { Day } from '#domain/time/day.ts'
import { buildPack, type BuiltPack } from '../../content/build-pack.ts'
import { loadContent } from '../../content/load-content.ts'
import { faultSentence } from '../../content/reasons.ts'
import { CannotStart } from '../../database/refused.ts'

/** The legal content this server gives out: the pack for phones, and the items for its own pages. */
export interface Content {
  registry: LawRegistry
  built: BuiltPack
  /** The items of this stage, retired ones too, because an old link still leads to them. */
  items: readonly ContentItem[]
  bySlug(slug: string): ContentItem | null
  /** By a code as somebody typed it from a wall. */
  byCode(typed: string): ContentItem | null
}

/**
 * Compiles the seeds once at start. A content file with a wrong article stops the start with the sentence that says which:
 * a wrong answer is worse than none.
 */
export async function openContent(seedsFolder: string, stage: Stage, today: Day): Promise<Content> {
  const loaded = await loadContent(seedsFolder, today)
  if (!loaded.ok) {
    const [first] = loaded.faults
    throw new CannotStart('content', first ? faultSentence(first) : 'The content in seeds could not be read.')
  }
  const { registry } = loaded.value
  const items = loaded.value.items.filter((one) => isReachable(one, stage))
  const slugs = new Map(items.map((one) => [one.slug, one]))
  const codes = new Map(items.map((one) => [one.code, one]))
  return {
    registry,
    built: buildPack(loaded.value, stage),
    items,
    bySlug: (slug) => slugs.get(slug) ?? null,
    byCode: (typed) => {
      const code = readShareCode(typed)
      return code === null ? null : (codes.get(code) ?? null)
    },
  }
}
