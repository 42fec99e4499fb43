import type { Feature } from '../../router.ts'

export const routes: Feature['routes'] = [
  {
    path: '/leads/:id',
    props: true,
    component: () => import('./pages/LeadPage.vue'),
    meta: { title: 'lead.title', tab: 'records', text: ['lead', 'refusal'] },
  },
]
