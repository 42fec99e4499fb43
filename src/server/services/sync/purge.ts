import { daysKept } from '#domain/privacy/retention.ts'
import { LIMITS } from '#sync/protocol/wire.ts'
import type { Database } from '../../database/database.ts'
import { purgeBoxes } from '../../repositories/sync/dropbox.ts'
import { countiesOf, packReceipts, purge } from '../../repositories/sync/purge.ts'

const DAY_MS = 86_400_000
/** Receipts of one transaction: pushes of that county's old phones hardly wait for it. */
const PACK = 5000

/** What was taken away. */
export interface Purged {
  exits: number
  tombstones: number
  /** Receipts of which only a fingerprint is left. */
  packed: number
  /** Sealed boxes for which no key was found. */
  boxes: number
}

/**
 * Takes away what nobody needs after 400 days: exits, empty places, and receipts down to a fingerprint, county by county, each in
 * transactions of its own. A phone that was away for longer finds its cursor below the floor and compares everything. For the night;
 * stopped anywhere, the next night goes on.
 * @param now epoch ms
 */
export async function purgeOld(database: Database, now: number): Promise<Purged> {
  const before = new Date(now - LIMITS.tombstoneDays * DAY_MS)
  const all: Purged = { exits: 0, tombstones: 0, packed: 0, boxes: 0 }
  for (const county of await database.as('jobs', {}, countiesOf)) {
    const { exits, tombstones } = await database.as('jobs', {}, (tx) => purge(tx, county, before))
    all.exits += exits
    all.tombstones += tombstones
    for (let packed = PACK; packed === PACK;) {
      packed = await database.as('jobs', {}, (tx) => packReceipts(tx, county, before, PACK))
      all.packed += packed
    }
  }
  const kept = new Date(now - daysKept('dropbox') * DAY_MS)
  all.boxes = await database.as('jobs', {}, (tx) => purgeBoxes(tx, kept))
  return all
}
