import type { Feature } from '../../router.ts'

export const routes: Feature['routes'] = [
  {
    path: '/me',
    name: 'me',
    component: () => import('./pages/MePage.vue'),
    meta: { title: 'shell.tab.me', tab: 'me', tabs: true, text: ['me', 'lock', 'whose'] },
  },
  {
    path: '/me/counts',
    name: 'me-counts',
    component: () => import('./pages/CountsPage.vue'),
    meta: { title: 'me.own.title', tab: 'me', text: ['me'] },
  },
  {
    path: '/me/pin',
    name: 'me-pin',
    component: () => import('./pages/PinPage.vue'),
    meta: { title: 'lock.pin', tab: 'me', text: ['me', 'lock'] },
  },
  {
    path: '/me/phrase',
    name: 'me-phrase',
    component: () => import('./pages/PhrasePage.vue'),
    meta: { title: 'lock.phrase.name', tab: 'me', text: ['me', 'lock'] },
  },
  {
    path: '/me/devices',
    name: 'me-devices',
    component: () => import('./pages/DevicesPage.vue'),
    meta: { title: 'me.devices.title', tab: 'me', text: ['me'] },
  },
  {
    path: '/me/whose',
    name: 'me-whose',
    component: () => import('./pages/WhosePage.vue'),
    meta: { title: 'whose.title', tab: 'me', text: ['me', 'whose'] },
  },
  {
    path: '/me/look',
    name: 'me-look',
    component: () => import('./pages/LookPage.vue'),
    meta: { title: 'me.look', tab: 'me', tabs: true, text: ['me'] },
  },
  {
    path: '/me/feedback',
    name: 'me-feedback',
    component: () => import('./pages/FeedbackPage.vue'),
    meta: { title: 'me.feedback', tab: 'me', text: ['me'] },
  },
  {
    path: '/me/about',
    name: 'me-about',
    component: () => import('./pages/AboutPage.vue'),
    meta: { title: 'me.about', tab: 'me', tabs: true, text: ['me'] },
  },
]
