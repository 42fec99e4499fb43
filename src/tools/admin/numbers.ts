import { repairNumbers } from '#server/jobs/audit-numbers.ts'
import type { Database } from '#server/database/database.ts'
import { CannotDo } from './command-line.ts'

export interface RecomputeOrder {
  what: string
  county: string | null
  cause: string | null
}

/** Refuses words that make no sense, before a database is opened. */
export function refuseWords({ what, county }: RecomputeOrder): void {
  if (what !== 'recompute')
    throw new CannotDo(`"metrics" knows only "recompute"; see: npm run admin -- help`, 'bad-word')
  if (county !== null && !/^\d{6}$/.test(county))
    throw new CannotDo(`"${county.slice(0, 20)}" is not a county code; it has six digits.`, 'bad-county')
}

/** Sets every number to what the records say. @returns what was wrong */
export async function recomputeMetrics(database: Database, order: RecomputeOrder): Promise<string> {
  const repairs = await repairNumbers(database, Date.now(), order.county, order.cause)
  if (repairs.length === 0)
    throw new CannotDo('there is no such county with work in it, so nothing was recomputed.', 'no-county')
  const records = repairs.reduce((sum, one) => sum + one.records, 0)
  const wrong = repairs.flatMap(({ county, repaired }) => repaired.map((one) => ({ county, ...one })))
  const lines = wrong.map(
    (one) => `  ${one.region} ${one.metric} ${one.day}: was ${one.kept}, is ${one.recomputed}`,
  )
  const counted = `${records} records of ${repairs.length} ${repairs.length === 1 ? 'county' : 'counties'}`
  return wrong.length === 0
    ? `${counted}: every number was right.`
    : [`${counted}: ${wrong.length} numbers were wrong and are right now:`, ...lines].join('\n')
}
