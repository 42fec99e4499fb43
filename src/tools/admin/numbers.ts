import { repairNumbers } from '#server/jobs/audit-numbers.ts'
import type { Database } from '#server/database/database.ts'
import { CannotDo } from './command-line.ts'

/** Sets every number to what the records say. @returns what was wrong */
export async function recomputeMetrics(
  database: Database,
  order: { what: string; county: string | null; cause: string | null },
): Promise<string> {
  if (order.what !== 'recompute')
    throw new CannotDo(`"metrics" knows only "recompute"; see: npm run admin -- help`, 'bad-word')
  if (order.county !== null && !/^\d{6}$/.test(order.county))
    throw new CannotDo(
      `"${order.county.slice(0, 20)}" is not a county code; it has six digits.`,
      'bad-county',
    )
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
