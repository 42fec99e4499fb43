import type { County } from '#domain/region/code.ts'
import type { Tx } from '../../database/database.ts'
import {
  writeDigest,
  writeExits,
  writeLosses,
  writeRecords,
  writeRollup,
  type LossRow,
} from '../../repositories/sync/effects.ts'
import { reserve } from '../../repositories/sync/records.ts'
import { digestChanges, placesOf, rollupChanges, rowsFrom } from './effects.ts'
import { keyOf, type StoredRecord } from './stored.ts'

/**
 * Writes changed records and everything that follows from the change, the ledger's lock first of all writes and last of all locks.
 * @returns the ledger place of each changed record, and the ledger's position after them (0: nothing changed)
 */
export async function write(
  tx: Tx,
  to: { county: County; gen: number; at: Date },
  before: ReadonlyMap<string, StoredRecord>,
  changed: ReadonlyMap<string, StoredRecord>,
  losses: readonly LossRow[],
): Promise<{ seqs: Map<string, number>; head: number }> {
  if (changed.size === 0) return { seqs: new Map(), head: 0 }
  const pairs = [...changed].map(([key, after]) => [before.get(key) ?? null, after] as const)
  const places = pairs.reduce((sum, [old, after]) => sum + placesOf(old, after), 0)
  const first = await reserve(tx, to.county, to.gen, places)
  const { records, exits } = rowsFrom(pairs, first)
  await writeRecords(tx, to.county, records, to.at)
  await writeExits(tx, to.county, exits, to.at)
  await writeLosses(tx, to.county, losses, to.at)
  await writeRollup(tx, to.county, rollupChanges(pairs))
  await writeDigest(tx, to.county, digestChanges(pairs))
  return { seqs: new Map(records.map((one) => [keyOf(one.kind, one.id), one.seq])), head: first + places - 1 }
}
