import type { RouteLocationRaw } from 'vue-router'
import type { Id } from '#domain/id.ts'
import type { Kind } from '#domain/record/kind.ts'

const PAGES: Partial<Record<Kind, string>> = {
  dispute: '/disputes',
  outreach: '/outreach',
  service: '/services',
  screening: '/screenings',
  lead: '/leads',
}

/** The page of a record, by its kind. */
export const placeOf = (kind: Kind, id: Id): RouteLocationRaw => `${PAGES[kind] ?? '/records'}/${id}`
