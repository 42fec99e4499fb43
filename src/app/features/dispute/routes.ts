import type { Feature } from '../../router.ts'

const TEXT = ['dispute', 'refusal', 'attachment', 'number', 'lock'] as const

export const routes: Feature['routes'] = [
  {
    path: '/disputes/:id',
    props: true,
    component: () => import('./pages/DisputePage.vue'),
    meta: { title: 'dispute.title', tab: 'records', text: TEXT },
  },
  // Where the list of drafts leads for an unfinished sheet of any record.
  {
    path: '/log/:kind(dispute|outreach|service|screening)-step',
    component: () => import('../../shell/ResumeSheet.vue'),
    meta: { title: 'shell.tab.records', tab: 'records' },
  },
]
