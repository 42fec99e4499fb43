import { sql } from 'drizzle-orm'
import type { Lane } from '#domain/access/lane.ts'
import type { Tx } from '../../database/database.ts'
import { keepsNumbers } from '../backup/erasures.ts'

const AT_A_TIME = 500

/** A record as recomputation needs it. */
export interface CountedRecord {
  kind: string
  id: string
  region: string
  lane: Lane
  rv: number
  seq: number
  deleted: boolean
  /** Signed 64-bit integer as text. */
  h: string
  body: Record<string, unknown>
}

/** All records of a county, some at a time, in one snapshot. Tombstones come too. */
export async function* recordsOf(tx: Tx, county: string): AsyncGenerator<CountedRecord[]> {
  await tx.execute(sql`
    DECLARE mb_records NO SCROLL CURSOR FOR
    SELECT kind, id, region, lane, rv, seq, deleted, h::text AS h, body FROM record WHERE county = ${sql.raw(`'${county.replaceAll("'", "''")}'`)}`)
  for (;;) {
    const { rows } = await tx.execute<CountedRecord & Record<string, unknown>>(
      sql.raw(`FETCH ${AT_A_TIME} FROM mb_records`),
    )
    if (rows.length > 0) yield rows
    if (rows.length < AT_A_TIME) break
  }
  await tx.execute(sql`CLOSE mb_records`)
}

/** Counties with a ledger, with their positions. */
export async function ledgersOf(tx: Tx): Promise<{ county: string; head: number }[]> {
  const { rows } = await tx.execute<{ county: string; head: number }>(
    sql`SELECT county, head FROM sync_stream ORDER BY county`,
  )
  return rows
}

/** Keeps everybody from writing in a county until this transaction ends. @returns its ledger position, null: no ledger */
export async function lockLedger(tx: Tx, county: string): Promise<number | null> {
  const { rows } = await tx.execute<{ head: number }>(
    sql`SELECT head FROM sync_stream WHERE county = ${county} FOR UPDATE`,
  )
  return rows[0]?.head ?? null
}

/** One number: so many, of a metric, in a village, on a day. */
export interface Cell {
  region: string
  metric: string
  day: string
  n: number
}

/** The numbers as they are kept; those that are zero say nothing and are left out. */
export async function keptNumbers(tx: Tx, county: string): Promise<Cell[]> {
  const { rows } = await tx.execute<Cell & Record<string, unknown>>(
    sql`SELECT region, metric, day::text AS day, n FROM rollup WHERE county = ${county} AND n <> 0`,
  )
  return rows
}

export interface DigestRow {
  region: string
  lane: string
  n: number
  x: string
}

/** The digests as they are kept; those of nothing are left out. */
export async function keptDigests(tx: Tx, county: string): Promise<DigestRow[]> {
  const { rows } = await tx.execute<DigestRow & Record<string, unknown>>(
    sql`SELECT region, lane, n, x::text AS x FROM region_digest WHERE county = ${county} AND (n <> 0 OR x <> 0)`,
  )
  return rows
}

/** Sets single numbers to what they should be. */
export async function setNumbers(tx: Tx, county: string, cells: readonly Cell[]): Promise<void> {
  if (cells.length === 0) return
  await tx.execute(sql`
    INSERT INTO rollup (county, region, metric, day, n)
    SELECT ${county}, r.region, r.metric, r.day, r.n
    FROM jsonb_to_recordset(${JSON.stringify(cells)}::jsonb) AS r(region text, metric text, day date, n bigint)
    ON CONFLICT (county, region, metric, day) DO UPDATE SET n = excluded.n`)
}

/** Adds what emptied records had added to the numbers, so that the numbers go on saying it. */
export async function keepNumbers(tx: Tx, county: string, cells: readonly Cell[]): Promise<void> {
  if (cells.length === 0) return
  await tx.execute(sql`
    INSERT INTO rollup_kept (county, region, metric, day, n)
    SELECT ${county}, r.region, r.metric, r.day, sum(r.n)
    FROM jsonb_to_recordset(${JSON.stringify(cells)}::jsonb) AS r(region text, metric text, day date, n bigint)
    GROUP BY r.region, r.metric, r.day
    ON CONFLICT (county, region, metric, day) DO UPDATE SET n = rollup_kept.n + excluded.n`)
}

/** What emptied records had added to a county's numbers; nothing in a database of an older build. */
export async function numbersOfEmptied(tx: Tx, county: string): Promise<Cell[]> {
  if (!(await keepsNumbers(tx))) return []
  const { rows } = await tx.execute<Cell & Record<string, unknown>>(
    sql`SELECT region, metric, day::text AS day, n FROM rollup_kept WHERE county = ${county} AND n <> 0`,
  )
  return rows
}
