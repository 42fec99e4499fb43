import { sql } from 'drizzle-orm'
import type { RegionPrefix } from '#domain/region/code.ts'
import type { ReadTx } from '../../database/database.ts'
import type { SeenRow } from './rows.ts'

/** An open loss with the record it is of. */
export interface LostRow extends SeenRow, Record<string, unknown> {
  field: string
  rv: number
  value: unknown
  /** Number of the device that typed it. */
  who: number
  /** When it was replaced, epoch ms. */
  lostAt: number
}

/**
 * Values of a region (a county or below) that were replaced without their authors having seen it and that nobody has decided about:
 * those of records the caller may read whole, newest first.
 */
export async function lostOf(tx: ReadTx, prefix: RegionPrefix, limit: number): Promise<LostRow[]> {
  const { rows } = await tx.execute<LostRow>(sql`
    SELECT f.field, f.rv, f.value, f.who, (extract(epoch FROM f.at) * 1000)::bigint AS "lostAt",
      s.kind, s.id, s.region, s.view, s.body, (extract(epoch FROM s.received_at) * 1000)::bigint AS at,
      coalesce(s.body ->> 'acceptedOn', s.body ->> 'on', to_char(s.received_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')) AS on,
      1 AS n, coalesce(r.name, s.region) AS place
    FROM field_loss f JOIN record_seen s ON s.county = f.county AND s.kind = f.kind AND s.id = f.id
      LEFT JOIN region r ON r.code = s.region
    WHERE f.county = ${prefix.slice(0, 6)} AND f.resolved_by IS NULL AND s.county = ${prefix.slice(0, 6)}
      AND s.region >= ${prefix} AND s.region < ${`${prefix}:`} AND s.view = 'full' AND NOT s.deleted
    ORDER BY f.at DESC, s.id, f.field, f.rv LIMIT ${limit}`)
  return rows
}
