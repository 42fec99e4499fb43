import type { Feature } from '../../router.ts'

export const routes: Feature['routes'] = [
  {
    path: '/outreach/:id',
    props: true,
    component: () => import('./pages/OutreachPage.vue'),
    meta: { title: 'outreach.title', tab: 'records', text: ['outreach', 'refusal'] },
  },
]
