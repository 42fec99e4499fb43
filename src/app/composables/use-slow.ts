import { onScopeDispose, ref, watch, type Ref } from 'vue'
import type { SyncStatus } from '#phone/api.ts'
import { useServices } from '../services.ts'
import { useLive } from './use-live.ts'

/** Longer than this under way, handing in is called slow, ms. */
const SLOW_MS = 6000

/** Whether handing in has been under way for longer than people like to wait. */
export function useSlow(): Readonly<Ref<boolean>> {
  const status = useLive<SyncStatus>(useServices().notebook.status)
  const isSlow = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(
    () => status.value?.running === true,
    (running) => {
      clearTimeout(timer)
      isSlow.value = false
      if (running) timer = setTimeout(() => (isSlow.value = true), SLOW_MS)
    },
    { immediate: true },
  )
  onScopeDispose(() => clearTimeout(timer))
  return isSlow
}
