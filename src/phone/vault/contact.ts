import { META, type MetaRow } from '../database/rows.ts'
import type { VaultTables } from '../database/tables.ts'

/** So long after the last word from the server a locked vault may still be opened for reading. */
export const LEASE_MS = 45 * 86_400_000

/** The server has spoken to this phone as to one of its own. @param now wall, epoch ms */
export const contactRow = (now: number): MetaRow => ({ name: META.contact, value: now, until: now })

export const noteContact = (tables: VaultTables, now: number): Promise<void> =>
  tables.write(['meta'], 'strict', ({ meta }) => meta.put(contactRow(now)))

/**
 * Whether a locked vault may be opened for reading: the server was heard of within the lease. A clock that is set back gives nothing: the
 * latest moment this phone ever looked at the lock counts. Writing and handing in never ask.
 * @param now wall, epoch ms
 */
export async function isLeaseOver(tables: VaultTables, now: number): Promise<boolean> {
  const row = await tables.read(['meta'], ({ meta }) => meta.get(META.contact))
  // A vault of before, or one that has never spoken to a server since it has a PIN: its time begins now.
  if (row?.value === undefined) {
    await noteContact(tables, now)
    return false
  }
  const latest = Math.max(now, row.until ?? 0)
  if (latest > (row.until ?? 0))
    await tables.write(['meta'], 'relaxed', ({ meta }) => meta.put({ ...row, until: latest }))
  return latest - row.value > LEASE_MS
}
