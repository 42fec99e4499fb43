import type { CountyTotals } from '#server/repositories/jobs/rollup-up.ts'
import { must } from '../oracle/violation.ts'
import type { Act } from './acts.ts'
import { VILLAGES } from './office.ts'
import type { Reports } from './store.ts'
import { HOUR, MINUTE } from './time.ts'
import type { World } from './world.ts'

const COUNTIES = [...new Set(VILLAGES.map((code) => code.slice(0, 6)))]
/** How long a report may lie before it is sent, and how often it is looked whether there is something newer by then. */
const LIES = 6 * HOUR
const LOOKED_AT = 10 * MINUTE

/** What a county reports now comes to be kept above. */
async function arrive(world: World, reports: Reports, totals: CountyTotals): Promise<void> {
  const { county } = totals
  const before = await reports.asOf(county)
  await reports.write(totals)
  const after = await reports.asOf(county)
  must(after >= before, 'I-39', () => `what ${county} reported as of ${before} is now as of ${after}`)
  world.did('report')
}

/**
 * A county reports its numbers upwards, and the report lies somewhere until newer work has come, whose own report overtakes it. What is
 * kept above never goes back (I-39).
 */
export async function report(world: World, act: Act): Promise<void> {
  const { reports } = world.store
  const county = COUNTIES[Math.floor(act.a * COUNTIES.length)]
  if (!reports || county === undefined) return
  const late = await reports.read(county)
  const end = world.time.now + LIES
  let newer = late
  while (newer.asOf === late.asOf && world.time.now < end && !world.isCalm) {
    await world.time.pause(LOOKED_AT)
    newer = await reports.read(county)
  }
  await arrive(world, reports, newer)
  await world.time.pause(world.dice.of(`report ${act.at}`).below(HOUR))
  await arrive(world, reports, late)
}

/** I-39: once everything was reported, what is kept above is the sum of what the counties keep. */
export async function expectReports(world: World): Promise<void> {
  const { reports, ledger } = world.store
  // A ledger that was put back behind everybody's back may be behind what it had reported, until it has caught up.
  if (!reports || ledger.cuts > 0) return
  await reports.all()
  const wrong = await reports.differing()
  must(wrong === null, 'I-39', () => `above and in the county differ: ${wrong}`)
}
