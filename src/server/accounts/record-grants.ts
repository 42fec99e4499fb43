import { sql } from 'drizzle-orm'
import type { Id } from '#domain/id.ts'
import type { Day } from '#domain/time/day.ts'
import { inAccounts, type AccountsContext } from './context.ts'
import { raiseScope } from './people.ts'

/** The right of a person to one record, whatever its lane, from a day on; `to` null: until further notice. */
export interface RecordRight {
  person: Id
  record: Id
  from: Day
  to: Day | null
}

/** Gives somebody a right to one record; the same right from the same day only gets another end. */
export const putRecordRight = (context: AccountsContext, one: RecordRight): Promise<void> =>
  inAccounts(context, async (tx) => {
    await tx.execute(sql`
      INSERT INTO record_grant (person, record, from_day, to_day) VALUES (${one.person}, ${one.record}, ${one.from}, ${one.to})
      ON CONFLICT (person, record, from_day) DO UPDATE SET to_day = excluded.to_day`)
    await raiseScope(tx, one.person)
  })

/** Ends a person's rights to one record with a day: it is the last on which they see it. @returns whether there was one to end */
export const endRecordRight = (
  context: AccountsContext,
  one: { person: Id; record: Id; last: Day },
): Promise<boolean> =>
  inAccounts(context, async (tx) => {
    const { rows } = await tx.execute(sql`
      UPDATE record_grant SET to_day = ${one.last} WHERE person = ${one.person} AND record = ${one.record}
        AND (to_day IS NULL OR to_day > ${one.last}) RETURNING record`)
    if (rows.length > 0) await raiseScope(tx, one.person)
    return rows.length > 0
  })
