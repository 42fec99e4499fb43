import type { Feature } from '../../router.ts'

export const routes: Feature['routes'] = [
  {
    path: '/services/:id',
    props: true,
    component: () => import('./pages/ServicePage.vue'),
    meta: { title: 'service.title', tab: 'records', text: ['service', 'refusal'] },
  },
]
