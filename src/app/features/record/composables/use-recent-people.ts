import { onScopeDispose, ref, watch, type Ref } from 'vue'
import type { Dispute } from '#domain/dispute/dispute.ts'
import { useLive } from '../../../composables/use-live.ts'
import { useServices } from '../../../services.ts'

const LOOKED_AT = 6
const SHOWN = 6

/** Names from the newest disputes on this phone, so that people who come again are one tap away. */
export function useRecentPeople(): Readonly<Ref<readonly string[]>> {
  const { notebook } = useServices()
  const rows = useLive(notebook.rows)
  const names = ref<string[]>([])
  const stops: (() => void)[] = []
  const stopWatching = watch(
    rows,
    (list) => {
      if (!list || stops.length > 0) return
      for (const row of list.filter((one) => one.kind === 'dispute').slice(0, LOOKED_AT))
        stops.push(
          notebook.open(row.kind, row.id).subscribe((opened) => {
            const parties = (opened?.body as Dispute | undefined)?.parties ?? []
            names.value = [...new Set([...names.value, ...parties.map((party) => party.name)])].slice(
              0,
              SHOWN,
            )
          }),
        )
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    stopWatching()
    for (const stop of stops) stop()
  })
  return names
}
