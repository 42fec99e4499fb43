import * as v from 'valibot'
import { LawVersionSchema, type LawRegistry, type LawVersion } from '../law/law.ts'
import { DaySchema } from '../time/day.ts'
import { citationsOf, ContentItemSchema, type ContentItem } from './content-item.ts'
import { CalendarSchema } from './season.ts'

/** Lower-case SHA-256. */
const Hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))

/** Everything a phone needs to answer without signal. Loose, so that an older phone keeps what it does not know. */
export const ContentPackSchema = v.looseObject({
  format: v.literal(1),
  stage: v.picklist(['demo', 'production']),
  /** The newest day on which any item in it was checked: the same seeds always give the same version. */
  version: DaySchema,
  /** SHA-256 of the canonical JSON of the pack without this field; the file is named by its first 16 signs. */
  hash: Hash,
  items: v.array(ContentItemSchema),
  calendar: CalendarSchema,
  /** Registry rows the items cite, and what replaces them. */
  laws: v.array(LawVersionSchema),
})
export type ContentPack = v.InferOutput<typeof ContentPackSchema>

/** What a phone asks for first: the current pack's name, what its bytes hash to, and their number. */
export const ContentIndexSchema = v.looseObject({
  format: v.literal(1),
  version: DaySchema,
  pack: v.pipe(v.string(), v.regex(/^pack-[0-9a-f]{16}\.json$/)),
  hash: Hash,
  /** SHA-256 of the file's bytes, to check a download in parts. */
  sha256: Hash,
  bytes: v.pipe(v.number(), v.integer(), v.minValue(1)),
})
export type ContentIndex = v.InferOutput<typeof ContentIndexSchema>

/** The registry rows that items cite, with every later version of the same laws. */
export function lawsCited(items: readonly ContentItem[], registry: LawRegistry): LawVersion[] {
  const wanted = new Set(items.flatMap((item) => citationsOf(item).map((one) => one.law)))
  // A law may be taken over by one of another name, so successors are followed until nothing new comes.
  for (let before = -1; before !== wanted.size;) {
    before = wanted.size
    for (const row of registry)
      if (wanted.has(row.id) && row.replacedBy) wanted.add(row.replacedBy.split('@')[0] ?? row.id)
  }
  return registry.filter((row) => wanted.has(row.id))
}
