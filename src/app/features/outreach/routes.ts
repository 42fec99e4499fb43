import type { Feature } from '../../router.ts'

export const routes: Feature['routes'] = [
  {
    path: '/outreach/:id',
    component: () => import('./pages/OutreachPage.vue'),
    meta: { title: 'word.kind.outreach', tab: 'records', text: ['record', 'refusal', 'small'] },
  },
]
