import { must } from '../oracle/violation.ts'
import type { Act } from './acts.ts'
import { VILLAGES } from './office.ts'
import { HOUR, MINUTE } from './time.ts'
import type { World } from './world.ts'

const COUNTIES = [...new Set(VILLAGES.map((code) => code.slice(0, 6)))]
/** Reports of one county that are on their way at once. */
const REPORTS = 3

/**
 * A county reports its numbers upwards some times in a row; each report takes its time, so that a later one may overtake an earlier one.
 * What is kept above never goes back (I-39).
 */
export async function report(world: World, act: Act): Promise<void> {
  const { reports } = world.store
  const county = COUNTIES[Math.floor(act.a * COUNTIES.length)]
  if (!reports || county === undefined) return
  const dice = world.dice.of(`report ${act.at}`)
  const arrive = async (): Promise<void> => {
    const totals = await reports.read(county)
    await world.time.pause(dice.below(HOUR))
    const before = await reports.asOf(county)
    await reports.write(totals)
    const after = await reports.asOf(county)
    must(after >= before, 'I-39', () => `what ${county} reported as of ${before} is now as of ${after}`)
    world.did('report')
  }
  const under: Promise<void>[] = []
  for (let at = 0; at < REPORTS; at++) {
    under.push(arrive())
    await world.time.pause(20 * MINUTE)
  }
  await Promise.all(under)
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
