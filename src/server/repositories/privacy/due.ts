import { sql, type SQL } from 'drizzle-orm'
import type { Tx } from '../../database/database.ts'

/** A record whose time is over. */
export interface DueRecord extends Record<string, unknown> {
  kind: string
  id: string
  region: string
}

/** A record that hangs on another, with the other's id. */
export interface Hanging extends DueRecord {
  of: string
}

/** A moment before which everything must have ended, in the three ways in which records say when. */
export interface Before {
  at: Date
  day: string
}

/** Text that sorts as it is written: days compare as days in it. */
const before = (value: SQL, day: string): SQL => sql`coalesce(${value}, '') COLLATE "C" < ${day}`

/** What a dispute says last: its closing day, the day of its last event, and when that was entered. */
const disputeEnded = (d: SQL, { at, day }: Before): SQL => sql`(
  ${d}.body ->> 'stage' IN ('closed', 'cancelled') AND ${d}.received_at < ${at.toISOString()}::timestamptz
  AND ${before(sql`${d}.body ->> 'closedOn'`, day)} AND ${before(sql`${d}.body -> 'events' -> -1 ->> 'on'`, day)}
  AND coalesce(${d}.body -> 'events' -> -1 -> 'at', '0') < to_jsonb(${at.getTime()}::bigint))`

/** Disputes, requests and questions of a county that ended before a moment, in the order of their ids, after one of them. */
export async function endedBefore(
  tx: Tx,
  county: string,
  moment: Before,
  after: string,
  most: number,
): Promise<DueRecord[]> {
  const { rows } = await tx.execute<DueRecord>(sql`
    SELECT r.kind, r.id, r.region FROM record r
    WHERE r.county = ${county} AND NOT r.deleted AND r.id > ${after}::uuid AND (
      (r.kind = 'dispute' AND ${disputeEnded(sql`r`, moment)})
      OR (r.kind IN ('lead', 'service') AND r.received_at < ${moment.at.toISOString()}::timestamptz
          AND ${before(sql`r.body ->> 'on'`, moment.day)} AND (r.kind = 'service' OR r.body ->> 'stage' = 'settled')))
    ORDER BY r.id LIMIT ${most}`)
  return rows
}

/** Attachments whose own time is over: what they belong to ended before a moment, or has no end and they are older than it. */
export async function filesBefore(
  tx: Tx,
  county: string,
  moment: Before,
  after: string,
  most: number,
): Promise<DueRecord[]> {
  const { rows } = await tx.execute<DueRecord>(sql`
    SELECT a.kind, a.id, a.region FROM record a
    LEFT JOIN record m ON a.body -> 'of' ->> 0 = 'meeting' AND m.county = a.county AND m.kind = 'meeting'
      AND m.id::text = a.body -> 'of' ->> 1
    LEFT JOIN record d ON d.county = a.county AND d.kind = 'dispute'
      AND d.id::text = CASE a.body -> 'of' ->> 0 WHEN 'meeting' THEN m.body ->> 'dispute' WHEN 'dispute' THEN a.body -> 'of' ->> 1 END
    WHERE a.county = ${county} AND a.kind = 'attachment' AND NOT a.deleted AND a.id > ${after}::uuid
      AND a.received_at < ${moment.at.toISOString()}::timestamptz AND ${before(sql`a.body ->> 'takenOn'`, moment.day)}
      AND (a.body -> 'of' ->> 0 NOT IN ('dispute', 'meeting') OR ${disputeEnded(sql`d`, moment)})
    ORDER BY a.id LIMIT ${most}`)
  return rows
}

const OF = sql`coalesce(body ->> 'dispute', body -> 'of' ->> 1)`

/** Meetings and attachments that belong to these, and attachments of those meetings. */
export async function hangingOn(tx: Tx, county: string, ids: readonly string[]): Promise<Hanging[]> {
  const all: Hanging[] = []
  for (let level: readonly string[] = ids; level.length > 0;) {
    const { rows } = await tx.execute<Hanging>(sql`
      SELECT kind, id, region, ${OF} AS of FROM record
      WHERE county = ${county} AND kind IN ('meeting', 'attachment') AND NOT deleted
        AND ${OF} IN (SELECT jsonb_array_elements_text(${JSON.stringify(level)}::jsonb))`)
    const known = new Set(all.map((one) => one.id))
    const fresh = rows.filter((one) => !known.has(one.id))
    all.push(...fresh)
    level = fresh.filter((one) => one.kind === 'meeting').map((one) => one.id)
  }
  return all
}

/** Meetings and attachments that came after what they belong to was erased. */
export async function hangingOnErased(tx: Tx, county: string): Promise<DueRecord[]> {
  const { rows } = await tx.execute<DueRecord>(sql`
    SELECT r.kind, r.id, r.region FROM record r JOIN erasure e ON e.id::text = coalesce(r.body ->> 'dispute', r.body -> 'of' ->> 1)
    WHERE r.county = ${county} AND r.kind IN ('meeting', 'attachment') AND NOT r.deleted ORDER BY r.id`)
  return rows
}

/** Whether a refused op is about a record, or about what would have hung on it. @param id as text */
const isAbout = (id: SQL): SQL => sql`CASE WHEN o.op ->> 'json' IS NULL
  THEN ${id} IN (o.op -> 'e' ->> 1, o.op -> 'a' ->> 'dispute', o.op -> 'a' -> 'of' ->> 1) ELSE strpos(o.op ->> 'json', ${id}) > 0 END`

/** Empties what was refused before a moment and came to nothing; that it was refused stays. @returns how many */
export async function emptyRefused(tx: Tx, county: string, moment: Before, today: string): Promise<number> {
  const { rows } = await tx.execute(sql`
    UPDATE op_refused o SET op = '{"erased": true}', note = '', answer = ''
    WHERE o.county = ${county} AND o.at < ${moment.at.toISOString()}::timestamptz AND o.op ->> 'erased' IS NULL
      AND NOT EXISTS (SELECT 1 FROM record r WHERE r.county = o.county AND r.id::text = o.op -> 'e' ->> 1 AND NOT r.deleted)
      AND NOT EXISTS (SELECT 1 FROM legal_hold h WHERE h.lifted_at IS NULL AND h.until >= ${today}::date AND ${isAbout(sql`h.record::text`)})
    RETURNING 1`)
  return rows.length
}
