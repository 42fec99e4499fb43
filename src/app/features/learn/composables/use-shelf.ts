import { computed } from 'vue'
import { isReachable, isVisible } from '#domain/content/review.ts'
import { seasonalItem } from '#domain/content/season.ts'
import { useLive } from '../../../composables/use-live.ts'
import { useServices } from '../../../services.ts'

/**
 * The legal content that lies on this phone: what may be shown today, the question of the season, and how to find one by
 * its slug (retired ones too, because an old link still leads to them). `ready` is false until the shelf was read once.
 */
export function useShelf() {
  const { shelf, clock } = useServices()
  const pack = useLive(shelf.content)
  const ready = computed(() => pack.value !== undefined)
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
