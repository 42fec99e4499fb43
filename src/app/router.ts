import { createRouter, createWebHistory, type Router, type RouteRecordRaw } from 'vue-router'
import type { Role } from '#domain/access/role.ts'
import { loadText } from './text.ts'
import type { IconName } from './ui/icons.ts'

export type Tab = 'today' | 'records' | 'learn' | 'me'

declare module 'vue-router' {
  interface RouteMeta {
    /** Key of the page's title. */
    title?: string
    /** The tab that is lit. */
    tab?: Tab
    /** Whether the four tabs stand below on a phone; pages with their own bar leave them out. */
    tabs?: boolean
    /** Files of app/text that the page needs. */
    text?: readonly string[]
    /** Uses the whole width on a desk instead of one column. */
    wide?: boolean
    /** Stands alone: neither tabs nor rail (entry pages). */
    bare?: boolean
  }
}

/** An entry that a role adds to the rail on wide screens and to 我的 on phones. */
export interface RailEntry {
  to: string
  icon: IconName
  /** Key of the word; put it in text/<language>/shell.json. */
  label: string
  /** Roles that see it; somebody who holds any of them does. */
  roles: readonly Role[]
}

/** What features/<noun>/routes.ts exports. Only this file of a feature comes with the shell; pages come when opened. */
export interface Feature {
  routes: RouteRecordRaw[]
  rail?: readonly RailEntry[]
}

const FEATURES = Object.values(import.meta.glob<Feature>('./features/*/routes.ts', { eager: true }))

export const RAIL: readonly RailEntry[] = FEATURES.flatMap((feature) => feature.rail ?? [])

/** The routes of all features under /app/; words of a page are there before it shows. */
export function makeRouter(): Router {
  const router = createRouter({
    history: createWebHistory('/app/'),
    routes: [
      ...FEATURES.flatMap((feature) => feature.routes),
      {
        path: '/:rest(.*)*',
        component: () => import('./NotFound.vue'),
        meta: { title: 'shell.notFound', tabs: true },
      },
    ],
    scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { left: 0, top: 0 }),
  })
  router.beforeResolve(async (to) => {
    await loadText(to.meta.text ?? [])
  })
  return router
}
