import { sql } from 'drizzle-orm'
import type { ReadTx } from '../../database/database.ts'

/** One record as the caller of this transaction may see it whole, as the database keeps it; null: not there, or not theirs. */
export async function seenRecord(
  tx: ReadTx,
  county: string,
  { kind, id }: { kind: string; id: string },
): Promise<{ body: Record<string, unknown>; region: string } | null> {
  const { rows } = await tx.execute<{ body: Record<string, unknown>; region: string }>(sql`
    SELECT body, region FROM record_seen
    WHERE county = ${county} AND kind = ${kind} AND id = ${id}::uuid AND view = 'full' AND NOT deleted`)
  return rows[0] ?? null
}
