import type { Feature } from '../../router.ts'

const TEXT = ['dispute', 'record', 'refusal'] as const

export const routes: Feature['routes'] = [
  { path: '/disputes/:id', component: () => import('./pages/DisputePage.vue'), meta: { title: 'dispute.title', tab: 'records', text: TEXT } },
  { path: '/disputes/:id/edit', component: () => import('./pages/DisputeEdit.vue'), meta: { title: 'dispute.edit', tab: 'records', text: TEXT } },
]
