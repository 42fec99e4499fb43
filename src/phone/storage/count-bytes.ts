import type { Bytes, Keys, Rows, Store } from '../database/rows.ts'
import type { VaultTables } from '../database/tables.ts'

/** Rows read at a time, and what a row takes up besides its box. */
const SLICE = 500
const ROW = 64

/** Stores in which work lies as sealed rows. */
const WORK = ['rec', 'out', 'dead', 'ring', 'draft', 'desk'] as const satisfies readonly Store[]

const sizeOf = (rows: readonly { box: Bytes }[]): number =>
  rows.reduce((sum, row) => sum + row.box.length + ROW, 0)

/** Bytes of one store, read in slices so that nobody's save waits behind it. */
async function bytesIn<S extends (typeof WORK)[number]>(tables: VaultTables, store: S): Promise<number> {
  let bytes = 0
  let after: Keys[S] | undefined
  for (;;) {
    const range = after === undefined ? { limit: SLICE } : { limit: SLICE, after }
    const rows = (await tables.read([store], (all) => all[store].all(range))) as readonly Rows[S][]
    bytes += sizeOf(rows)
    const last = rows[rows.length - 1]
    if (!last || rows.length < SLICE) return bytes
    after = ('id' in last ? last.id : last.n) as Keys[S]
  }
}

/**
 * Bytes a vault keeps for work by our own account: sealed rows, and the bytes of files that lie here. The browser's estimate is
 * padded or invented by some engines (trust trap 9).
 */
export async function countBytes(tables: VaultTables): Promise<number> {
  let bytes = 0
  for (const store of WORK) bytes += await bytesIn(tables, store)
  const files = await tables.read(['blob'], ({ blob }) => blob.all())
  return bytes + files.reduce((sum, row) => sum + row.size + row.box.length + ROW, 0)
}
