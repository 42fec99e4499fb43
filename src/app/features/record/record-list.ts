import type { Kind } from '#domain/record/kind.ts'
import type { ListRow } from '#phone/api.ts'

export const FILTERS = ['all', 'dispute', 'outreach', 'service', 'drafts'] as const
export type Filter = (typeof FILTERS)[number]

const KINDS: Readonly<Record<Exclude<Filter, 'drafts'>, readonly Kind[]>> = {
  all: ['dispute', 'outreach', 'service', 'screening', 'lead'],
  dispute: ['dispute'],
  outreach: ['outreach'],
  service: ['service', 'screening', 'lead'],
}

/** The rows of one filter whose title holds every word that was typed, newest first. Drafts are not rows. */
export function shownRows(rows: readonly ListRow[], filter: Filter, words: string): ListRow[] {
  if (filter === 'drafts') return []
  const kinds = KINDS[filter]
  const parts = words.trim().toLowerCase().split(/\s+/).filter(Boolean)
  return rows
    .filter(
      (row) => kinds.includes(row.kind) && parts.every((part) => row.title.toLowerCase().includes(part)),
    )
    .sort((a, b) => b.at - a.at)
}

/** How many records are in each standing, told apart and never as one number; what the office handed back was handed in. */
export interface Standings {
  handedIn: number
  waiting: number
  notAccepted: number
}

/**
 * Each record once: refused work first, then what waits; the rest the server has.
 * @param refused keys of the records with work that was not accepted
 */
export function standingsOf(rows: readonly ListRow[], refused: ReadonlySet<string>): Standings {
  const counts: Standings = { handedIn: 0, waiting: 0, notAccepted: 0 }
  for (const row of rows) {
    if (refused.has(row.key)) counts.notAccepted += 1
    else if (row.pending > 0) counts.waiting += 1
    else counts.handedIn += 1
  }
  return counts
}
