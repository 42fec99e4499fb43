import type { Feature } from '../../router.ts'

export const routes: Feature['routes'] = [
  {
    path: '/services/:id',
    component: () => import('./pages/ServicePage.vue'),
    meta: { title: 'word.kind.service', tab: 'records', text: ['record', 'refusal', 'small'] },
  },
]
