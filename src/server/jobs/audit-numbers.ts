import type { Database } from '../database/database.ts'
import { ledgersOf, lockLedger, setNumbers } from '../repositories/jobs/numbers.ts'
import { closeRepairs, noteDifferences } from '../repositories/jobs/repairs.ts'
import { numberDifferences, recompute, type Difference } from './recompute.ts'
import { readTotals, writeTotals } from './report-upwards.ts'

/** What the audit of one county came to. */
export interface CountyAudit {
  county: string
  /** Ledger position of the snapshot. */
  asOf: number
  records: number
  numbers: number
  /** Expected: none, exactly. */
  differences: Difference[]
}

const auditCounty = (database: Database, county: string, asOf: number, at: number): Promise<CountyAudit> =>
  database.as(
    'jobs',
    {},
    async (tx) => {
      const anew = await recompute(tx, county)
      const differences = await numberDifferences(tx, county, anew)
      await noteDifferences(tx, { county, asOf, found: new Date(at) }, differences)
      return { county, asOf, records: anew.records, numbers: anew.numbers.size, differences }
    },
    { isolation: 'repeatable read' },
  )

const ledgers = (database: Database) => database.as('jobs', {}, ledgersOf)

/**
 * Recomputes every county's numbers from its records and compares them with what is kept, each in one snapshot (I-38). A difference is
 * written down with its cause open; nothing is repaired by itself, because a number that repairs itself hides what broke it.
 * @param at epoch ms
 */
export async function auditNumbers(database: Database, at: number): Promise<CountyAudit[]> {
  const audits: CountyAudit[] = []
  for (const { county, head } of await ledgers(database))
    audits.push(await auditCounty(database, county, head, at))
  return audits
}

/** What a repair changed in one county. */
export interface CountyRepair {
  county: string
  records: number
  repaired: Difference[]
  /** Entries of earlier audits that were closed with it. */
  closed: number
}

const repairCounty = (
  database: Database,
  county: string,
  at: number,
  cause: string | null,
): Promise<CountyRepair> =>
  database.as('jobs', {}, async (tx) => {
    // Whoever pushes in this county takes the ledger's lock before writing anything, so nobody writes until this ends.
    const asOf = (await lockLedger(tx, county)) ?? 0
    const anew = await recompute(tx, county)
    const repaired = await numberDifferences(tx, county, anew)
    await noteDifferences(tx, { county, asOf, found: new Date(at) }, repaired)
    await setNumbers(
      tx,
      county,
      repaired.map(({ region, metric, day, recomputed }) => ({ region, metric, day, n: recomputed })),
    )
    const closed = await closeRepairs(tx, county, new Date(at), cause)
    return { county, records: anew.records, repaired, closed }
  })

/**
 * Sets every number to what the records say and closes what audits had found.
 * @param only one county; null: all
 * @param cause why they were wrong; null: not known yet
 */
export async function repairNumbers(
  database: Database,
  at: number,
  only: string | null,
  cause: string | null,
): Promise<CountyRepair[]> {
  const repairs: CountyRepair[] = []
  for (const { county } of await ledgers(database)) {
    if (only !== null && county !== only) continue
    const done = await repairCounty(database, county, at, cause)
    // The ledger did not move, so the report upwards has to be told that its numbers did.
    if (done.repaired.length > 0) await writeTotals(database, await readTotals(database, county), true)
    repairs.push(done)
  }
  return repairs
}
