import { sql } from 'drizzle-orm'
import type { Tx } from '../../database/database.ts'

export interface Difference {
  region: string
  metric: string
  day: string
  kept: number
  recomputed: number
}

/** Writes down numbers that were wrong, their cause open. One that is already written down as just this wrong is not written again. */
export async function noteDifferences(
  tx: Tx,
  at: { county: string; asOf: number; found: Date },
  differences: readonly Difference[],
): Promise<void> {
  if (differences.length === 0) return
  await tx.execute(sql`
    INSERT INTO rollup_repair (county, region, metric, day, kept, recomputed, as_of, found_at)
    SELECT ${at.county}, r.region, r.metric, r.day, r.kept, r.recomputed, ${at.asOf}::bigint, ${at.found.toISOString()}::timestamptz
    FROM jsonb_to_recordset(${JSON.stringify(differences)}::jsonb) AS r(region text, metric text, day date, kept bigint, recomputed bigint)
    WHERE NOT EXISTS (
      SELECT 1 FROM rollup_repair o WHERE o.county = ${at.county} AND o.region = r.region AND o.metric = r.metric AND o.day = r.day
        AND o.repaired_at IS NULL AND o.kept = r.kept AND o.recomputed = r.recomputed)`)
}

/** Marks a county's open entries as repaired. @param cause why the numbers were wrong; null: not known, and stays open */
export async function closeRepairs(tx: Tx, county: string, at: Date, cause: string | null): Promise<number> {
  const { rows } = await tx.execute(sql`
    UPDATE rollup_repair SET repaired_at = ${at.toISOString()}::timestamptz, cause = coalesce(${cause}, cause)
    WHERE county = ${county} AND repaired_at IS NULL RETURNING id`)
  return rows.length
}
