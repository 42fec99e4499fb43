import type { Feature } from '../../router.ts'

const text = ['safe', 'care', 'dispute', 'record', 'small', 'refusal']
const meta = { tab: 'me', text } as const

export const routes: Feature['routes'] = [
  {
    path: '/safe',
    name: 'safe',
    component: () => import('./pages/SafePage.vue'),
    meta: { ...meta, title: 'safe.title', tabs: true },
  },
  {
    path: '/safe/refused/:n',
    name: 'safe-refused',
    props: true,
    component: () => import('./pages/RefusedPage.vue'),
    meta: { ...meta, title: 'safe.refused.title' },
  },
  {
    path: '/safe/both/:kind/:id',
    name: 'safe-both',
    props: true,
    component: () => import('./pages/BothPage.vue'),
    meta: { ...meta, title: 'safe.bothPage.title' },
  },
  {
    path: '/safe/backup',
    name: 'safe-backup',
    component: () => import('./pages/BackupPage.vue'),
    meta: { ...meta, title: 'safe.make.title' },
  },
  {
    path: '/safe/take',
    name: 'safe-take',
    component: () => import('./pages/TakePage.vue'),
    meta: { ...meta, title: 'safe.take.title' },
  },
  {
    path: '/safe/move',
    name: 'safe-move',
    component: () => import('./pages/MovePage.vue'),
    meta: { ...meta, title: 'safe.moveSteps.title' },
  },
]
