import { readFileSync } from 'node:fs'
import { contributionsOf, type Contribution } from '#domain/metric/contribution.ts'
import { daysCounted } from '#domain/metric/metric.ts'
import { addDays } from '#domain/time/day.ts'
import { metricOf } from '#server/services/desk/metrics.ts'
import type { PlannedRecord } from '#server/demo/planned.ts'
import { readDemoSeeds, type DemoSeeds } from '#server/demo/seed-files.ts'
import { planWorld, type WorldPlan } from '#server/demo/plan-world.ts'
import { fold } from '#sync/fold/fold.ts'
import type { RecordState } from '#sync/fold/state.ts'

/** A planned world with the state of every record, folded as phone and server fold it. */
export interface FoldedWorld {
  plan: WorldPlan
  states: RecordState[]
  shares: (Contribution & { region: string })[]
}

function foldRecord(record: PlannedRecord, authors: ReadonlyMap<string, string>): RecordState {
  let state: RecordState | null = null
  record.steps.forEach((step, at) => {
    const op = {
      i: record.id,
      n: at + 1,
      k: step.k,
      v: 1,
      e: [record.kind, record.id] as [string, string],
      r: record.region,
      b: at,
      a: step.a,
      t: [step.at, 0, 0] as [number, number, number],
    }
    const result = fold(state, op, {
      author: authors.get(step.by) ?? null,
      device: 1,
      n: at + 1,
      base: at,
      at: step.at,
      receivedAt: step.at,
    })
    if (!result?.ok)
      throw new Error(`${record.kind} ${step.k} in ${record.region}: ${result ? result.reason : 'unknown'}`)
    state = result.value.state
  })
  if (!state) throw new Error('a record without steps')
  return state
}

/** Plans the demo world at a moment and folds all of it. */
export function foldedWorld(now: number, seeds: DemoSeeds = readDemoSeeds()): FoldedWorld {
  const plan = planWorld(seeds, now)
  const authors = new Map(plan.writers.map((one) => [one.key, one.person]))
  const states = plan.records.map((one) => foldRecord(one, authors))
  const shares = states.flatMap((one) =>
    contributionsOf(one.kind, one.body, (day) => addDays(day, 1)).map((share) =>
      Object.assign(share, { region: one.region }),
    ),
  )
  return { plan, states, shares }
}

/** A number of the registry for a period and a region prefix, out of contributions alone. */
export function numberOf(
  world: Pick<FoldedWorld, 'shares'>,
  metric: string,
  period: { from: string; to: string },
  prefix = '',
): number {
  const kind = metricOf(metric)?.kind
  if (kind === undefined) throw new Error(`no metric ${metric}`)
  const { from, to } = daysCounted(kind, period)
  return world.shares
    .filter(
      (one) =>
        one.metric === metric &&
        one.day <= to &&
        (from === null || one.day >= from) &&
        one.region.startsWith(prefix),
    )
    .reduce((sum, one) => sum + one.n, 0)
}

/** Midday in Beijing on a day. */
export const middayOf = (day: string): number => Date.parse(`${day}T12:00:00+08:00`)

interface AcceptanceReport {
  id: string
  year: number
  rows: { row: string; metric: string; wording: string; value: number; unit: string; kind: string }[]
}

/** The published figures that the records must give, in the reports' own words. */
export const acceptanceReports = (): AcceptanceReport[] =>
  JSON.parse(readFileSync(new URL('../../../seeds/metrics/acceptance.json', import.meta.url), 'utf8')).reports
