import { sql, type SQL } from 'drizzle-orm'
import type { Id } from '#domain/id.ts'
import type { County, RegionCode } from '#domain/region/code.ts'
import type { Tx } from '../../database/database.ts'
import { firstOf, type LeftRow, type LockedRow, type RecordKey, type RegionFacts } from './tables.ts'

const LOCKED = sql`kind, id, region, lane, recorder, office, rv, deleted, body, fv, losses`

const lockedBy = async (tx: Tx, which: SQL): Promise<LockedRow[]> =>
  (await tx.execute<LockedRow & Record<string, unknown>>(which)).rows

/**
 * See `PushTables.lockRecords`. One at a time by the primary key, in order: a lock inside keeps the planner from making a join of it,
 * and a list of ids was read, in a county without statistics, by walking through everything that the county has (130 ms for a thousand
 * ids against 8).
 */
export function lockRecords(tx: Tx, county: County, keys: readonly RecordKey[]): Promise<LockedRow[]> {
  if (keys.length === 0) return Promise.resolve([])
  const list = JSON.stringify(keys.map(({ kind, id }) => ({ kind, id })))
  return lockedBy(
    tx,
    sql`SELECT r.* FROM (SELECT DISTINCT kind, id FROM jsonb_to_recordset(${list}::jsonb) AS k(kind text, id uuid) ORDER BY kind, id) k
        CROSS JOIN LATERAL (
          SELECT ${LOCKED} FROM record WHERE county = ${county} AND record.kind = k.kind AND record.id = k.id FOR UPDATE
        ) r`,
  )
}

/** See `PushTables.lockBelonging`; by the index of what they belong to. */
export const lockBelonging = (tx: Tx, county: County, ids: readonly Id[]): Promise<LockedRow[]> =>
  lockedBy(
    tx,
    sql`SELECT ${LOCKED} FROM record WHERE county = ${county} AND kind IN ('meeting', 'attachment')
        AND coalesce(body ->> 'dispute', body -> 'of' ->> 1) = ANY (ARRAY(SELECT jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)))
        ORDER BY kind, id FOR UPDATE`,
  )

/** See `PushTables.lockVillage`. */
export const lockVillage = (
  tx: Tx,
  county: County,
  region: RegionCode,
  limit: number,
): Promise<LockedRow[]> =>
  lockedBy(
    tx,
    sql`SELECT ${LOCKED} FROM record WHERE county = ${county} AND region = ${region} ORDER BY kind, id LIMIT ${limit} FOR UPDATE`,
  )

/** See `PushTables.left`. */
export async function leftOf(tx: Tx, county: County, keys: readonly RecordKey[]): Promise<LeftRow[]> {
  if (keys.length === 0) return []
  const { rows } = await tx.execute<LeftRow & Record<string, unknown>>(sql`
    SELECT kind, id, left_region AS region, lane, rv, (extract(epoch FROM at) * 1000)::bigint AS at FROM scope_exit
    WHERE county = ${county}
      AND (kind, id) IN (SELECT r.kind, r.id FROM jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) AS r(kind text, id uuid))
    ORDER BY seq`)
  return rows
}

/** See `PushTables.reserve`. */
export async function reserve(tx: Tx, county: County, gen: number, places: number): Promise<number> {
  const { rows } = await tx.execute<{ head: number }>(sql`
    INSERT INTO sync_stream (county, head) VALUES (${county}, ${firstOf(gen) + places})
    ON CONFLICT (county) DO UPDATE SET head = sync_stream.head + ${places} RETURNING head`)
  return (rows[0]?.head ?? 0) - places + 1
}

/** See `PushTables.homes`. */
export async function homesOf(tx: Tx, ids: readonly Id[]): Promise<Map<Id, County>> {
  if (ids.length === 0) return new Map()
  const { rows } = await tx.execute<{ id: Id; county: County }>(sql`
    SELECT id, county FROM record_home
    WHERE id IN (SELECT value::uuid FROM jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`)
  return new Map(rows.map((one) => [one.id, one.county]))
}

/** See `PushTables.setHomes`. */
export async function setHomes(tx: Tx, rows: readonly { id: Id; county: County }[]): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    INSERT INTO record_home (id, county)
    SELECT r.id, r.county FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS r(id uuid, county text)
    ON CONFLICT (id) DO UPDATE SET county = excluded.county`)
}

/** See `PushTables.ledgers`. */
export async function ledgersOf(tx: Tx): Promise<County[]> {
  const { rows } = await tx.execute<{ county: County }>(sql`SELECT county FROM sync_stream ORDER BY county`)
  return rows.map((one) => one.county)
}

/** See `PushTables.regions`. */
export async function regionsOf(tx: Tx, codes: readonly RegionCode[]): Promise<Map<RegionCode, RegionFacts>> {
  if (codes.length === 0) return new Map()
  const { rows } = await tx.execute<{ code: string; to: string | null; into: string | null }>(sql`
    SELECT code, valid_to::text AS to, merged_into AS into FROM region
    WHERE code IN (SELECT jsonb_array_elements_text(${JSON.stringify(codes)}::jsonb))`)
  return new Map(rows.map((one) => [one.code, { validTo: one.to, mergedInto: one.into }]))
}

/** See `PushTables.widen`: only within this transaction, like everything it was opened with. */
export async function widen(tx: Tx, counties: readonly County[]): Promise<void> {
  await tx.execute(
    sql`SELECT set_config('mb.county', current_setting('mb.county', true) || ${counties.map((one) => `,${one}`).join('')}, true)`,
  )
}
