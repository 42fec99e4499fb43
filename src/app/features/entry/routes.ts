import type { Feature } from '../../router.ts'

const text = ['entry', 'refusal', 'proof']

export const routes: Feature['routes'] = [
  {
    path: '/enter',
    name: 'enter',
    component: () => import('./pages/EnterPage.vue'),
    meta: { title: 'entry.enter', text, bare: true },
  },
  {
    path: '/login',
    name: 'login',
    component: () => import('./pages/LoginPage.vue'),
    meta: { title: 'entry.login', text, bare: true },
  },
  {
    path: '/setup',
    name: 'setup',
    component: () => import('./pages/SetupPage.vue'),
    meta: { title: 'entry.setup', text, bare: true },
  },
  {
    path: '/me/desk',
    name: 'desk-code',
    component: () => import('./pages/DeskCodePage.vue'),
    meta: { title: 'entry.desk', tab: 'me', text },
  },
  {
    path: '/people',
    name: 'people',
    component: () => import('./pages/PeoplePage.vue'),
    meta: { title: 'shell.rail.people', tab: 'me', tabs: true, text },
  },
  {
    path: '/people/invite',
    name: 'invite',
    component: () => import('./pages/InvitePage.vue'),
    meta: { title: 'entry.invite', tab: 'me', text },
  },
  {
    path: '/people/feedback',
    name: 'feedback-list',
    component: () => import('./pages/FeedbackListPage.vue'),
    meta: { title: 'entry.feedback', tab: 'me', tabs: true, text },
  },
  {
    path: '/people/cards',
    name: 'cards',
    component: () => import('./pages/CardsPage.vue'),
    meta: { title: 'entry.cards', tab: 'me', text },
  },
]

export const rail: Feature['rail'] = [
  { to: '/people', icon: 'people', label: 'shell.rail.people', roles: ['coordinator', 'administrator'] },
]
