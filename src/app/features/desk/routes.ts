import type { Feature } from '../../router.ts'

const meta = { tab: 'today', text: ['desk'], wide: true } as const

export const routes: Feature['routes'] = [
  {
    path: '/desk',
    name: 'desk',
    component: () => import('./pages/OverviewPage.vue'),
    meta: { ...meta, title: 'shell.rail.overview', tabs: true },
  },
  {
    path: '/desk/list',
    name: 'desk-list',
    component: () => import('./pages/ListPage.vue'),
    meta: { ...meta, title: 'desk.listTitle' },
  },
  {
    path: '/desk/report',
    name: 'desk-report',
    component: () => import('./pages/ReportPage.vue'),
    meta: { ...meta, title: 'desk.report.title' },
  },
  {
    path: '/desk/refused',
    name: 'desk-refused',
    component: () => import('./pages/RefusedListPage.vue'),
    meta: {
      ...meta,
      title: 'shell.rail.refused',
      text: ['desk', 'care', 'dispute', 'record', 'small', 'refusal'],
    },
  },
  {
    path: '/desk/lost',
    name: 'desk-lost',
    component: () => import('./pages/LostListPage.vue'),
    meta: {
      ...meta,
      title: 'shell.rail.lost',
      text: ['desk', 'care', 'dispute', 'record', 'small', 'refusal'],
    },
  },
  {
    path: '/desk/emergency',
    name: 'desk-emergency',
    component: () => import('./pages/EmergencyPage.vue'),
    meta: { ...meta, title: 'shell.rail.emergency', text: ['desk', 'proof'] },
  },
  {
    path: '/desk/record/:kind/:id',
    name: 'desk-record',
    props: true,
    component: () => import('./pages/RecordPage.vue'),
    meta: { ...meta, title: 'desk.recordTitle', text: ['desk', 'number', 'lock'] },
  },
]

export const rail: Feature['rail'] = [
  { to: '/desk', icon: 'chart', label: 'shell.rail.overview', roles: ['coordinator'] },
  { to: '/desk/refused', icon: 'eye', label: 'shell.rail.refused', roles: ['coordinator'] },
  { to: '/desk/lost', icon: 'fork', label: 'shell.rail.lost', roles: ['coordinator'] },
  {
    to: '/desk/emergency',
    icon: 'alert',
    label: 'shell.rail.emergency',
    roles: ['coordinator', 'administrator'],
  },
]
