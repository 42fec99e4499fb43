import { computed, type ComputedRef } from 'vue'
import { useRoute, useRouter } from 'vue-router'

/** The open sheet of a page stands in its address (`?step=`), so that the phone's own back key closes it. */
export function useSheetInAddress(): { step: ComputedRef<string>; go(step: string): void; gone(): void } {
  const route = useRoute()
  const router = useRouter()
  return {
    step: computed(() => (typeof route.query['step'] === 'string' ? route.query['step'] : '')),
    go: (step) => void router.push({ query: { step } }),
    gone: () => {
      if ((window.history.state as { back?: unknown } | null)?.back) router.back()
      else void router.replace({ query: {} })
    },
  }
}
