import * as v from 'valibot'
import { accept, refuse, type Result } from '../result.ts'
import { DaySchema } from '../time/day.ts'
import { chineseNumber } from './chinese-number.ts'
import { LawIdSchema, type LawRegistry } from './law.ts'
import { findVersion } from './registry.ts'

/** An article as a statute numbers it: `290`, or `291-2` for 第二百九十一条之二. */
const ArticleSchema = v.pipe(v.string(), v.regex(/^[1-9]\d{0,3}(-[1-9]\d?)?$/))

export const LawReferenceSchema = v.looseObject({
  law: LawIdSchema,
  version: DaySchema,
  article: ArticleSchema,
  /** Paragraph (款) counted from 1; null for the whole article. */
  paragraph: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(20))),
})
export type LawReference = v.InferOutput<typeof LawReferenceSchema>

const REFERENCE = /^([a-z][a-z0-9-]*)@(\d{4}-\d{2}-\d{2})#([1-9]\d{0,3}(?:-[1-9]\d?)?)(?:\.([1-9]\d?))?$/

/** Reads `law@version#article` or `law@version#article.paragraph`; refuses `citation-malformed`. */
export function parseReference(text: string): Result<LawReference, 'citation-malformed'> {
  const found = REFERENCE.exec(text)
  if (!found?.[1] || !found[2] || !found[3]) return refuse('citation-malformed')
  return accept({
    law: found[1],
    version: found[2],
    article: found[3],
    paragraph: found[4] ? Number(found[4]) : null,
  })
}

/** 第二百九十条, 第二百九十一条之二, 第一千零六十七条第二款. */
export function articleText(article: string, paragraph: number | null): string {
  const [base, inserted] = article.split('-').map(Number)
  const between = inserted ? `之${chineseNumber(inserted)}` : ''
  const clause = paragraph ? `第${chineseNumber(paragraph)}款` : ''
  return `第${chineseNumber(base ?? 0)}条${between}${clause}`
}

/**
 * The citation as printed: 《民法典》第二百九十条.
 * Takes the registry for the law's name; an unknown law keeps its id in the text so that nothing is silently lost.
 */
export function citationText(registry: LawRegistry, reference: LawReference): string {
  const name = findVersion(registry, reference.law, reference.version)?.name ?? reference.law
  // Inside 《》 Chinese punctuation writes a further title between 〈〉.
  const inner = name.replace(/《/g, '〈').replace(/》/g, '〉')
  return `《${inner}》${articleText(reference.article, reference.paragraph)}`
}
