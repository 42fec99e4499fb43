import type { Feature } from '../../router.ts'

export const routes: Feature['routes'] = [
  {
    path: '/disputes/:id',
    props: true,
    component: () => import('./pages/DisputePage.vue'),
    meta: { title: 'dispute.title', tab: 'records', text: ['dispute', 'refusal'] },
  },
]
