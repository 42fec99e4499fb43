import { viewOf } from '#domain/access/grant.ts'
import type { Lane } from '#domain/access/lane.ts'
import { offlineRights } from '#domain/access/scope.ts'
import { keyOf } from '#phone/database/rows.ts'
import { canonical } from '#sync/protocol/canonical.ts'
import type { Office } from '../world/office.ts'
import type { Clear } from './phone-content.ts'
import { keyOfRecord } from './replay.ts'
import type { ServerContent } from './server-content.ts'
import { must } from './violation.ts'

/**
 * I-14: whatever the ledger holds up to a phone's cursor, and its rights show, is on the phone. Asked only while rights stand as they
 * stood when the phone was entered, and while phone and server speak of one history: else what is missing may still be on its way.
 * @param walked places that the phone walked in an earlier history, where another record may stand by now
 */
export function expectCursor(
  clear: Clear,
  content: ServerContent,
  office: Office,
  { where, walked }: { where: string; walked: ReadonlyMap<string, number> },
): void {
  if (clear.sync?.epoch !== content.epoch || !clear.me) return
  const index = office.indexOf(clear.me.person)
  const rights = office.rightsOf(index)
  const isSettled =
    office.isUntouched(index) &&
    canonical(clear.me.grants) === canonical([...rights.grants]) &&
    !clear.me.provisional
  if (!isSettled) return
  const shown = offlineRights({ ...rights, records: [] })
  const held = new Map(clear.rec.map((row) => [keyOf(row.kind, row.id), row.rv]))
  const busy = new Set([...clear.out, ...clear.dead].map((one) => one.key))
  for (const row of content.records) {
    const cursor = clear.cursors.get(row.county) ?? 0
    const key = keyOfRecord(row)
    if (row.seq > cursor || row.deleted || busy.has(key)) continue
    if (row.seq <= (walked.get(row.county) ?? 0)) continue
    if (viewOf(shown, { ...row, lane: row.lane as Lane }, office.today) !== 'full') continue
    must(
      (held.get(key) ?? -1) >= row.rv,
      'I-14',
      () => `${where}: the cursor stands at ${cursor}, but ${key}@${row.rv} of place ${row.seq} is not here`,
      'lost',
    )
  }
}
