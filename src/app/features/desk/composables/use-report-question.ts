import { computed } from 'vue'
import { useRoute } from 'vue-router'
import { useServices } from '../../../services.ts'
import type { Question } from './use-answer.ts'
import { usePlaceAndTime } from './use-place-and-time.ts'

/** The year and place of the yearly paragraph as the address says them (`y`, `r`); last year and the widest post when it does not. */
export function useReportQuestion() {
  const { clock } = useServices()
  const route = useRoute()
  const { region: here, posts } = usePlaceAndTime()

  const today = computed(() => clock.today.value)
  const year = computed(() => {
    const asked = Number(route.query['y'])
    return Number.isInteger(asked) && asked >= 2000 && asked <= 2100
      ? asked
      : Number(today.value.slice(0, 4)) - 1
  })
  const region = computed(() => {
    if (typeof route.query['r'] === 'string') return here.value
    const widest = [...posts.value].sort((a, b) => a.prefix.length - b.prefix.length)[0]
    return widest?.prefix ?? here.value
  })
  const question = (): Question | null => {
    if (region.value === null) return null
    const last = `${year.value}-12-31`
    const to = last > today.value ? today.value : last
    return {
      path: `/api/desk/overview?region=${region.value}&from=${year.value}-01-01&to=${to}`,
      keptAs: `report ${region.value} ${year.value}`,
    }
  }
  return { year, region, question }
}
