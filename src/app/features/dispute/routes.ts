import type { Feature } from '../../router.ts'

const TEXT = ['dispute', 'refusal'] as const

export const routes: Feature['routes'] = [
  {
    path: '/disputes/:id',
    props: true,
    component: () => import('./pages/DisputePage.vue'),
    meta: { title: 'dispute.title', tab: 'records', text: TEXT },
  },
  // Where the list of drafts leads for an unfinished step of a dispute.
  {
    path: '/log/dispute-step',
    component: () => import('./pages/ResumeStepPage.vue'),
    meta: { title: 'dispute.title', tab: 'records', text: TEXT },
  },
]
