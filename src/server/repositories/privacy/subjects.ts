import { sql } from 'drizzle-orm'
import type { Tx } from '../../database/database.ts'
import type { SubjectRecord } from '../../privacy/subject.ts'

const NAMED = (name: string) => sql`(
  (kind = 'dispute' AND body -> 'parties' @> jsonb_build_array(jsonb_build_object('name', ${name}::text)))
  OR (kind = 'lead' AND body ->> 'from' = ${name}) OR (kind = 'service' AND body ->> 'who' = ${name}))`

/** Records of a region in which somebody of that name stands, as a side or as who asked. Several people may be called so. */
export async function recordsNaming(tx: Tx, name: string, prefix: string): Promise<SubjectRecord[]> {
  const { rows } = await tx.execute<SubjectRecord>(sql`
    SELECT kind, id, region, body FROM record
    WHERE county = ${prefix.slice(0, 6)} AND region ^@ ${prefix} AND NOT deleted AND ${NAMED(name)} ORDER BY id`)
  return rows
}

/** How many entries of a region that were not accepted hold that name in what they wanted to write. */
export async function refusedNaming(tx: Tx, name: string, prefix: string): Promise<number> {
  const { rows } = await tx.execute<{ n: number }>(sql`
    SELECT count(*) AS n FROM op_refused o
    WHERE county = ${prefix.slice(0, 6)} AND region ^@ ${prefix} AND op ->> 'erased' IS NULL
      AND (op -> 'a' -> 'parties' @> jsonb_build_array(jsonb_build_object('name', ${name}::text))
        OR op -> 'a' -> 'item' ->> 'name' = ${name} OR op -> 'a' ->> 'from' = ${name} OR op -> 'a' ->> 'who' = ${name}
        OR strpos(op ->> 'json', to_json(${name}::text)::text) > 0)`)
  return rows[0]?.n ?? 0
}

/** Disputes, requests and questions by their ids. */
export async function subjectRecords(tx: Tx, ids: readonly string[]): Promise<SubjectRecord[]> {
  const { rows } = await tx.execute<SubjectRecord>(sql`
    SELECT kind, id, region, body FROM record
    WHERE id IN (SELECT value::uuid FROM jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))
      AND kind IN ('dispute', 'lead', 'service') AND NOT deleted ORDER BY id`)
  return rows
}
