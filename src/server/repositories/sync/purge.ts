import { sql } from 'drizzle-orm'
import type { County } from '#domain/region/code.ts'
import type { Tx } from '../../database/database.ts'

/** Counties that anything was ever written in. */
export async function countiesOf(tx: Tx): Promise<County[]> {
  const { rows } = await tx.execute<{ county: County }>(sql`SELECT county FROM sync_stream ORDER BY county`)
  return rows.map((one) => one.county)
}

/** Takes away exits and empty places of before a moment, and raises the county's floor to the newest of them. */
export async function purge(
  tx: Tx,
  county: County,
  before: Date,
): Promise<{ exits: number; tombstones: number; floor: number }> {
  const { rows } = await tx.execute<{ exits: number; tombstones: number; floor: number }>(
    sql`SELECT exits, tombstones, new_floor AS floor FROM mb_purge(${county}, ${before.toISOString()}::timestamptz)`,
  )
  return rows[0] ?? { exits: 0, tombstones: 0, floor: 0 }
}

/** Turns receipts of before a moment into fingerprints. @returns how many, at most `most` */
export async function packReceipts(tx: Tx, county: County, before: Date, most: number): Promise<number> {
  const { rows } = await tx.execute<{ n: number }>(
    sql`SELECT mb_pack_receipts(${county}, ${before.toISOString()}::timestamptz, ${most}) AS n`,
  )
  return rows[0]?.n ?? 0
}
