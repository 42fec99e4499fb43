import type { Feature } from '../../router.ts'

export const routes: Feature['routes'] = [
  {
    path: '/safe',
    name: 'safe',
    component: () => import('./pages/SafePage.vue'),
    meta: { title: 'safe.title', tab: 'me', tabs: true, text: ['safe'] },
  },
]
