import type { Component } from 'vue'
import type { Role } from '#domain/access/role.ts'

/** A block that a role adds to 今天. */
export interface TodayBlock {
  roles: readonly Role[]
  component: () => Promise<{ default: Component }>
}

// Files of their own, not routes.ts: 今天 is one of the routes, and must not import the list that holds it.
const FILES = import.meta.glob<{ todayBlocks: readonly TodayBlock[] }>('./features/*/today-blocks.ts', {
  eager: true,
})

/** The blocks of all features: each exports `todayBlocks` from features/<noun>/today-blocks.ts. */
export const TODAY_BLOCKS: readonly TodayBlock[] = Object.values(FILES).flatMap((file) => file.todayBlocks)
