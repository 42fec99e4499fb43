import type { Id } from '#domain/id.ts'
import { keyOf } from './rows.ts'
import type { VaultDatabase } from './vault-database.ts'

/**
 * The one function that removes local records (L-26). It refuses every record that still has unsent or refused work of this phone,
 * whatever its caller believes, and says which.
 * Call it inside a read-write transaction over `rec`, `out` and `dead`.
 * @returns the ids that were kept
 */
export async function evict(db: VaultDatabase, ids: readonly Id[]): Promise<Id[]> {
  const kept: Id[] = []
  const rows = await db.rec.bulkGet([...ids])
  const going: Id[] = []
  for (const row of rows) {
    if (!row) continue
    const key = keyOf(row.kind, row.id)
    const [unsent, refused] = await Promise.all([
      db.out.where('key').equals(key).count(),
      db.dead.where('key').equals(key).count(),
    ])
    if (row.pending > 0 || unsent > 0 || refused > 0) kept.push(row.id)
    else going.push(row.id)
  }
  await db.rec.bulkDelete(going)
  return kept
}
