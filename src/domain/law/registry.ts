import { accept, refuse, type Result } from '../result.ts'
import type { Day } from '../time/day.ts'
import type { LawRegistry, LawVersion } from './law.ts'

/** The row of one version, or null when the registry does not hold it. */
export const findVersion = (registry: LawRegistry, id: string, version: Day): LawVersion | null =>
  registry.find((row) => row.id === id && row.version === version) ?? null

/**
 * Whether a version has this article (`290`, `291-2`). An uncounted version answers no: what nobody counted cannot be relied on.
 * An inserted article (之二) is judged by the article it follows.
 */
export function articleExists(registry: LawRegistry, id: string, version: Day, article: string): boolean {
  const row = findVersion(registry, id, version)
  const base = Number(article.split('-')[0])
  return row !== null && row.lastArticle !== null && base >= 1 && base <= row.lastArticle
}

/** Whether somebody compared this article with an official text. */
export function articleVerified(registry: LawRegistry, id: string, version: Day, article: string): boolean {
  const row = findVersion(registry, id, version)
  return row !== null && row.unverified !== 'all' && !row.unverified.includes(article)
}

export type InForceRefusal = 'law-unknown' | 'version-unknown' | 'not-yet-in-force' | 'repealed'

/** The version if it holds on `day` (Beijing): from `inForceFrom` on, up to the day before `repealedOn`. */
export function lawInForce(
  registry: LawRegistry,
  id: string,
  version: Day,
  day: Day,
): Result<LawVersion, InForceRefusal> {
  if (!registry.some((row) => row.id === id)) return refuse('law-unknown')
  const row = findVersion(registry, id, version)
  if (!row) return refuse('version-unknown')
  if (row.repealedOn !== null && day >= row.repealedOn) return refuse('repealed')
  if (day < row.inForceFrom) return refuse('not-yet-in-force')
  return accept(row)
}

/** Follows `replacedBy` to the version that holds now; null when the chain ends outside the registry. */
export function successorOf(registry: LawRegistry, row: LawVersion): LawVersion | null {
  let current: LawVersion | null = row
  // A chain longer than the registry would be a circle in the data.
  for (let step = 0; current?.replacedBy && step < registry.length; step++) {
    const [id = '', version = ''] = current.replacedBy.split('@')
    current = findVersion(registry, id, version)
  }
  return current === row ? null : current
}

/** What is wrong with the registry itself: a version listed twice, or a successor nobody entered. */
export function registryFaults(
  registry: LawRegistry,
): { reason: 'law-duplicate' | 'successor-unknown'; law: string }[] {
  const seen = new Set<string>()
  return registry.flatMap((row) => {
    const name = `${row.id}@${row.version}`
    const twice = seen.has(name)
    seen.add(name)
    const [id = '', version = ''] = row.replacedBy?.split('@') ?? []
    const lost = row.replacedBy !== null && findVersion(registry, id, version) === null
    return [
      ...(twice ? [{ reason: 'law-duplicate' as const, law: name }] : []),
      ...(lost ? [{ reason: 'successor-unknown' as const, law: name }] : []),
    ]
  })
}
