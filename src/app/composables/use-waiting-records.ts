import { computed, type ComputedRef } from 'vue'
import { useServices } from '../services.ts'
import { useLive } from './use-live.ts'

/** How many records wait to be handed in, by the list; at least 1 while any change does, 0 when none does. */
export function useWaitingRecords(): ComputedRef<number> {
  const { notebook } = useServices()
  const rows = useLive(notebook.rows)
  const status = useLive(notebook.status)
  return computed(() => {
    if (!status.value || status.value.waiting === 0) return 0
    return Math.max(1, (rows.value ?? []).filter((row) => row.pending > 0).length)
  })
}
