import { countyOf } from '#domain/region/code.ts'
import type { Row } from '#sync/protocol/wire.ts'
import type { RecRow } from '../database/rows.ts'

/** Whether a row of the server is taken over what is here. */
export type Takes = (row: Row, local: Pick<RecRow, 'rv' | 'pending' | 'village'> | undefined) => boolean

export const leaves = (row: Row): boolean => typeof row[6] === 'string'

/** The only merge rule: newer wins; equal is taken when no work of ours lies on it. Duplicates and old pages are harmless (I-15, I-16). */
export const isNews: Takes = (row, local) => {
  if (!local) return !leaves(row)
  if (leaves(row)) return row[4] > local.rv
  return row[4] > local.rv || (row[4] === local.rv && local.pending === 0)
}

/** The rule of a repair: what was asked for is taken, but no older version (I-16). */
export const isNotOlder: Takes = (row, local) => !local || leaves(row) || row[4] >= local.rv

/**
 * The rule after a new history, until the first match: the server's word counts, whatever its number. Only what one county says it
 * sent away may have come with the page of another, and stays (I-14).
 */
export const isWord: Takes = (row, local) => {
  if (!leaves(row)) return true
  return local !== undefined && (row[4] > local.rv || countyOf(row[2]) === countyOf(local.village))
}
