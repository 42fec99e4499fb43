import { sql } from 'drizzle-orm'
import type { Tx } from '../database/database.ts'

/** One entry of the log as it lies in the database. */
export interface Entry {
  chain: number
  place: number
  seq: number
  /** Every value that is hashed besides these three, in the order of `mb_audit_text`; the moment in microseconds. */
  values: readonly (string | null)[]
  /** Hexadecimal. */
  prev: string
  hash: string
}

/** Where a chain ends, as it is kept apart from the log. */
export interface Head {
  chain: number
  place: number
  seq: number
  hash: string
}

const AT_A_TIME = 1000

/** Whether the log of this database has chains: one that an older build made and nobody brought up has none. */
export async function hasChains(tx: Tx): Promise<boolean> {
  const { rows } = await tx.execute<{ there: boolean }>(
    sql`SELECT to_regclass('public.audit_head') IS NOT NULL AS there`,
  )
  return rows[0]?.there === true
}

/** All entries by chain and place, a thousand at a time. */
export async function* entriesOf(tx: Tx): AsyncGenerator<Entry[]> {
  await tx.execute(sql`
    DECLARE mb_entries NO SCROLL CURSOR FOR
    SELECT chain, place, seq, encode(prev_hash, 'hex') AS prev, encode(hash, 'hex') AS hash,
           json_build_array((extract(epoch FROM at) * 1000000)::bigint::text, actor::text, device::text, role, action, object_kind,
             object_id, region, outcome, request_id, reason) AS values
    FROM audit ORDER BY chain, place`)
  for (;;) {
    const { rows } = await tx.execute<Entry & Record<string, unknown>>(
      sql.raw(`FETCH ${AT_A_TIME} FROM mb_entries`),
    )
    if (rows.length > 0) yield rows
    if (rows.length < AT_A_TIME) break
  }
  await tx.execute(sql`CLOSE mb_entries`)
}

/** Where the chains end, as kept apart from the log. */
export async function headsOf(tx: Tx): Promise<Head[]> {
  const { rows } = await tx.execute<Head & Record<string, unknown>>(
    sql`SELECT chain, place, seq, encode(hash, 'hex') AS hash FROM audit_head ORDER BY chain`,
  )
  return rows
}

/** The last entry of every chain, by chain, among those up to a number. */
export async function endsAt(tx: Tx, seq: number): Promise<Head[]> {
  const { rows } = await tx.execute<Head & Record<string, unknown>>(sql`
    SELECT DISTINCT ON (chain) chain, place, seq, encode(hash, 'hex') AS hash FROM audit WHERE seq <= ${seq} ORDER BY chain, place DESC`)
  return rows
}

/** The number of the last entry when none is under way. Whoever writes into the log waits until this transaction ends, and is waited for. */
export async function settledEntry(tx: Tx): Promise<number> {
  const { rows } = await tx.execute<{ seq: number }>(sql`SELECT mb_audit_settled() AS seq`)
  return rows[0]?.seq ?? 0
}

/** The number of the newest entry; 0: there is none. */
export async function newestEntry(tx: Tx): Promise<number> {
  const { rows } = await tx.execute<{ seq: number }>(sql`SELECT coalesce(max(seq), 0) AS seq FROM audit`)
  return rows[0]?.seq ?? 0
}

/** How often the log runs back by more than an hour: a clock was set. */
export async function clockSetBack(tx: Tx): Promise<{ rows: number; backwards: number }> {
  const { rows } = await tx.execute<{ rows: number; backwards: number }>(sql`
    SELECT count(*) AS rows, count(*) FILTER (WHERE at < at_before - interval '1 hour') AS backwards
    FROM (SELECT at, lag(at) OVER (ORDER BY seq) AS at_before FROM audit) l`)
  return rows[0] ?? { rows: 0, backwards: 0 }
}
