import * as fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { daysCounted } from '#domain/metric/metric.ts'
import { contributionsOf } from '#domain/metric/contribution.ts'
import { laneOf } from '#domain/record/kind.ts'
import { addDays } from '#domain/time/day.ts'
import type { Database } from '#server/database/database.ts'
import { readAs, readSettings } from '#server/database/read-settings.ts'
import { readList } from '#server/services/desk/list.ts'
import { METRICS } from '#server/services/desk/metrics.ts'
import { readOverview } from '#server/services/desk/overview.ts'
import { anyPeriod, anyRecords, REGIONS } from '#tests/support/desk/any-records.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import { clear, plant, plantRegions, type Planted } from '#tests/support/desk/desk-world.ts'
import { makeGrants, makeRights, TODAY } from '#tests/support/make-rights.ts'

const COUNTY = '999901'
const now = new Date(1_795_000_000_000)
const LISTED = [...METRICS.keys(), 'attendances:estimated', 'disputes:D02']
const settings = readSettings(makeRights({ grants: makeGrants('coordinator', COUNTY) }), TODAY)

/** The number as the rules say it: contributions of every record inside the prefix, on the days its kind counts. */
function expected(
  records: readonly Planted[],
  prefix: string,
  metric: string,
  period: { from: string; to: string },
  closed: boolean | null,
) {
  const days = daysCounted(METRICS.get(metric.split(':')[0] ?? '')?.kind ?? 'flow', period)
  return records
    .filter(
      (one) =>
        one.region.startsWith(prefix) &&
        (closed === null || (laneOf(one.kind, one.body) === 'closed') === closed),
    )
    .flatMap((one) => contributionsOf(one.kind, one.body, (day) => addDays(day, 1)))
    .filter(
      (one) => one.metric === metric && one.day <= days.to && (days.from === null || one.day >= days.from),
    )
    .reduce((sum, one) => sum + one.n, 0)
}

onBothDatabases('Numbers of the desk', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
  })

  it('[D-106] the rows that show and the ones that only count add up to the number, for every metric, place and period', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyRecords,
        anyPeriod,
        fc.constantFrom(COUNTY, '999901101', '999901101201'),
        async (records, period, prefix) => {
          await clear(database)
          await plantRegions(database, REGIONS)
          await plant(database, records)
          for (const metric of LISTED) {
            const list = await readAs(
              database,
              settings,
              (tx) => readList(tx, prefix, { metric, period, page: 1 }, now),
              { isolation: 'repeatable read' },
            )
            expect(list, metric).not.toBeNull()
            expect(list?.total, metric).toBe(expected(records, prefix, metric, period, null))
            expect(list?.closed, metric).toBe(expected(records, prefix, metric, period, true))
            expect(
              list?.rows.reduce((sum, one) => sum + one.n, 0),
              metric,
            ).toBe(list?.listed)
            expect((list?.listed ?? 0) + (list?.closed ?? 0), metric).toBe(list?.total)
          }
        },
      ),
      { numRuns: 25 },
    )
  }, 120_000)

  it('[D-113] children stand in administrative order and add up to their region', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyRecords,
        anyPeriod,
        fc.constantFrom(COUNTY, '999901101'),
        async (records, period, prefix) => {
          await clear(database)
          await plantRegions(database, REGIONS)
          await plant(database, records)
          const view = await readAs(database, settings, (tx) => readOverview(tx, prefix, period, now))
          for (const metric of ['disputes', 'settled', 'outreach', 'attendances'] as const) {
            expect(view?.now[metric]).toBe(expected(records, prefix, metric, period, null))
            expect(view?.children.reduce((sum, one) => sum + one.n[metric], 0)).toBe(view?.now[metric])
            for (let i = 0; i < 12; i++)
              expect(view?.children.reduce((sum, one) => sum + (one.months[metric][i] ?? 0), 0)).toBe(
                view?.series[metric][i],
              )
          }
          const places = view?.children.filter((one) => !one.own).map((one) => one.prefix) ?? []
          expect(places).toEqual([...places].sort())
          for (const one of view?.registers ?? [])
            expect(one.n, one.metric).toBe(expected(records, prefix, one.metric, period, null))
        },
      ),
      { numRuns: 15 },
    )
  }, 120_000)
})
