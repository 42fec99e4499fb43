import type { Database } from '../database/database.ts'
import { retrying } from '../database/failures.ts'
import { ledgersOf } from '../repositories/jobs/numbers.ts'
import { putTotals, reportedAt, totalsOf, type CountyTotals } from '../repositories/jobs/rollup-up.ts'

/** Under which units a county's totals are kept: its province and its prefecture. A province is the sum of its counties when it is read. */
export const scopesOf = (county: string): string[] => [county.slice(0, 2), county.slice(0, 4)]

/** Reads a county's totals in one snapshot. */
export const readTotals = (database: Database, county: string): Promise<CountyTotals> =>
  database.as('jobs', {}, (tx) => totalsOf(tx, county), { isolation: 'repeatable read' })

/** Writes a county's totals down; older than what is there, or the same again, they change nothing (I-39). */
export const writeTotals = (database: Database, totals: CountyTotals, force = false): Promise<void> =>
  retrying(() =>
    database.as('jobs', {}, async (tx) => {
      for (const scope of scopesOf(totals.county)) await putTotals(tx, scope, totals, force)
    }),
  )

/** Reports every county whose ledger moved since the last report. @returns how many */
export async function reportUpwards(database: Database): Promise<number> {
  const { ledgers, known } = await database.as('jobs', {}, async (tx) => ({
    ledgers: await ledgersOf(tx),
    known: await reportedAt(tx),
  }))
  const moved = ledgers.filter(({ county, head }) => head > (known.get(county) ?? 0))
  for (const { county } of moved) await writeTotals(database, await readTotals(database, county))
  return moved.length
}
