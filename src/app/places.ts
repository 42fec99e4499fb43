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

/** The page of a refused op; `mend` opens the sheet to type it anew. */
export const refusedPlace = (n: number, mend = false): RouteLocationRaw => ({
  path: `/safe/refused/${n}`,
  ...(mend ? { query: { step: 'mend' } } : {}),
})

/** The page where two versions of a record stand side by side. */
export const bothPlace = (kind: Kind, id: Id): RouteLocationRaw => `/safe/both/${kind}/${id}`
