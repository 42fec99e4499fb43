import { computed, onScopeDispose, ref } from 'vue'
import { isReachable, isVisible } from '#domain/content/review.ts'
import { seasonalItem } from '#domain/content/season.ts'
import { useLive } from '../../../composables/use-live.ts'
import { useServices } from '../../../services.ts'

/** How long an empty shelf is given to open before the page says that nothing is on it yet. */
const PATIENCE_MS = 600

/**
 * The legal content that lies on this phone: what may be shown today, the question of the season, and how to find one by
 * its slug (retired ones too, because an old link still leads to them). `ready` is false until the shelf was read once.
 */
export function useShelf() {
  const { shelf, clock } = useServices()
  const pack = useLive(shelf.content)
  const waited = ref(false)
  const timer = setTimeout(() => (waited.value = true), PATIENCE_MS)
  onScopeDispose(() => clearTimeout(timer))

  const ready = computed(() => pack.value !== undefined || waited.value)
  const items = computed(() => {
    const held = pack.value
    return held ? held.items.filter((one) => isVisible(one, held.stage, clock.today.value)) : []
  })
  const season = computed(() => {
    const held = pack.value
    return held ? seasonalItem(held.items, held.calendar, clock.today.value, held.stage) : null
  })
  const find = (slug: string) => {
    const held = pack.value
    return held?.items.find((one) => one.slug === slug && isReachable(one, held.stage)) ?? null
  }
  return { pack, ready, items, season, find }
}
