import type { Id } from '#domain/id.ts'
import { keyOf, type RecRow } from './rows.ts'
import type { WriteTable, WriteTables } from './tables.ts'

/**
 * The one function that removes local records (L-26). It refuses every record that still has unsent or refused work of this phone,
 * whatever its caller believes, and says which.
 * @param tables of a writing transaction
 * @returns the ids that were kept
 */
export async function evict(tables: WriteTables<'rec' | 'out' | 'dead'>, ids: readonly Id[]): Promise<Id[]> {
  const rec = tables.rec as WriteTable<'rec'>
  const rows = (await rec.getMany(ids)).filter((row): row is RecRow => row !== undefined)
  const keys = rows.map((row) => keyOf(row.kind, row.id))
  const [unsent, refused] = await Promise.all([
    tables.out.by('key', { anyOf: keys }),
    tables.dead.by('key', { anyOf: keys }),
  ])
  const busy = new Set([...unsent, ...refused].map((one) => one.key))
  const mayGo = (row: RecRow, at: number): boolean => row.pending === 0 && !busy.has(keys[at] as string)
  const going = new Set(rows.filter(mayGo).map((row) => row.id))
  await rec.deleteMany([...going])
  return rows.map((row) => row.id).filter((id) => !going.has(id))
}
