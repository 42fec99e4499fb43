import { sql } from 'drizzle-orm'
import type { Tx } from '../../database/database.ts'

/** A hold as it is begun: by two people, to a day. */
export interface NewHold {
  id: string
  county: string
  kind: string
  record: string
  region: string
  reason: string
  /** The last day on which it holds. */
  until: string
  by: readonly [string, string]
}

export async function addHold(tx: Tx, hold: NewHold, at: Date): Promise<void> {
  await tx.execute(sql`
    INSERT INTO legal_hold (id, county, kind, record, region, reason, until, set_by, set_with, set_at)
    VALUES (${hold.id}::uuid, ${hold.county}, ${hold.kind}, ${hold.record}::uuid, ${hold.region}, ${hold.reason}, ${hold.until}::date,
      ${hold.by[0]}::uuid, ${hold.by[1]}::uuid, ${at.toISOString()}::timestamptz)`)
}

/** Ends every hold on a record that still holds. @returns how many there were */
export async function endHolds(
  tx: Tx,
  record: string,
  by: readonly [string, string],
  at: Date,
): Promise<number> {
  const { rows } = await tx.execute(sql`
    UPDATE legal_hold SET lifted_by = ${by[0]}::uuid, lifted_with = ${by[1]}::uuid, lifted_at = ${at.toISOString()}::timestamptz
    WHERE record = ${record}::uuid AND lifted_at IS NULL RETURNING id`)
  return rows.length
}

/** Which of these records of a county a hold keeps on a day: for themselves, or for what they belong to. */
export async function heldAmong(
  tx: Tx,
  county: string,
  ids: readonly string[],
  day: string,
): Promise<Set<string>> {
  const { rows } = await tx.execute<{ id: string }>(sql`
    SELECT id FROM mb_held(${county}, ARRAY(SELECT value::uuid FROM jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)), ${day}::date) AS h(id)`)
  return new Set(rows.map((one) => one.id))
}
