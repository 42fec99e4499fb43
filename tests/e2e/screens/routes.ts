import type { Page } from 'playwright-core'

/** A screen to open cold: its name for pictures, its address, and what shows that it is really there. */
export interface Screen {
  name: string
  path: string
  /** A role-and-name or text that only this screen has. */
  shows: (page: Page) => ReturnType<Page['locator']>
}

const heading = (name: string | RegExp) => (page: Page) => page.getByRole('heading', { name }).first()

/** The id in the address of the first row on 今天 or 记录 that leads to a page of this kind. */
export async function firstId(page: Page, place: string): Promise<string> {
  const link = page.locator(`a[href*="/app/${place}/"]`).first()
  await link.waitFor()
  return ((await link.getAttribute('href')) ?? '').split('/').at(-1) ?? ''
}

/** What a mediator and an understander may open; `ids` are of records that lie on this phone. */
export const phoneScreens = (ids: { dispute: string; outreach: string; lead: string }): Screen[] => [
  { name: 'today', path: '/app/', shows: (page) => page.getByText('等着你').first() },
  { name: 'log', path: '/app/log', shows: heading('记一笔') },
  { name: 'log-dispute', path: '/app/log/dispute', shows: heading('两家有事') },
  { name: 'log-outreach', path: '/app/log/outreach', shows: heading('我去讲了') },
  { name: 'log-service', path: '/app/log/service', shows: heading('有人来问') },
  { name: 'log-screening', path: '/app/log/screening', shows: heading('走访看看') },
  { name: 'records', path: '/app/records', shows: heading('记录') },
  {
    name: 'dispute',
    path: `/app/disputes/${ids.dispute}`,
    shows: (page) => page.getByText('前前后后').first(),
  },
  {
    name: 'outreach',
    path: `/app/outreach/${ids.outreach}`,
    shows: (page) => page.getByText('人次').first(),
  },
  { name: 'lead', path: `/app/leads/${ids.lead}`, shows: heading('何家院里的树') },
  { name: 'saved', path: `/app/saved/dispute/${ids.dispute}`, shows: heading('存好了') },
  { name: 'learn', path: '/app/learn', shows: (page) => page.getByText('遇到什么事').first() },
  { name: 'learn-category', path: '/app/learn/about/neighbour', shows: heading('邻居的事') },
  { name: 'learn-saved', path: '/app/learn/saved', shows: heading('收藏') },
  { name: 'article', path: '/app/learn/pai-shui', shows: (page) => page.getByText('留好这些').first() },
  { name: 'safe', path: '/app/safe', shows: heading('东西都在吗') },
  { name: 'safe-backup', path: '/app/safe/backup', shows: (page) => page.getByLabel('再打一遍') },
  { name: 'safe-take', path: '/app/safe/take', shows: (page) => page.getByLabel('锁它的那句话') },
  { name: 'safe-move', path: '/app/safe/move', shows: heading('搬到新手机') },
  // Decided already: what both pages show when somebody comes back to them by an old address.
  {
    name: 'safe-refused-none',
    path: '/app/safe/refused/999999',
    shows: (page) => page.getByText('已经办好了'),
  },
  {
    name: 'safe-both-none',
    path: `/app/safe/both/dispute/${ids.dispute}`,
    shows: (page) => page.getByText('都挑好了'),
  },
  { name: 'me', path: '/app/me', shows: heading('赵春梅') },
  { name: 'counts', path: '/app/me/counts', shows: (page) => page.locator('.own-row').first() },
  { name: 'devices', path: '/app/me/devices', shows: heading('我的手机和电脑') },
  { name: 'look', path: '/app/me/look', shows: (page) => page.getByText('字多大').first() },
  { name: 'feedback', path: '/app/me/feedback', shows: heading('提意见、投诉') },
  { name: 'about', path: '/app/me/about', shows: heading('关于明白') },
  { name: 'enter', path: '/app/enter', shows: heading(/./) },
  { name: 'login', path: '/app/login', shows: (page) => page.locator('input[type="password"]').first() },
  { name: 'not-found', path: '/app/no-such-page', shows: heading('没有这一页') },
]

/** What a coordinator may open besides. */
export const deskScreens: readonly Screen[] = [
  { name: 'desk', path: '/app/desk', shows: (page) => page.locator('[data-metric="disputes"]').first() },
  {
    name: 'report',
    path: '/app/desk/report?y=2023',
    shows: (page) => page.locator('.report-text [data-metric="disputes"]').first(),
  },
  { name: 'refused', path: '/app/desk/refused', shows: (page) => page.getByLabel('对方念的六个数') },
  { name: 'lost', path: '/app/desk/lost', shows: (page) => page.getByText('两部手机改过同一处') },
  { name: 'emergency', path: '/app/desk/emergency', shows: heading('有危险，急着看一件') },
  { name: 'people', path: '/app/people', shows: heading('人员') },
  { name: 'desk-code', path: '/app/me/desk', shows: heading(/./) },
  { name: 'feedback-list', path: '/app/people/feedback', shows: heading(/./) },
  { name: 'setup', path: '/app/setup', shows: heading(/./) },
  { name: 'invite', path: '/app/people/invite', shows: (page) => page.locator('form input').first() },
  { name: 'cards', path: '/app/people/cards', shows: (page) => page.locator('form input, textarea').first() },
  {
    name: 'list',
    path: '/app/desk/list?metric=disputes&r=999901101&from=2025-01-01&to=2025-12-31',
    shows: (page) => page.locator('.list-row').first(),
  },
]
