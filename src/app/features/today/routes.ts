import type { RouteRecordRaw } from 'vue-router'
// 今天 is the one page that comes with the shell.
import TodayPage from './pages/TodayPage.vue'

export const routes: RouteRecordRaw[] = [
  { path: '/', component: TodayPage, meta: { title: 'shell.tab.today', tab: 'today', tabs: true } },
]
