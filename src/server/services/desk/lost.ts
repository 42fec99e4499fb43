import type { LostList } from '#domain/desk/lost.ts'
import { dayOf } from '#domain/time/day.ts'
import { valueOf } from '#sync/fold/losses.ts'
import { namesOfDevices } from '../../accounts/people.ts'
import { readAs, readSettings } from '../../database/read-settings.ts'
import { record } from '../../repositories/audit.ts'
import { maskedBody, maskedValue } from '../../privacy/sealed-body.ts'
import { lostOf } from '../../repositories/desk/lost.ts'
import type { DeskDeps, Reader } from './desk.ts'
import { listed } from './list-row.ts'
import { sitsOver } from './reading.ts'

const ROWS = 200

/**
 * Values of a region that were replaced without their authors having seen it, each beside what stands: of records that the reader may
 * read whole. One line in the log when any is shown (D-108). @returns null for a region that is not there or not the reader's (D-107)
 */
export async function lostIn(deps: DeskDeps, who: Reader, region: string): Promise<LostList | null> {
  const now = deps.clock()
  const today = dayOf(now)
  if (!sitsOver(who.rights, region, today) || region.length < 6) return null
  const rows = await readAs(deps.database, readSettings(who.rights, today), async (tx) => {
    const found = await lostOf(tx, region, ROWS)
    if (found.length > 0)
      await record(tx, now, {
        actor: who.person,
        device: who.device,
        role: 'coordinator',
        action: 'desk.lost',
        object: { kind: 'list', id: 'lost' },
        region,
        requestId: who.requestId,
      })
    return found
  })
  const names = await deps.database.as('accounts', {}, (tx) =>
    namesOfDevices(
      tx,
      rows.map((one) => one.who),
    ),
  )
  return {
    asOf: { at: now },
    rows: rows.map((one) => ({
      row: listed(one),
      field: one.field,
      rv: one.rv,
      lost: maskedValue(one.kind, one.field, one.value),
      kept: maskedValue(one.kind, one.field, valueOf(maskedBody(one.kind, one.body), one.field)),
      author: names.get(one.who) ?? '',
      at: one.lostAt,
    })),
  }
}
