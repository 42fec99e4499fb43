import type { Id } from '#domain/id.ts'
import type { County } from '#domain/region/code.ts'
import type { Day } from '#domain/time/day.ts'
import type { AccountsContext } from '../../accounts/context.ts'
import { endRecordRight, putRecordRight } from '../../accounts/record-grants.ts'
import type { RecordKey, SyncDatabase } from '../../repositories/sync/tables.ts'
import { touch } from './touch.ts'

/** Somebody and the one record that they are let see. */
export interface Shared {
  person: Id
  county: County
  record: RecordKey
}

/**
 * Lets somebody see one record from a day on. The right first, then the record's new place: stopped in between, the raised revision
 * and the sums of the village still tell the phone.
 * @param to the last day; null: until further notice
 */
export async function shareRecord(
  context: AccountsContext,
  database: SyncDatabase,
  { person, county, record }: Shared,
  days: { from: Day; to: Day | null },
): Promise<void> {
  await putRecordRight(context, { person, record: record.id, ...days })
  await touch(database, county, [record], context.now())
}

/**
 * Ends that with a day. No exit is written: it would be read by all of a village, and this concerns one person. The raised revision
 * makes the phone ask, the sums of the village no longer name the record, and the repair takes it away, unsent work excepted.
 */
export const unshareRecord = (
  context: AccountsContext,
  one: Pick<Shared, 'person' | 'record'> & { last: Day },
): Promise<boolean> => endRecordRight(context, { person: one.person, record: one.record.id, last: one.last })
