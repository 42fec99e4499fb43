import { sql } from 'drizzle-orm'
import type { Tx } from '../database/database.ts'

/** The epoch, read afresh: it answers only if the database does. */
export async function epochOf(tx: Tx): Promise<string> {
  const { rows } = await tx.execute<{ epoch: string }>(sql`SELECT epoch FROM sync_meta`)
  return rows[0]?.epoch ?? ''
}
