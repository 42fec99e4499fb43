import type { Store } from '../database/rows.ts'
import type { VaultTables, WriteTables } from '../database/tables.ts'
import type { Sealer } from './box.ts'

/** Thrown when what was sealed is under a key that does not stand any more: another tab set a PIN, or tried too often. Nothing was written. */
const rekeyed = () => new DOMException('the keys of this vault are others now', 'ReadOnlyError')

/**
 * The tables of a vault through which nothing is written that was sealed under a key which is no longer the vault's: looked at in the same
 * transaction, so that the plain key can be deleted when nothing is left under it.
 */
export function fenced(tables: VaultTables, { envelope }: Sealer): VaultTables {
  if (envelope === undefined) return tables
  return {
    ...tables,
    write<S extends Store, T>(
      stores: readonly S[],
      durability: 'strict' | 'relaxed',
      work: (tables: WriteTables<S>) => Promise<T>,
    ): Promise<T> {
      const more = [...new Set<S | 'key'>([...stores, 'key'])]
      return tables.write(more, durability, async (all) => {
        const standing = (all as WriteTables<'key'>).key.get('envelope')
        const done = await work(all as WriteTables<S>)
        const row = await standing
        if ((row?.envelope?.id ?? row?.ended?.id ?? null) !== envelope) throw rekeyed()
        return done
      })
    },
  }
}
