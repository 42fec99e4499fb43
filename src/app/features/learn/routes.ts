import type { Feature } from '../../router.ts'

export const routes: Feature['routes'] = [
  {
    path: '/learn',
    name: 'learn',
    component: () => import('./pages/LearnPage.vue'),
    meta: { title: 'learn.title', tab: 'learn', tabs: true, text: ['learn'] },
  },
  {
    path: '/learn/saved',
    name: 'learn-saved',
    component: () => import('./pages/SavedPage.vue'),
    meta: { title: 'learn.saved', tab: 'learn', tabs: true, text: ['learn'] },
  },
  {
    path: '/learn/about/:category',
    props: true,
    name: 'learn-category',
    component: () => import('./pages/CategoryPage.vue'),
    meta: { title: 'learn.title', tab: 'learn', tabs: true, text: ['learn'] },
  },
  {
    path: '/learn/:slug',
    props: true,
    name: 'article',
    component: () => import('./pages/ArticlePage.vue'),
    meta: { title: 'learn.title', tab: 'learn', text: ['learn'] },
  },
]
