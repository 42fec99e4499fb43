import { blockOf, type ContentItem } from './content-item.ts'
import { SYNONYMS } from './synonyms.ts'

/** Words that carry no question of their own. Longer first, so that 怎么办 goes before 么. */
const PARTICLES = [
  '怎么办',
  '怎么样',
  '咋办',
  '咋个办',
  '咋整',
  '怎么',
  '怎样',
  '咋个',
  '咋',
  '为什么',
  '为啥',
  '什么',
  '啥子',
  '啥',
  '请问',
  '可不可以',
  '能不能',
  '可以',
  '行不行',
  '是不是',
  '有没有',
  '应该',
  '的话',
  '我们',
  '他们',
  '人家',
  '自己',
  '我家',
  '他家',
  '我',
  '你',
  '他',
  '她',
  '的',
  '了',
  '吗',
  '呢',
  '啊',
  '吧',
  '呀',
  '嘛',
  '么',
  '哦',
  '着',
  '过',
  '就',
  '都',
  '给',
  '把',
  '被',
  '能',
  '要',
  '得',
  '该',
]

// By first sign, longer words first: one look instead of two hundred at every sign of a text.
const WORDS = new Map<string, (readonly [word: string, first: string])[]>()
for (const row of SYNONYMS) {
  for (const word of row) {
    const known = WORDS.get(word.charAt(0)) ?? []
    known.push([word, row[0] ?? word])
    WORDS.set(
      word.charAt(0),
      known.sort(([a], [b]) => b.length - a.length),
    )
  }
}

/** Lower case, full-width digits and letters to plain ones, without spaces and punctuation. */
const tidy = (text: string): string =>
  text
    .replace(/[\uff10-\uff5a]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
    .toLowerCase()
    .replace(/[\s，。？！、；：“”‘’《》（）()?!,.:;"'·…—-]/g, '')

/**
 * Village words turned into the items' words, by one walk from left to right; each group becomes its first word
 * between marks, so that 工钱 meets 工资 and nothing is replaced twice.
 */
function canonical(text: string): string {
  let out = ''
  for (let at = 0; at < text.length;) {
    const found = WORDS.get(text.charAt(at))?.find(([word]) => text.startsWith(word, at))
    out += found ? `〔${found[1]}〕` : text.charAt(at)
    at += found ? found[0].length : 1
  }
  return out
}

const plain = (text: string): string => canonical(tidy(text))

/** Pieces of a query to look for: each known word whole, the rest in pairs of signs after the small words went out. */
function piecesOf(query: string): string[] {
  const pieces = new Set<string>()
  for (const part of plain(query).split(/(〔[^〕]*〕)/)) {
    if (part.startsWith('〔')) pieces.add(part)
    else
      for (const piece of pairs(PARTICLES.reduce((text, word) => text.split(word).join(' '), part)))
        pieces.add(piece)
  }
  return [...pieces]
}

const pairs = (text: string): string[] =>
  text.split(' ').flatMap((run) => {
    if (run.length < 2) return run === '' ? [] : [run]
    return Array.from({ length: run.length - 1 }, (_, at) => run.slice(at, at + 2))
  })

type Entry = { item: ContentItem; title: string; phrases: string[]; body: string; all: string }

// Built once per list: the list of a pack never changes while it is open.
const indexes = new WeakMap<readonly ContentItem[], Entry[]>()

function entryOf(item: ContentItem): Entry {
  const steps = blockOf(item, 'steps')
  const title = plain(`${item.title}${item.posterTitle}`)
  const phrases = item.phrases.map(plain)
  const body = plain(
    [
      blockOf(item, 'answer')?.text,
      ...(steps?.donts ?? []),
      ...(steps?.steps ?? []),
      ...(blockOf(item, 'evidence')?.items.map((one) => one.label) ?? []),
      ...(blockOf(item, 'basis')?.citations.map((one) => `${one.title}${one.plain}`) ?? []),
    ].join(' '),
  )
  return { item, title, phrases, body, all: `${title} ${phrases.join(' ')} ${body}` }
}

function indexOf(items: readonly ContentItem[]): Entry[] {
  const known = indexes.get(items)
  if (known) return known
  const made = items.map(entryOf)
  indexes.set(items, made)
  return made
}

/** A piece that few items hold says more than one that many hold. */
const weightOf = (piece: string, entries: readonly Entry[]): number => {
  const holding = entries.filter((one) => one.all.includes(piece)).length
  const whole = piece.startsWith('〔') ? 2 : 1
  return holding === 0 ? 0 : whole * Math.log(1 + entries.length / holding)
}

type Piece = { text: string; weight: number }

function scoreOf(entry: Entry, query: string, pieces: readonly Piece[]): number {
  const exact = entry.phrases.includes(query) || entry.title === query ? 1000 : 0
  const whole = entry.title.includes(query) ? 60 : entry.phrases.some((one) => one.includes(query)) ? 40 : 0
  const inside = entry.phrases.some((one) => one.length > 3 && query.includes(one)) ? 30 : 0
  let sum = 0
  for (const { text, weight } of pieces) {
    if (entry.title.includes(text)) sum += weight * 4
    const hits = entry.phrases.filter((one) => one.includes(text)).length
    if (hits > 0) sum += weight * (2 + Math.min(hits, 4) / 2)
    if (entry.body.includes(text)) sum += weight
  }
  return sum === 0 ? 0 : exact + whole + inside + sum
}

/**
 * Items that answer a villager's words, best first: an asked phrase word for word, then the title, then other
 * phrasings, then the text. Small words (吗, 怎么办) are ignored, village words count as the items' words.
 * Takes any list of items (give the same array again to reuse its index) and gives at most `limit`; nothing for an
 * empty query.
 */
export function searchContent(items: readonly ContentItem[], query: string, limit = 20): ContentItem[] {
  const text = plain(query.slice(0, 80))
  const entries = indexOf(items)
  const pieces = piecesOf(query.slice(0, 80))
    .map((piece) => ({ text: piece, weight: weightOf(piece, entries) }))
    .filter((piece) => piece.weight > 0)
  if (text === '' || pieces.length === 0) return []
  const scored = entries
    .map((entry, order) => ({ entry, order, score: scoreOf(entry, text, pieces) }))
    .filter((one) => one.score > 0)
    .sort((a, b) => b.score - a.score || a.order - b.order)
  // What scores far below the best is noise, not a further answer.
  const floor = (scored[0]?.score ?? 0) >= 1000 ? 4 : (scored[0]?.score ?? 0) * 0.2
  return scored
    .filter((one) => one.score >= floor)
    .slice(0, limit)
    .map((one) => one.entry.item)
}
