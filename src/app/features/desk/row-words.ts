import type { DeskRow } from '#domain/desk/overview.ts'
import { OFFICIAL_TYPES, typeName, VILLAGE_WORDS } from '#domain/dispute/type.ts'

type Translate = (key: string, values?: Record<string, unknown>) => string

/** A place as it is spoken of: without the mark that says it is invented, which the demo's banner says for all of them. */
export const bareName = (name: string): string => name.replace(/（示例）$/, '')

/** A field of a body as text; '' when it is absent or of another kind. */
export const textOf = (body: Readonly<Record<string, unknown>>, key: string): string => {
  const value = body[key]
  return typeof value === 'string' ? value : ''
}

/** What a dispute is about, without anybody's name: the village's word, else its official type. */
export function matterOf(body: Readonly<Record<string, unknown>>, locale: string): string {
  const english = locale.startsWith('en')
  const word = VILLAGE_WORDS.find((one) => one.id === textOf(body, 'word'))
  if (word) return english ? word.english : word.word
  const code = textOf(body, 'type')
  return english ? (OFFICIAL_TYPES.find((one) => one.code === code)?.english ?? code) : typeName(code)
}

/** The official type of a dispute in words. */
export function typeWords(code: string, locale: string): string {
  return locale.startsWith('en')
    ? (OFFICIAL_TYPES.find((one) => one.code === code)?.english ?? code)
    : typeName(code)
}

/** A session's headcount: 60 人次, or 约 60 人次. */
function heads(body: Readonly<Record<string, unknown>>, t: Translate): string {
  const n = body['attendances']
  if (typeof n !== 'number' || n === 0) return ''
  return t(body['countedHow'] === 'estimated' ? 'desk.row.about' : 'desk.row.heads', { n })
}

/** The two lines of a desk row: what it is, and where it stands. No name of a party in either, unless the reader sees the whole. */
export function rowWords(row: DeskRow, t: Translate, locale: string): { title: string; sub: string } {
  const { body, kind } = row
  const place = bareName(row.place)
  const join = (...parts: string[]) =>
    parts.filter((one) => one !== '').join(locale.startsWith('en') ? ', ' : '，')
  switch (kind) {
    case 'dispute':
      return {
        title: matterOf(body, locale),
        sub: join(place, t(`desk.stage.${textOf(body, 'stage') || 'open'}`)),
      }
    case 'outreach':
      return { title: textOf(body, 'title'), sub: join(place, heads(body, t)) }
    case 'lead':
      return {
        title: textOf(body, 'about'),
        sub: join(place, t(`desk.leadStage.${textOf(body, 'stage') || 'open'}`)),
      }
    case 'register.person':
    case 'register.organisation':
      return { title: textOf(body, 'name'), sub: place }
    default:
      return { title: t(`desk.kind.${kind}`), sub: place }
  }
}
