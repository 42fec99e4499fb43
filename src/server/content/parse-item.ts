import { fromMarkdown } from 'mdast-util-from-markdown'
import type { List, Nodes, RootContent } from 'mdast'
import * as v from 'valibot'
import { parse as parseYaml } from 'yaml'
import { citationText, parseReference } from '#domain/law/citation.ts'
import type { LawRegistry } from '#domain/law/law.ts'
import type { Block } from '#domain/content/block.ts'
import { ContentItemSchema, type ContentItem } from '#domain/content/content-item.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import { camelKeys } from './camel-keys.ts'

export type ParseReason =
  | 'front-matter-missing'
  | 'front-matter-malformed'
  | 'block-unknown'
  | 'block-twice'
  | 'block-malformed'
  | 'citation-malformed'
export type ParseFault = { reason: ParseReason; text: string }

/** The headings an item may have; each becomes one typed block. */
const HEADINGS = {
  先保平安: 'danger',
  一句话: 'answer',
  怎么办: 'steps',
  留好这些: 'evidence',
  法律怎么说: 'basis',
  谁能帮你: 'help',
  故事: 'story',
} as const
type Heading = keyof typeof HEADINGS

const textOf = (node: Nodes): string =>
  'value' in node ? node.value : 'children' in node ? node.children.map(textOf).join('') : ''

const isList = (node: RootContent): node is List => node.type === 'list'
const linesOf = (nodes: readonly RootContent[], ordered: boolean | null): string[] =>
  nodes
    .filter(isList)
    .filter((list) => ordered === null || Boolean(list.ordered) === ordered)
    .flatMap((list) => list.children.map((one) => textOf(one).trim()))
const paragraphsOf = (nodes: readonly RootContent[]): string[] =>
  nodes.filter((node) => node.type === 'paragraph').map((node) => textOf(node).replace(/\s*\n\s*/g, ''))

/** `camera 现场照片` → ['camera', '现场照片']. */
const splitWord = (line: string): [string, string] => {
  const at = line.indexOf(' ')
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1).trim()]
}

/** One citation line: `law@version#article plain sentence`. */
function citationOf(line: string, registry: LawRegistry) {
  const [reference, plain] = splitWord(line)
  const read = parseReference(reference)
  return read.ok ? { ...read.value, title: citationText(registry, read.value), plain } : null
}

const BUILDERS: Record<Heading, (nodes: RootContent[], registry: LawRegistry) => unknown> = {
  先保平安: (nodes) => ({
    kind: 'danger',
    text: paragraphsOf(nodes).join(''),
    call: linesOf(nodes, false)[0],
  }),
  一句话: (nodes) => ({ kind: 'answer', text: paragraphsOf(nodes).join('') }),
  怎么办: (nodes) => ({ kind: 'steps', donts: linesOf(nodes, false), steps: linesOf(nodes, true) }),
  留好这些: (nodes) => ({
    kind: 'evidence',
    items: linesOf(nodes, false)
      .map(splitWord)
      .map(([icon, label]) => ({ icon, label })),
  }),
  法律怎么说: (nodes, registry) => ({
    kind: 'basis',
    citations: linesOf(nodes, false).map((line) => citationOf(line, registry)),
  }),
  谁能帮你: (nodes) => ({ kind: 'help', slots: linesOf(nodes, false) }),
  故事: (nodes) => ({ kind: 'story', paragraphs: paragraphsOf(nodes) }),
}

/** Cuts the body at its headings; text before the first heading belongs to no block and is refused. */
function sectionsOf(body: string): { heading: string; nodes: RootContent[] }[] {
  const sections: { heading: string; nodes: RootContent[] }[] = []
  for (const node of fromMarkdown(body).children) {
    if (node.type === 'heading') sections.push({ heading: textOf(node).trim(), nodes: [] })
    else if (sections.length === 0) sections.push({ heading: '', nodes: [node] })
    else sections[sections.length - 1]?.nodes.push(node)
  }
  return sections
}

function blocksOf(body: string, registry: LawRegistry): Result<Block[], ParseReason> & { text?: string } {
  const blocks: unknown[] = []
  const seen = new Set<string>()
  for (const { heading, nodes } of sectionsOf(body)) {
    if (!(heading in HEADINGS))
      return { ...refuse('block-unknown' as const), text: heading || '（没有标题的文字）' }
    if (seen.has(heading)) return { ...refuse('block-twice' as const), text: heading }
    seen.add(heading)
    const block = BUILDERS[heading as Heading](nodes, registry) as { citations?: unknown[] }
    if (block.citations?.includes(null)) return { ...refuse('citation-malformed' as const), text: heading }
    blocks.push(block)
  }
  return accept(blocks as Block[])
}

const pathOf = (issue: v.BaseIssue<unknown>): string => v.getDotPath(issue) ?? '?'

/** The front matter as an object, or null when YAML cannot read it as one. */
function frontMatterOf(text: string): Record<string, unknown> | null {
  try {
    const read: unknown = parseYaml(text)
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? camelKeys(read) : null
  } catch {
    return null
  }
}

const DEFAULTS = { lang: 'zh-CN', alsoIn: [], validTo: null, retiredOn: null, review: { state: 'unsigned' } }

const refused = (reason: ParseReason, text: string) => ({ ok: false as const, fault: { reason, text } })

/**
 * Reads one Markdown file with YAML front matter into a typed item. Takes the registry to write out citations.
 * Refuses with the first thing that is wrong, and the place in `text`.
 */
export function parseItem(
  source: string,
  registry: LawRegistry,
): { ok: true; value: ContentItem } | { ok: false; fault: ParseFault } {
  const cut = /^---\r?\n([\s\S]*?)\r?\n---\r?\n([\s\S]*)$/.exec(source.replace(/^\uFEFF/, ''))
  if (!cut) return refused('front-matter-missing', '---')
  const front = frontMatterOf(cut[1] ?? '')
  if (!front) return refused('front-matter-malformed', 'YAML')
  const blocks = blocksOf(cut[2] ?? '', registry)
  if (!blocks.ok) return refused(blocks.reason, blocks.text ?? '')
  const read = v.safeParse(ContentItemSchema, { ...DEFAULTS, ...front, blocks: blocks.value })
  if (read.success) return { ok: true, value: read.output }
  const issue = read.issues[0]
  const where = pathOf(issue)
  return refused(where.startsWith('blocks') ? 'block-malformed' : 'front-matter-malformed', where)
}
