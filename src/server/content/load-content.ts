import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { parse as parseYaml } from 'yaml'
import { itemFaults, unverifiedCitations } from '#domain/content/check-item.ts'
import type { ContentItem } from '#domain/content/content-item.ts'
import { calendarGaps, CalendarSchema, type Calendar } from '#domain/content/season.ts'
import { LawVersionSchema, type LawRegistry, type LawVersion } from '#domain/law/law.ts'
import { registryFaults } from '#domain/law/registry.ts'
import type { Day } from '#domain/time/day.ts'
import { camelKeys } from './camel-keys.ts'
import { parseItem } from './parse-item.ts'
import type { LoadFault, LoadReason } from './reasons.ts'

export type LoadedContent = {
  registry: LawRegistry
  items: ContentItem[]
  /** Items that cite an article nobody compared with an official text: compiled, but given to nobody. */
  withheld: { item: ContentItem; because: string[] }[]
  calendar: Calendar
}
type Loaded = { ok: true; value: LoadedContent } | { ok: false; faults: LoadFault[] }
type Text = { file: string; text: string }

/** The files of one seeds folder with an ending, in name order; null when the folder cannot be read. */
async function filesIn(seeds: string, folder: string, ending: string): Promise<Text[] | null> {
  try {
    const names = (await readdir(join(seeds, folder))).filter((name) => name.endsWith(ending)).sort()
    const read = async (name: string) => ({
      file: `seeds/${folder}/${name}`,
      text: await readFile(join(seeds, folder, name), 'utf8'),
    })
    return await Promise.all(names.map(read))
  } catch {
    return null
  }
}

const yamlOf = (text: string): Record<string, unknown> | null => {
  try {
    const read: unknown = parseYaml(text)
    return typeof read === 'object' && read !== null ? camelKeys(read) : null
  } catch {
    return null
  }
}

/** One law file: id and name once, its versions as a list. */
function readLaw({ file, text }: Text): { rows: LawVersion[]; faults: LoadFault[] } {
  const law = yamlOf(text)
  const bad = (where: string) => ({
    rows: [],
    faults: [{ file, reason: 'law-malformed' as const, text: where }],
  })
  if (!law || !Array.isArray(law['versions'])) return bad('versions')
  const rows: LawVersion[] = []
  for (const one of law['versions'] as object[]) {
    const defaults = { id: law['id'], name: law['name'], repealedOn: null, replacedBy: null, unverified: [] }
    const read = v.safeParse(LawVersionSchema, { ...defaults, ...one })
    if (!read.success) return bad(v.getDotPath(read.issues[0]) ?? '?')
    rows.push(read.output)
  }
  return { rows, faults: [] }
}

/** Reads the law registry alone. */
export async function loadRegistry(seeds: string): Promise<{ registry: LawVersion[]; faults: LoadFault[] }> {
  const files = await filesIn(seeds, 'laws', '.yaml')
  if (!files) return { registry: [], faults: [{ file: 'seeds/laws', reason: 'folder-unreadable', text: '' }] }
  const read = files.map(readLaw)
  const registry = read.flatMap((one) => one.rows)
  const faults = registryFaults(registry).map(({ reason, law }) => ({
    file: 'seeds/laws',
    reason,
    text: law,
  }))
  return { registry, faults: [...read.flatMap((one) => one.faults), ...faults] }
}

function readItem({ file, text }: Text, registry: LawRegistry, today: Day) {
  const fault = (reason: LoadReason, about: string): LoadFault => ({ file, reason, text: about })
  const read = parseItem(text, registry)
  if (!read.ok) return { file, item: null, faults: [fault(read.fault.reason, read.fault.text)] }
  const item = read.value
  const named = file.endsWith(`/${item.slug}.md`) ? [] : [fault('slug-not-file-name', item.slug)]
  const faults = itemFaults(item, registry, today).map((one) => fault(one.reason, one.text))
  return { file, item, faults: [...named, ...faults] }
}

function duplicates(read: readonly { file: string; item: ContentItem | null }[]): LoadFault[] {
  const seen = new Set<string>()
  const again = (key: string): boolean => seen.size === seen.add(key).size
  return read.flatMap(({ file, item }): LoadFault[] => {
    if (!item) return []
    return [
      ...(again(`slug ${item.slug}`) ? [{ file, reason: 'slug-duplicate' as const, text: item.slug }] : []),
      ...(again(`code ${item.code}`) ? [{ file, reason: 'code-duplicate' as const, text: item.code }] : []),
    ]
  })
}

function readCalendar(files: readonly Text[] | null, slugs: ReadonlySet<string>) {
  const file = files?.[0]?.file ?? 'seeds/calendar'
  const read = v.safeParse(CalendarSchema, yamlOf(files?.[0]?.text ?? ''))
  if (!read.success) {
    const text = v.getDotPath(read.issues[0]) ?? '?'
    return { calendar: null, faults: [{ file, reason: 'calendar-malformed' as const, text }] }
  }
  const calendar = read.output
  const named = [...calendar.seasons, ...calendar.campaigns].flatMap((one) => one.items)
  return {
    calendar,
    faults: [
      ...calendarGaps(calendar).map((text): LoadFault => ({ file, reason: 'calendar-gap', text })),
      ...named
        .filter((slug) => !slugs.has(slug))
        .map((text): LoadFault => ({ file, reason: 'calendar-item-unknown', text })),
    ],
  }
}

/**
 * Reads and checks everything under a seeds folder (`laws`, `content`, `calendar`) as of `today` (Beijing day).
 * Refuses with every fault found, each naming its file, so that one run is enough to mend them all.
 */
export async function loadContent(seeds: string, today: Day): Promise<Loaded> {
  const { registry, faults: lawFaults } = await loadRegistry(seeds)
  const files = await filesIn(seeds, 'content', '.md')
  const missing: LoadFault[] = files ? [] : [{ file: 'seeds/content', reason: 'folder-unreadable', text: '' }]
  const read = (files ?? []).map((file) => readItem(file, registry, today))
  const all = read.flatMap((one) => (one.item ? [one.item] : []))
  const { calendar, faults: calendarFaults } = readCalendar(
    await filesIn(seeds, 'calendar', '.yaml'),
    new Set(all.map((one) => one.slug)),
  )
  const faults = [
    ...lawFaults,
    ...missing,
    ...read.flatMap((one) => one.faults),
    ...duplicates(read),
    ...calendarFaults,
  ]
  if (faults.length > 0 || !calendar) return { ok: false, faults }
  const judged = all.map((item) => ({ item, because: unverifiedCitations(item, registry) }))
  return {
    ok: true,
    value: {
      registry,
      items: judged.filter((one) => one.because.length === 0).map((one) => one.item),
      withheld: judged.filter((one) => one.because.length > 0),
      calendar,
    },
  }
}
