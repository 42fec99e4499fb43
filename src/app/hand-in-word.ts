import type { ListRow, SyncState, SyncStatus, SyncWord } from '#phone/api.ts'
import type { Health } from '#phone/care.ts'

/**
 * The state of a record as it may be said: that it was handed in only while phone and server are known to agree, and until then that
 * nobody has checked (L-18).
 */
export const stateSaid = (state: SyncState, health: Pick<Health, 'agreement'> | undefined): SyncState =>
  state === 'uploaded' && health?.agreement !== 'match' ? 'unknown' : state

/** The pill on 今天: one of the three words for all there is, and how many records it means; 0: no number. */
export interface HandInWord {
  word: SyncWord
  count: number
}

/**
 * How all of it stands: what needs somebody first, then what waits. 交上去了 for all of it is said only when the phone says so for
 * everything (L-18); while nothing waits and that is not known, it is 存好了.
 * @param records that wait
 */
export function handInWord(
  status: Pick<SyncStatus, 'waiting' | 'refused'>,
  rows: readonly Pick<ListRow, 'word'>[],
  records: number,
  health: Pick<Health, 'allHandedIn'> | undefined,
): HandInWord {
  const needing = rows.filter((row) => row.word === 'needs-you').length
  if (status.refused > 0 || needing > 0) return { word: 'needs-you', count: Math.max(1, needing) }
  if (status.waiting > 0) return { word: 'saved', count: records }
  return { word: health?.allHandedIn ? 'handed-in' : 'saved', count: 0 }
}
