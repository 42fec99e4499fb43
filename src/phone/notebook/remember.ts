import { keyOf, type RecRow } from '../database/rows.ts'
import type { Stored } from '../record/stored.ts'
import { MAKERS, type Plan, type Read } from './plan.ts'

/** Records kept in memory as this tab left them; a person works on a handful at a time. */
const RECORDS = 256

/** What was stored as opening its box would give it: its version is the row's. */
const asOpened = (stored: Stored, rv: number): Stored => ({
  ...stored,
  now: { ...stored.now, rv },
  ...(stored.base ? { base: { ...stored.base, rv } } : {}),
})

/**
 * What a save leaves behind for the next one, so that it need not read: the next number, the counters and the records it touched.
 * Another tab or the engine may write any of it at any time; the transaction of the next save compares and then says so.
 */
export function remember(read: Read, plan: Plan, rows: readonly RecRow[]): Read {
  const { records, papers, creates } = read
  for (const [name, value] of plan.papers) papers.set(name, value)
  for (const op of plan.ops) if (MAKERS.includes(op.k)) creates.set(keyOf(op.e[0], op.e[1]), op.n)
  for (const row of rows) {
    const key = keyOf(row.kind, row.id)
    const stored = plan.after.get(key)?.stored
    records.delete(key)
    if (stored)
      records.set(key, { rv: row.rv, pending: row.pending, box: row.box, stored: asOpened(stored, row.rv) })
  }
  for (const key of records.keys()) {
    if (records.size <= RECORDS) break
    records.delete(key)
    creates.delete(key)
  }
  return { records, papers, creates, next: read.next + plan.ops.length }
}
