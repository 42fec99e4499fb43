import type { RouteLocationRaw } from 'vue-router'
import type { Kind } from '#domain/record/kind.ts'
import type { ListRow } from '#phone/api.ts'
import type { RefusedOp } from '#phone/care.ts'
import { bothPlace, placeOf, refusedPlace } from '../../places.ts'
import type { WaitingRecord } from './head-line.ts'

interface Place {
  key: string
  title: string
  kind: Kind
  /** Leads there; null: the page shows it itself. */
  to: RouteLocationRaw | null
}

/** One thing that needs its author. */
export type NeedsYou =
  | (Place & { why: 'refused'; op: RefusedOp })
  | (Place & { why: 'both' | 'returned'; row: ListRow })
  | (Place & { why: 'stuck'; record: WaitingRecord })

/**
 * Everything that needs its author, each with one place to go: refused ops first, then two versions, then what the office handed
 * back, then what this server cannot take. A record that needs somebody and has none of these has two versions (I-24).
 */
export function needsYou(
  rows: readonly ListRow[],
  refused: readonly RefusedOp[],
  waiting: readonly WaitingRecord[],
): NeedsYou[] {
  const withRefused = new Set(refused.map((op) => op.key))
  const marked = rows.filter((row) => row.word === 'needs-you')
  return [
    ...refused.map((op): NeedsYou => ({
      why: 'refused',
      key: `op/${op.n}`,
      title: op.title,
      kind: op.kind,
      to: refusedPlace(op.n),
      op,
    })),
    ...marked
      .filter((row) => row.returned === '' && !withRefused.has(row.key))
      .map((row): NeedsYou => ({
        why: 'both',
        key: row.key,
        title: row.title,
        kind: row.kind,
        to: bothPlace(row.kind, row.id),
        row,
      })),
    ...rows
      .filter((row) => row.returned !== '')
      .map((row): NeedsYou => ({
        why: 'returned',
        key: row.key,
        title: row.title,
        kind: row.kind,
        to: placeOf(row.kind, row.id),
        row,
      })),
    ...waiting
      .filter((one) => one.state === 'stuck')
      .map((record): NeedsYou => ({
        why: 'stuck',
        key: record.key,
        title: record.title,
        kind: record.kind,
        to: null,
        record,
      })),
  ]
}
