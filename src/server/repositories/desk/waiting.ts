import { sql } from 'drizzle-orm'
import type { RegionPrefix } from '#domain/region/code.ts'
import type { ReadTx } from '../../database/database.ts'
import { inside } from './area.ts'

/** A phone not heard of for this long is said to be silent. */
export const SILENT_DAYS = 14

/**
 * What the phones of a region last said waits on them, and how many of them have not been heard of for 14 days. A phone that never
 * came, and one that was taken out of use, says nothing.
 */
export async function phonesOf(
  tx: ReadTx,
  prefix: RegionPrefix,
  now: Date,
): Promise<{ waiting: number; silent: number }> {
  const since = new Date(now.getTime() - SILENT_DAYS * 86_400_000).toISOString()
  const { rows } = await tx.execute<{ waiting: number; silent: number }>(sql`
    SELECT coalesce(sum(out), 0)::bigint AS waiting, count(*) FILTER (WHERE last_seen < ${since}::timestamptz)::bigint AS silent
    FROM device_seen WHERE village >= ${prefix} AND village < ${`${prefix}:`} AND state <> 'revoked'`)
  return rows[0] ?? { waiting: 0, silent: 0 }
}

/** What waits for the office, one line for each sort. */
export interface Waiting {
  sort: 'escalated' | 'submitted' | 'leads'
  n: number
  answered: number
  /** `YYYY-MM-DD` of the oldest, its region code, and its type ('' for a lead). */
  on: string
  region: string
  type: string
}

const lastDayOf = (what: string) => sql`(SELECT max(e ->> 'on') FROM jsonb_array_elements(
  CASE WHEN jsonb_typeof(body -> 'events') = 'array' THEN body -> 'events' ELSE '[]' END) e WHERE e ->> 'what' = ${what})`

/**
 * Escalated disputes, files handed in for review, and open leads of a region: counts, and the oldest of each; besides, how many disputes
 * are being mediated now. All of what the caller may see, in one pass over the records.
 */
export async function waitingFor(
  tx: ReadTx,
  prefix: RegionPrefix,
): Promise<{ open: number; waiting: Waiting[] }> {
  const { rows } = await tx.execute<
    Omit<Waiting, 'on' | 'sort'> & { sort: Waiting['sort'] | 'open'; on_day: string }
  >(sql`
    WITH seen AS MATERIALIZED (
      SELECT kind, id, region, body, body ->> 'stage' AS stage FROM record_seen
      WHERE ${inside(prefix)} AND kind IN ('dispute', 'lead') AND NOT deleted
        AND (office OR body ->> 'stage' IN ('open', 'escalated'))
    ), waiting AS (
      SELECT 'escalated' AS sort, id, region, coalesce(${lastDayOf('escalated')}, body ->> 'acceptedOn') AS on_day,
        body ->> 'type' AS type, 0 AS answered
      FROM seen WHERE kind = 'dispute' AND stage = 'escalated'
      UNION ALL
      SELECT 'submitted', id, region, body -> 'review' ->> 'on', body ->> 'type',
        CASE WHEN ${lastDayOf('returned')} IS NULL THEN 0 ELSE 1 END
      FROM seen WHERE kind = 'dispute' AND body -> 'review' ->> 'state' = 'submitted'
      UNION ALL
      SELECT 'leads', id, region, body ->> 'on', '', 0 FROM seen WHERE kind = 'lead' AND stage = 'open'
    ), placed AS (
      SELECT *, count(*) OVER (PARTITION BY sort) AS n, sum(answered) OVER (PARTITION BY sort) AS back,
        row_number() OVER (PARTITION BY sort ORDER BY on_day, id) AS place
      FROM waiting
    )
    SELECT sort, n::bigint AS n, back::bigint AS answered, on_day, region, type FROM placed WHERE place = 1
    UNION ALL
    SELECT 'open', count(*)::bigint, 0, '', '', '' FROM seen WHERE kind = 'dispute' AND stage IN ('open', 'escalated')`)
  const waiting = rows.flatMap(({ sort, on_day, ...rest }) =>
    sort === 'open' ? [] : [{ ...rest, sort, on: on_day }],
  )
  return { open: rows.find((one) => one.sort === 'open')?.n ?? 0, waiting }
}
