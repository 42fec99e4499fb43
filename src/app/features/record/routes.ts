import type { Feature } from '../../router.ts'
// The list is one tap away and opened as often as 今天, so it comes with the shell.
import RecordsPage from './pages/RecordsPage.vue'

const TEXT = ['record', 'refusal'] as const

export const routes: Feature['routes'] = [
  {
    path: '/log',
    component: () => import('./pages/LogPage.vue'),
    meta: { title: 'shell.log', tab: 'today', text: TEXT },
  },
  {
    path: '/log/dispute',
    component: () => import('./pages/DisputeForm.vue'),
    meta: { title: 'word.kind.dispute', tab: 'today', text: TEXT },
  },
  {
    path: '/log/outreach',
    component: () => import('./pages/OutreachForm.vue'),
    meta: { title: 'word.kind.outreach', tab: 'today', text: TEXT },
  },
  {
    path: '/log/service',
    component: () => import('./pages/ServiceForm.vue'),
    meta: { title: 'word.kind.service', tab: 'today', text: TEXT },
  },
  {
    path: '/log/screening',
    component: () => import('./pages/ScreeningForm.vue'),
    meta: { title: 'word.kind.screening', tab: 'today', text: TEXT },
  },
  {
    path: '/saved/:kind/:id',
    component: () => import('./pages/SavedPage.vue'),
    meta: { title: 'sync.saved', tab: 'today', text: [...TEXT, 'dispute'] },
  },
  {
    path: '/records',
    component: RecordsPage,
    meta: { title: 'shell.tab.records', tab: 'records', tabs: true, text: TEXT },
  },
]
