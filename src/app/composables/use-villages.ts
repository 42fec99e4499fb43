import { computed } from 'vue'
import type { Role } from '#domain/access/role.ts'
import { codeOf, covers, levelOf, type RegionCode } from '#domain/region/code.ts'
import type { Me } from '#sync/protocol/wire.ts'
import { useServices } from '../services.ts'
import { useLive } from './use-live.ts'

export interface Village {
  code: RegionCode
  name: string
}

const WRITES: readonly Role[] = ['mediator', 'understander', 'clerk', 'coordinator']

/**
 * The places somebody may write records for: the places of the posts themselves, then every place named around them that a
 * post covers. The first one is home.
 */
export function placesOf(me: Me): Village[] {
  const posts = me.posts.filter((post) => WRITES.includes(post.role))
  const own = [...posts].sort((a, b) => WRITES.indexOf(a.role) - WRITES.indexOf(b.role))
  const found = new Map<RegionCode, string>()
  for (const post of own) found.set(codeOf(post.region), post.regionName)
  for (const region of me.regions)
    if (posts.some((post) => covers(post.region, region.code)) && !found.has(region.code))
      found.set(region.code, region.name)
  return [...found]
    .filter(([code]) => ['village', 'township', 'county'].includes(levelOf(code) ?? ''))
    .map(([code, name]) => ({ code, name }))
}

/** Where this person may write; empty until somebody has entered. */
export function useVillages() {
  const me = useLive(useServices().notebook.me)
  const villages = computed(() => (me.value ? placesOf(me.value) : []))
  return {
    me,
    villages,
    home: computed(() => villages.value[0]?.code ?? ''),
    nameOf: (code: RegionCode) => villages.value.find((one) => one.code === code)?.name ?? '',
  }
}
