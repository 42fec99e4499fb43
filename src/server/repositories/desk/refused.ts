import { sql } from 'drizzle-orm'
import type { RefusedDecision, RefusedName } from '#domain/desk/refused.ts'
import type { Id } from '#domain/id.ts'
import type { RegionPrefix } from '#domain/region/code.ts'
import type { ReadTx, Tx } from '../../database/database.ts'

export interface RefusedRow extends RefusedName, Record<string, unknown> {
  person: Id | null
  region: string
  code: string
  at: number
  askedAt: number | null
  note: string
  givenUpAt: number | null
  decision: RefusedDecision | null
  decidedAt: number | null
  answer: string
  op: Record<string, unknown> | null
}

const ms = (name: string) => sql.raw(`(extract(epoch FROM ${name}) * 1000)::bigint`)
const SEEN = sql`county, device, n, person, region, code, ${ms('at')} AS at, ${ms('asked_at')} AS "askedAt", note,
  ${ms('given_up_at')} AS "givenUpAt", decision, ${ms('decided_at')} AS "decidedAt", answer, op`

/** Refused ops of a region that the office may see, those it was asked about first, oldest first. */
export async function refusedOf(tx: ReadTx, prefix: RegionPrefix, limit: number): Promise<RefusedRow[]> {
  const { rows } = await tx.execute<RefusedRow>(sql`
    SELECT ${SEEN} FROM refused_seen WHERE county = ${prefix.slice(0, 6)} AND region ^@ ${prefix} AND decided_at IS NULL
      AND given_up_at IS NULL
    ORDER BY asked_at NULLS LAST, at LIMIT ${limit}`)
  return rows
}

/** One refused op, if the office may see it. */
export async function oneRefused(tx: ReadTx, { county, device, n }: RefusedName): Promise<RefusedRow | null> {
  const { rows } = await tx.execute<RefusedRow>(
    sql`SELECT ${SEEN} FROM refused_seen WHERE county = ${county} AND device = ${device} AND n = ${n}`,
  )
  return rows[0] ?? null
}

/** Writes a decision down, in a push transaction of the county. @returns whether it was still open */
export async function decideRefused(
  tx: Tx,
  { county, device, n }: RefusedName,
  one: { decision: RefusedDecision; answer: string; by: Id; at: Date },
): Promise<boolean> {
  const { rows } = await tx.execute(sql`
    UPDATE op_refused SET state = 'decided', decision = ${one.decision}, answer = ${one.answer}, decided_by = ${one.by},
      decided_at = ${one.at.toISOString()}::timestamptz
    WHERE county = ${county} AND device = ${device} AND n = ${n} AND decided_at IS NULL RETURNING n`)
  return rows.length > 0
}
