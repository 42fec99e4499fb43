import { loadText } from '../../text.ts'
import type { TodayBlock } from '../../today-blocks.ts'

export const todayBlocks: readonly TodayBlock[] = [
  {
    roles: ['coordinator'],
    component: async () => {
      await loadText(['desk'])
      return import('./components/TodayNumbers.vue')
    },
  },
]
