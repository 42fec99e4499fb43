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

/** Disputes, requests and questions by their ids. */
export async function subjectRecords(tx: Tx, ids: readonly string[]): Promise<SubjectRecord[]> {
  const { rows } = await tx.execute<SubjectRecord>(sql`
    SELECT kind, id, region, body FROM record
    WHERE id IN (SELECT value::uuid FROM jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))
      AND kind IN ('dispute', 'lead', 'service') AND NOT deleted ORDER BY id`)
  return rows
}
