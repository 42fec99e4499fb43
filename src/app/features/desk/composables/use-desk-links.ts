import type { LocationQueryRaw, RouteLocationRaw } from 'vue-router'
import type { Attention, Child, FrontMetric } from '#domain/desk/overview.ts'
import type { Period } from '#domain/desk/period.ts'
import type { RegionPrefix } from '#domain/region/code.ts'
import { addDays, addMonths } from '#domain/time/day.ts'

/** Where the desk is, read anew for every link. */
interface Standing {
  region(): RegionPrefix | null
  period(): Period
  metric(): FrontMetric
  withQuery(change: { r: RegionPrefix }): LocationQueryRaw
}

const listOf = (metric: string, r: RegionPrefix | null, from: string, to: string): RouteLocationRaw => ({
  name: 'desk-list',
  query: { metric, r, from, to },
})

/** Where each number, bar, place and waiting thing of the overview leads. */
export function useDeskLinks({ region, period, metric, withQuery }: Standing) {
  return {
    /** The records behind a number of this region and period. */
    number: (name: string) => listOf(name, region(), period().from, period().to),
    /** The records of one month, no further than the period goes. */
    month(month: string): RouteLocationRaw {
      const last = addDays(`${addMonths(month, 1)}-01`, -1)
      return listOf(metric(), region(), `${month}-01`, last > period().to ? period().to : last)
    },
    waiting: (sort: Attention['sort']): RouteLocationRaw => ({
      name: 'desk-list',
      query: { wait: sort, r: region() },
    }),
    /** A place below opens its own overview; what the unit did itself has no places below and opens as a list. */
    place: (child: Pick<Child, 'prefix' | 'own'>): RouteLocationRaw =>
      child.own
        ? listOf(metric(), child.prefix.padEnd(12, '0'), period().from, period().to)
        : { name: 'desk', query: withQuery({ r: child.prefix }) },
  }
}
