import { onScopeDispose, reactive, watch } from 'vue'
import { FRONT_METRICS, type FrontMetric, type Overview } from '#domain/desk/overview.ts'

/** How long a change is pointed out. */
const SHOWN_MS = 60_000

/**
 * What the four numbers gained since they were last looked at, for a minute after it came; a change of place or period is no gain.
 * @param of what tells one view from another: place and period
 */
export function useJustNow(
  overview: () => Overview | null,
  of: () => string,
): Readonly<Partial<Record<FrontMetric, number>>> {
  const gained = reactive<Partial<Record<FrontMetric, number>>>({})
  const timers = new Map<FrontMetric, ReturnType<typeof setTimeout>>()
  let seen: { of: string; now: Record<FrontMetric, number> } | null = null

  const forget = (metric: FrontMetric) => {
    clearTimeout(timers.get(metric))
    timers.delete(metric)
    delete gained[metric]
  }
  function compare(now: Record<FrontMetric, number>, before: Record<FrontMetric, number>) {
    for (const metric of FRONT_METRICS) {
      const more = now[metric] - before[metric]
      if (more === 0) continue
      const sum = (gained[metric] ?? 0) + more
      forget(metric)
      if (sum <= 0) continue
      gained[metric] = sum
      timers.set(
        metric,
        setTimeout(() => forget(metric), SHOWN_MS),
      )
    }
  }
  watch(overview, (next) => {
    if (!next) return
    const view = of()
    if (seen?.of === view) compare(next.now, seen.now)
    else FRONT_METRICS.forEach(forget)
    seen = { of: view, now: { ...next.now } }
  })
  onScopeDispose(() => FRONT_METRICS.forEach(forget))
  return gained
}
