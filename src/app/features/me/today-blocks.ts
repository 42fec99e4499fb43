import { RoleSchema } from '#domain/access/role.ts'
import { loadText } from '../../text.ts'
import type { TodayBlock } from '../../today-blocks.ts'

export const todayBlocks: readonly TodayBlock[] = [
  {
    roles: RoleSchema.options,
    component: async () => {
      await loadText(['me'])
      return import('./components/ToldBlock.vue')
    },
  },
]
