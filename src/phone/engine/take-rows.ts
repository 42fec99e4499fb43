import type { Row } from '#sync/protocol/wire.ts'
import type { RecRow } from '../database/rows.ts'

/** Whether a row of the server is taken over what is here. */
export type Takes = (row: Row, local: Pick<RecRow, 'rv' | 'pending'> | undefined) => boolean

export const leaves = (row: Row): boolean => typeof row[6] === 'string'

/** The only merge rule: newer wins; equal is taken when no work of ours lies on it. Duplicates and old pages are harmless (I-15, I-16). */
export const isNews: Takes = (row, local) => {
  if (!local) return !leaves(row)
  if (leaves(row)) return row[4] > local.rv
  return row[4] > local.rv || (row[4] === local.rv && local.pending === 0)
}

/** The rule of a repair: what was asked for is taken, but no older version (I-16). */
export const isNotOlder: Takes = (row, local) => !local || leaves(row) || row[4] >= local.rv

/** The rule after a new history, until the first match: the server's word counts, whatever its number. */
export const isWord: Takes = (row, local) => local !== undefined || !leaves(row)
