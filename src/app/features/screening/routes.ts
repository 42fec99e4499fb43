import type { Feature } from '../../router.ts'

export const routes: Feature['routes'] = [
  {
    path: '/screenings/:id',
    component: () => import('./pages/ScreeningPage.vue'),
    meta: { title: 'word.kind.screening', tab: 'records', text: ['record', 'refusal', 'small'] },
  },
]
