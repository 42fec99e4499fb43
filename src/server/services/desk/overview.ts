import {
  FRONT_METRICS,
  REGISTER_METRICS,
  type Attention,
  type Child,
  type FrontMetric,
  type Overview,
} from '#domain/desk/overview.ts'
import { twelveMonths, yearBefore, type Period } from '#domain/desk/period.ts'
import type { MetricKind } from '#domain/metric/metric.ts'
import { codeOf, type RegionPrefix } from '#domain/region/code.ts'
import type { ReadTx, Tx } from '../../database/database.ts'
import { childDigitsOf } from '../../repositories/desk/area.ts'
import { headsOf, sumsOf, type Sum } from '../../repositories/desk/numbers.ts'
import { childrenOf, namesOf, pathOf, type Place } from '../../repositories/desk/places.ts'
import { phonesOf, waitingFor, type Waiting } from '../../repositories/desk/waiting.ts'
import { OFFICIAL_TYPES } from '#domain/dispute/type.ts'
import { METRICS } from './metrics.ts'

const SUMMED = {
  monthly: FRONT_METRICS,
  whole: ['failed', 'attendances:estimated', ...REGISTER_METRICS],
  types: OFFICIAL_TYPES.map((one) => `disputes:${one.code}`),
}

const perMetric = <T>(of: (metric: FrontMetric) => T): Record<FrontMetric, T> => ({
  disputes: of('disputes'),
  settled: of('settled'),
  outreach: of('outreach'),
  attendances: of('attendances'),
})
const total = (list: readonly { n: number }[]): number => list.reduce((all, one) => all + one.n, 0)

const ofMetric = (sums: readonly Sum[], metric: string, place: string | null): Sum[] =>
  sums.filter((one) => one.metric === metric && (place === null || one.place === place))

/** The months of one metric in a place (null: the whole region), as twelve counts. */
function monthsOf(
  sums: readonly Sum[],
  months: readonly string[],
  metric: string,
  place: string | null,
): number[] {
  const list = ofMetric(sums, metric, place)
  return months.map((month) => total(list.filter((one) => one.month === month)))
}

/** The number of one metric in a place, taking the days its kind takes (D-110). */
function numberOf(sums: readonly Sum[], metric: string, kind: MetricKind, place: string | null): number {
  const isPeriod = kind === 'flow' || kind === 'unclear'
  return ofMetric(sums, metric, place).reduce((all, one) => all + (isPeriod ? one.now : one.n), 0)
}

/** Places in administrative order; the unit's own work first, and what lies in places no longer valid last, so that all add up (D-113). */
async function placesOf(
  tx: Tx,
  prefix: RegionPrefix,
  day: string,
  worked: ReadonlySet<string>,
): Promise<Place[]> {
  const places = await childrenOf(tx, prefix, day)
  const known = new Set(places.map((one) => one.prefix))
  const own = codeOf(prefix).slice(0, childDigitsOf(prefix))
  const others = [...worked].filter((one) => !known.has(one)).sort()
  const names = await namesOf(tx, others)
  const more = others.map((one) => ({ prefix: one, name: names.get(one) ?? one }))
  return [...more.filter((one) => one.prefix === own), ...places, ...more.filter((one) => one.prefix !== own)]
}

const front = (metric: string): boolean => FRONT_METRICS.some((one) => one === metric)

/** Where anything of the four numbers happened, in the period or in the twelve months. */
const workedIn = (sums: readonly Sum[]): Set<string> =>
  new Set(
    sums.filter((one) => front(one.metric) && (one.now !== 0 || one.month !== '')).map((one) => one.place),
  )

function childOf(place: Place, own: boolean, sums: readonly Sum[], months: readonly string[]): Child {
  return {
    ...place,
    own,
    n: perMetric((metric) => numberOf(sums, metric, 'flow', place.prefix)),
    months: perMetric((metric) => monthsOf(sums, months, metric, place.prefix)),
  }
}

async function attentionOf(tx: Tx, waiting: readonly Waiting[]): Promise<Attention[]> {
  const names = await namesOf(
    tx,
    waiting.map((one) => one.region),
  )
  return (['submitted', 'escalated', 'leads'] as const).flatMap((sort) =>
    waiting
      .filter((one) => one.sort === sort)
      .map(({ on, region, ...rest }) => ({ ...rest, oldestOn: on, place: names.get(region) ?? '' })),
  )
}

/**
 * All that the desk's first page shows of a region and a period, from one snapshot of the database.
 * @returns null when there is no such region
 */
export async function readOverview(
  tx: ReadTx,
  prefix: RegionPrefix,
  period: Period,
  now: Date,
): Promise<Overview | null> {
  const path = await pathOf(tx, prefix)
  if (!path) return null
  const before = yearBefore(period)
  const months = twelveMonths(period.to)
  const sums = await sumsOf(tx, prefix, SUMMED, period, before, `${months[0] ?? ''}-01`)
  const { open, waiting } = await waitingFor(tx, prefix)
  const own = codeOf(prefix).slice(0, childDigitsOf(prefix))
  const places = prefix.length === 12 ? [] : await placesOf(tx, prefix, period.to, workedIn(sums))
  return {
    asOf: { at: now.getTime(), heads: await headsOf(tx, prefix) },
    region: { prefix, name: path[path.length - 1]?.name ?? '', path },
    period: { from: period.from, to: period.to },
    lastYear: before,
    phones: await phonesOf(tx, prefix, now),
    now: perMetric((metric) => numberOf(sums, metric, 'flow', null)),
    before: perMetric((metric) =>
      sums.filter((one) => one.metric === metric).reduce((all, one) => all + one.before, 0),
    ),
    parts: {
      estimated: numberOf(sums, 'attendances:estimated', 'flow', null),
      failed: numberOf(sums, 'failed', 'flow', null),
      open,
    },
    months,
    series: perMetric((metric) => monthsOf(sums, months, metric, null)),
    types: typesOf(sums),
    registers: REGISTER_METRICS.map((metric) => {
      const kind = METRICS.get(metric)?.kind ?? 'flow'
      return { metric, kind, n: numberOf(sums, metric, kind, null) }
    }),
    children: places.map((place) => childOf(place, place.prefix === own, sums, months)),
    attention: await attentionOf(tx, waiting),
  }
}

function typesOf(sums: readonly Sum[]): [string, string, number][] {
  const found = new Map<string, number>()
  for (const one of sums) {
    if (!one.metric.startsWith('disputes:')) continue
    const key = `${one.month} ${one.metric.slice('disputes:'.length)}`
    found.set(key, (found.get(key) ?? 0) + one.n)
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, n]) => [key.slice(0, 7), key.slice(8), n])
}
