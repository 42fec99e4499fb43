import { computed, type ComputedRef } from 'vue'
import type { Role } from '#domain/access/role.ts'
import { RAIL, type RailEntry } from '../router.ts'
import { useServices } from '../services.ts'
import { useLive } from './use-live.ts'

/** The roles somebody holds through any post. */
export function useRoles(): ComputedRef<readonly Role[]> {
  const me = useLive(useServices().notebook.me)
  return computed(() => [...new Set(me.value?.posts.map((post) => post.role))])
}

/** The entries that this person's roles add. */
export function useRail(): ComputedRef<readonly RailEntry[]> {
  const roles = useRoles()
  return computed(() => RAIL.filter((entry) => entry.roles.some((role) => roles.value.includes(role))))
}
