import type { Id } from '#domain/id.ts'
import type { County } from '#domain/region/code.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import { dayOf, type Day } from '#domain/time/day.ts'
import { inAccounts } from '../../accounts/context.ts'
import { endRecordRight, putRecordRight, worksIn } from '../../accounts/record-grants.ts'
import type { Database } from '../../database/database.ts'
import type { AuditEvent } from '../../repositories/audit.ts'
import type { RecordKey, SyncDatabase } from '../../repositories/sync/tables.ts'
import { touch } from './touch.ts'

export interface ShareDeps {
  /** People and rights. */
  database: Database
  tables: SyncDatabase
  /** Epoch ms. */
  clock(): number
}

/** Somebody and the one record that they are let see. */
export interface Shared {
  person: Id
  county: County
  record: RecordKey
}

/** Who gives or takes the right, for the log; null: the operator. */
export type Giver = { person: Id; device: number | null; requestId: string } | null

const eventOf = (action: string, one: Shared, by: Giver): AuditEvent => ({
  actor: by?.person ?? null,
  device: by?.device ?? null,
  role: by ? 'coordinator' : 'operator',
  action,
  object: one.record,
  region: one.county,
  requestId: by?.requestId ?? '',
})

/**
 * Lets somebody see one record from a day on. The right first, then the record's new place: stopped in between, the raised revision
 * and the sums of the village still tell the phone.
 * @param days `to`: the last day; null: until further notice
 */
export async function shareRecord(
  deps: ShareDeps,
  one: Shared,
  days: { from: Day; to: Day | null },
  why: { by: Giver; reason: string } = { by: null, reason: '' },
): Promise<void> {
  const { person, county, record } = one
  const given = { county, kind: record.kind, reason: why.reason, by: why.by?.person ?? null }
  const event = eventOf('share.begin', one, why.by)
  await putRecordRight(deps, { person, record: record.id, ...days }, given, deps.clock(), event)
  await touch(deps.tables, county, [record], deps.clock())
}

/** The same as somebody at a desk asks for it: only what is there, only to who works on cases in that county and so hears of it, and never to themselves. */
export async function share(
  deps: ShareDeps,
  one: Shared,
  days: { from: Day; to: Day },
  why: { by: Giver; reason: string },
): Promise<Result<true, 'not-there' | 'not-of-county' | 'oneself'>> {
  const { county, record, person } = one
  // Opening a file takes two: who decides it is not who reads it (TR-25).
  if (why.by?.person === person) return refuse('oneself')
  const [row] = await deps.tables.push({ counties: [county], devices: [] }, (tables) =>
    tables.lockRecords(county, [record]),
  )
  if (!row || row.deleted) return refuse('not-there')
  const today = dayOf(deps.clock())
  if (!(await inAccounts(deps, (tx) => worksIn(tx, person, county, today)))) return refuse('not-of-county')
  await shareRecord(deps, one, days, why)
  return accept(true)
}

/**
 * Ends that with a day. No exit is written: it would be read by all of a village, and this concerns one person. The raised revision
 * makes the phone ask, the sums of the village no longer name the record, and the repair takes it away, unsent work excepted.
 * @param one `last`: the last day on which it is seen
 * @returns whether there was anything to end
 */
export const unshareRecord = (
  deps: Pick<ShareDeps, 'database' | 'clock'>,
  one: Shared & { last: Day },
  by: Giver = null,
): Promise<boolean> =>
  endRecordRight(
    deps,
    { person: one.person, record: one.record.id, last: one.last },
    deps.clock(),
    eventOf('share.end', one, by),
  )
