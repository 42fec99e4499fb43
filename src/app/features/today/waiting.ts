import type { Day } from '#domain/time/day.ts'
import type { ListRow } from '#phone/api.ts'

/** Something that waits for this person: what kind it is decides its colour and word. */
export interface WaitingItem {
  row: ListRow
  why: 'follow-up' | 'returned' | 'refused' | 'lead'
}

const done = (row: ListRow): boolean => row.stage === 'cancelled' || row.stage === 'closed'

function whyOf(row: ListRow, today: Day): WaitingItem['why'] | null {
  if (row.returned !== '') return 'returned'
  if (row.word === 'needs-you') return 'refused'
  if (row.kind === 'lead') return row.stage === 'open' ? 'lead' : null
  return row.kind === 'dispute' && row.dueOn !== null && row.dueOn <= today && !done(row) ? 'follow-up' : null
}

const ORDER: readonly WaitingItem['why'][] = ['follow-up', 'refused', 'returned', 'lead']

/** What waits, the visits of today first, then what came back, then who asked; older first inside each. */
export function waitingFor(rows: readonly ListRow[], today: Day): WaitingItem[] {
  const items: WaitingItem[] = []
  for (const row of rows) {
    const why = whyOf(row, today)
    if (why) items.push({ row, why })
  }
  return items.sort((a, b) => ORDER.indexOf(a.why) - ORDER.indexOf(b.why) || a.row.at - b.row.at)
}

/** The newest records that this person would know by sight: no requests, no registers. */
export const recentOf = (rows: readonly ListRow[], count: number): ListRow[] =>
  rows
    .filter(
      (row) =>
        row.kind === 'dispute' ||
        row.kind === 'outreach' ||
        row.kind === 'service' ||
        row.kind === 'screening',
    )
    .sort((a, b) => b.at - a.at)
    .slice(0, count)
