import type { Id } from '#domain/id.ts'
import type { County } from '#domain/region/code.ts'
import type { Database } from '../../database/database.ts'
import { awaiting, noteState } from '../../repositories/attachments/awaited.ts'
import { serverOp, type Ledger } from './ledger.ts'
import { deviceOf } from './locker.ts'

export interface SettleDeps {
  database: Database
  ledger: Ledger
  clock(): number
}

/** What was found out about bytes, as the op that says so. */
const OPS = {
  stored: 'attachment.stored',
  failed: 'attachment.failed',
  awaited: 'attachment.awaited',
} as const

/**
 * Says in the ledger what became of the bytes that these records wait for. Records that say so already, and those of other content,
 * stay as they are; done twice, it happens once.
 */
export async function say(
  deps: SettleDeps,
  what: keyof typeof OPS,
  of: { county: County; ids: readonly Id[]; sha256: string; device: number },
): Promise<void> {
  if (of.ids.length === 0) return
  await serverOp(deps.ledger, {
    county: of.county,
    device: of.device,
    keys: of.ids.map((id) => ({ kind: 'attachment', id })),
    op: OPS[what],
    args: { sha256: of.sha256 },
  })
  // The ledger first: stopped in between, the next one who asks finds it said and notes it here.
  await deps.database.as('sync', { county: of.county }, (tx) =>
    noteState(tx, of.county, of.ids, what, new Date(deps.clock())),
  )
}

/** Says it of all records that wait for an upload. */
export async function sayToAll(
  deps: SettleDeps,
  what: keyof typeof OPS,
  upload: { id: string; counties: readonly County[] },
): Promise<void> {
  const sha256 = upload.id.slice(0, 64)
  const device = deviceOf(upload.id)
  for (const county of upload.counties) {
    const ids = await deps.database.as('sync', { county }, (tx) => awaiting(tx, county, sha256, device))
    await say(deps, what, { county, ids, sha256, device })
  }
}
