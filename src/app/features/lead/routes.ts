import type { Feature } from '../../router.ts'

export const routes: Feature['routes'] = [
  {
    path: '/leads/:id',
    component: () => import('./pages/LeadPage.vue'),
    meta: { title: 'word.kind.lead', tab: 'today', text: ['record', 'refusal', 'small', 'number', 'lock'] },
  },
]
