import { computed, ref, type ComputedRef, type Ref } from 'vue'
import { dayOf, type Day } from '#domain/time/day.ts'

/** The app's one clock: `now` (epoch ms) moves every half minute and when the page comes back, `today` is its Beijing day. */
export interface Clock {
  now: Readonly<Ref<number>>
  today: ComputedRef<Day>
}

export function createClock(): Clock {
  const now = ref(Date.now())
  const tick = () => {
    now.value = Date.now()
  }
  setInterval(tick, 30_000)
  document.addEventListener('visibilitychange', tick)
  window.addEventListener('pageshow', tick)
  return { now, today: computed(() => dayOf(now.value)) }
}
