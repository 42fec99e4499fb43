import type { Feature } from '../../router.ts'

export const routes: Feature['routes'] = [
  {
    path: '/screenings/:id',
    props: true,
    component: () => import('./pages/ScreeningPage.vue'),
    meta: { title: 'screening.title', tab: 'records', text: ['screening', 'refusal'] },
  },
]
