import { sql } from 'drizzle-orm'
import { KEEPERS } from '#domain/account/duties.ts'
import type { Id } from '#domain/id.ts'
import type { County } from '#domain/region/code.ts'
import type { Day } from '#domain/time/day.ts'
import type { Tx } from '../database/database.ts'
import { record as audit, type AuditEvent } from '../repositories/audit.ts'
import { inAccounts, rowOf, rowsOf, textArray, type AccountsContext } from './context.ts'
import { raiseScope } from './people.ts'

type Context = Pick<AccountsContext, 'database'>

/** The right of a person to one record, whatever its lane, from a day on; `to` null: until further notice. */
export interface RecordRight {
  person: Id
  record: Id
  from: Day
  to: Day | null
}

/** Where the record is, and why and by whom the right is given. */
export interface GivenFor {
  county: County
  kind: string
  reason: string
  by: Id | null
}

/**
 * Gives somebody a right to one record; the same right from the same day only gets another end.
 * @param event what the log is told, in the same transaction
 */
export const putRecordRight = (
  context: Context,
  one: RecordRight,
  given: GivenFor,
  at: number,
  event: AuditEvent,
): Promise<void> =>
  inAccounts(context, async (tx) => {
    await tx.execute(sql`
      INSERT INTO record_grant (person, record, from_day, to_day, county, kind, reason, given_by)
      VALUES (${one.person}, ${one.record}, ${one.from}, ${one.to}, ${given.county}, ${given.kind}, ${given.reason}, ${given.by})
      ON CONFLICT (person, record, from_day) DO UPDATE SET to_day = excluded.to_day, county = excluded.county, kind = excluded.kind,
        reason = excluded.reason, given_by = excluded.given_by`)
    await raiseScope(tx, one.person)
    await audit(tx, at, event)
  })

/** Ends a person's rights to one record with a day: it is the last on which they see it. @returns whether there was one to end */
export const endRecordRight = (
  context: Context,
  one: { person: Id; record: Id; last: Day },
  at: number,
  event: AuditEvent,
): Promise<boolean> =>
  inAccounts(context, async (tx) => {
    const { rows } = await tx.execute(sql`
      UPDATE record_grant SET to_day = ${one.last} WHERE person = ${one.person} AND record = ${one.record}
        AND (to_day IS NULL OR to_day > ${one.last}) RETURNING record`)
    if (rows.length === 0) return false
    await raiseScope(tx, one.person)
    await audit(tx, at, event)
    return true
  })

/**
 * Whether somebody works on cases in a county, today or later: only then does their phone follow its ledger, and only then may a file
 * be opened to them (TR-25).
 */
export async function worksIn(tx: Tx, person: Id, county: County, today: Day): Promise<boolean> {
  const found = await rowOf<{ yes: boolean }>(
    tx,
    sql`SELECT true AS yes FROM role_grant g JOIN account a ON a.person = g.person AND a.state = 'active'
        WHERE g.person = ${person} AND starts_with(g.region, ${county}) AND (g.to_day IS NULL OR g.to_day >= ${today})
          AND NOT g.role = ANY (${textArray(KEEPERS)}) LIMIT 1`,
  )
  return found !== null
}

export interface ShareRow extends Record<string, unknown> {
  person: Id
  name: string
  kind: string
  id: Id
  from: Day
  to: Day | null
  reason: string
}

/** Rights to single records of a county that count today or later, the newest first; at most 500. */
export const listShares = (tx: Tx, county: County, today: Day): Promise<ShareRow[]> =>
  rowsOf<ShareRow>(
    tx,
    sql`SELECT g.person, p.name, g.kind, g.record AS id, g.from_day::text AS from, g.to_day::text AS to, g.reason
        FROM record_grant g JOIN person p ON p.id = g.person
        WHERE g.county = ${county} AND (g.to_day IS NULL OR g.to_day >= ${today}) ORDER BY g.from_day DESC, p.name, g.record LIMIT 500`,
  )
