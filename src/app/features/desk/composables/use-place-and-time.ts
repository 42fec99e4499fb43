import { computed } from 'vue'
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router'
import { FRONT_METRICS, type FrontMetric } from '#domain/desk/overview.ts'
import { periodFromQuery, type NamedPeriod, type PeriodName } from '#domain/desk/period.ts'
import type { RegionPrefix } from '#domain/region/code.ts'
import { useLive } from '../../../composables/use-live.ts'
import { useServices } from '../../../services.ts'

import type { Question } from './use-answer.ts'

/** Names of places that any answer has told, for a place whose own answer is still to come. */
const told = new Map<RegionPrefix, string>()

/** Remembers the names of places. */
export function remember(places: readonly Post[]): void {
  for (const { prefix, name } of places) told.set(prefix, name)
}

export interface Post {
  prefix: RegionPrefix
  name: string
}

/**
 * The desk's place, time and trend as the address says them (`r`, `t`, `from`, `to`, `m`), so that a view can be kept and sent on.
 * Without a place it is the first post of this coordinator; null while nobody is known.
 */
export function usePlaceAndTime() {
  const { notebook, clock } = useServices()
  const route = useRoute()
  const router = useRouter()
  const me = useLive(notebook.me)

  const posts = computed<Post[]>(() =>
    (me.value?.posts ?? [])
      .filter((one) => one.role === 'coordinator')
      .map((one) => ({ prefix: one.region, name: one.regionName })),
  )
  const region = computed(() => {
    if (posts.value.length === 0) return null
    const asked = route.query['r']
    return typeof asked === 'string' && /^\d{2,12}$/.test(asked) ? asked : (posts.value[0]?.prefix ?? null)
  })
  const period = computed<NamedPeriod>(() => periodFromQuery(route.query, clock.today.value))
  const metric = computed<FrontMetric>(
    () => FRONT_METRICS.find((one) => one === route.query['m']) ?? 'disputes',
  )

  const placeName = computed(() => {
    const here = region.value
    return posts.value.find((one) => one.prefix === here)?.name ?? told.get(here ?? '') ?? ''
  })

  /** The overview of this place and time; kept under the period's name, so that yesterday's answer is found today. */
  function overviewQuestion(): Question | null {
    if (region.value === null) return null
    const { name, from, to } = period.value
    const start = `overview ${region.value} ${name} ${from}`
    return {
      path: `/api/desk/overview?region=${region.value}&from=${from}&to=${to}`,
      keptAs: name === 'custom' ? `${start} ${to}` : start,
    }
  }

  /** The same page with something changed; what is usual stays out of the address. */
  function withQuery(change: {
    r?: string
    t?: PeriodName
    from?: string
    to?: string
    m?: FrontMetric
  }): LocationQueryRaw {
    const all = { r: region.value ?? undefined, t: period.value.name, m: metric.value, ...change }
    const custom = all.t === 'custom'
    return {
      r: all.r,
      ...(all.t === 'year' ? {} : { t: all.t }),
      ...(custom ? { from: change.from ?? period.value.from, to: change.to ?? period.value.to } : {}),
      ...(all.m === 'disputes' ? {} : { m: all.m }),
    }
  }
  const go = (change: Parameters<typeof withQuery>[0]) =>
    router.push({ name: 'desk', query: withQuery(change) })
  return { posts, region, placeName, period, metric, overviewQuestion, withQuery, go }
}
