import * as v from 'valibot'
import { DaySchema } from '../time/day.ts'
import { BlockSchema, type Block, type BlockOf } from './block.ts'
import { CategorySchema } from './category.ts'
import { ShareCodeSchema } from './share-code.ts'

/** Who checked the item. Nobody is invented: without a named lawyer it is a draft. */
const ReviewSchema = v.variant('state', [
  v.object({ state: v.literal('unsigned') }),
  v.object({
    state: v.literal('signed'),
    lawyer: v.pipe(v.string(), v.trim(), v.minLength(2)),
    office: v.pipe(v.string(), v.trim(), v.minLength(2)),
    signedOn: DaySchema,
  }),
])

/** One compiled answer to one question. Loose, so that an older phone carries what a newer compiler wrote. */
export const ContentItemSchema = v.looseObject({
  slug: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{2,39}$/)),
  code: ShareCodeSchema,
  lang: v.literal('zh-CN'),
  title: v.pipe(v.string(), v.minLength(4)),
  /** At most 12 characters, read from across a yard. */
  posterTitle: v.pipe(v.string(), v.minLength(2), v.maxLength(12)),
  category: CategorySchema,
  /** Further situations under which it is also listed. */
  alsoIn: v.array(CategorySchema),
  blocks: v.array(BlockSchema),
  /** How villagers ask it, for search. */
  phrases: v.array(v.pipe(v.string(), v.trim(), v.minLength(2))),
  /** Where it holds, in words, e.g. 全国. */
  area: v.pipe(v.string(), v.minLength(2)),
  /** First day the answer holds; null validTo means until the law changes. */
  validFrom: DaySchema,
  validTo: v.nullable(DaySchema),
  writtenOn: DaySchema,
  /** Last day somebody compared it with the law registry. */
  checkedOn: DaySchema,
  /** First day it is no longer given out; null while it is. */
  retiredOn: v.nullable(DaySchema),
  review: ReviewSchema,
})
export type ContentItem = v.InferOutput<typeof ContentItemSchema>

/** The first block of a kind, or null. */
export function blockOf<K extends Block['kind']>(item: ContentItem, kind: K): BlockOf<K> | null {
  return (item.blocks.find((block) => block.kind === kind) as BlockOf<K> | undefined) ?? null
}

/** The citations an item rests on; an item without a basis block has none. */
export const citationsOf = (item: ContentItem): BlockOf<'basis'>['citations'] =>
  blockOf(item, 'basis')?.citations ?? []
