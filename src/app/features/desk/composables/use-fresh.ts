import { onScopeDispose, ref, watch, type Ref } from 'vue'
import type { Latest } from '#domain/desk/overview.ts'

/** How long a row that came in while the page was open stays tinted. */
const SHOWN_MS = 60_000

/** Ids of arrivals that came while somebody looked; those that were there at first are not new. */
export function useFresh(latest: () => Latest | null, of: () => string): Readonly<Ref<ReadonlySet<string>>> {
  const fresh = ref<ReadonlySet<string>>(new Set())
  const timers = new Set<ReturnType<typeof setTimeout>>()
  let seen: { of: string; ids: Set<string> } | null = null

  function tint(ids: readonly string[]) {
    fresh.value = new Set([...fresh.value, ...ids])
    const timer = setTimeout(() => {
      timers.delete(timer)
      fresh.value = new Set([...fresh.value].filter((one) => !ids.includes(one)))
    }, SHOWN_MS)
    timers.add(timer)
  }
  watch(latest, (next) => {
    if (!next) return
    const ids = next.rows.map((one) => one.id)
    const known = seen?.of === of() ? seen.ids : null
    const came = known ? ids.filter((id) => !known.has(id)) : []
    if (came.length > 0) tint(came)
    seen = { of: of(), ids: new Set([...(known ?? []), ...ids]) }
  })
  onScopeDispose(() => timers.forEach(clearTimeout))
  return fresh
}
