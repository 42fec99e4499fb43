import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DESK, firstPage, killBrowser, newProfile, untilInstalled, type Profile } from './support/browser.ts'
import { DEMO } from './support/demo.ts'
import { timesListed } from './support/times-listed.ts'
import { ListScreen } from './screens/list-screen.ts'
import { LogScreen } from './screens/log-screen.ts'

const SOON = { timeout: 60_000, interval: 300 }
let profile: Profile
let office: Profile
let phone: BrowserContext
let page: Page
let desk: Page

beforeAll(async () => {
  profile = await newProfile()
  office = await newProfile()
  phone = await profile.open()
  page = await firstPage(phone)
  desk = await firstPage(await office.open(DESK))
  await desk.goto(`${DEMO.coordinator()}/app/desk`)
  await desk.locator('[data-metric="disputes"]').first().waitFor()
})
afterAll(async () => {
  for (const one of [profile, office]) {
    await killBrowser(one)
    await one.remove()
  }
})

/** What this browser keeps, by database. */
const databases = () => page.evaluate(async () => (await indexedDB.databases()).map((one) => one.name).sort())

it('[L-35] signing out says what waits, keeps it shut in the phone, and it goes when its person is back', async () => {
  await page.goto(`${DEMO.mediator()}/app/`)
  const list = new ListScreen(page)
  await list.row('陈家和吴家').waitFor()
  await untilInstalled(page)
  await phone.setOffline(true)
  const log = new LogScreen(page)
  await log.begin()
  await log.dispute({
    word: '地界',
    parties: ['孟广田', '蒋小满'],
    facts: '地头的界石不见了。',
    outcome: '还在谈',
  })
  const number = await log.paperNumber()
  const before = await databases()

  await page.goto(`${DEMO.mediator()}/app/me`)
  await page.getByRole('button', { name: '退出' }).click()
  await page.getByText('还有 1 件没交上去').waitFor()
  // The safe choice stands first and changes nothing.
  await page.getByRole('button', { name: '先不退出' }).click()
  await page.goto(`${DEMO.mediator()}/app/records`)
  await list.row('孟家和蒋家').waitFor()
  await page.goto(`${DEMO.mediator()}/app/me`)
  await page.getByRole('button', { name: '退出' }).click()
  await page.locator('dialog').getByRole('button', { name: '退出', exact: true }).click()

  // Whoever comes now sees that something waits, and nothing of what it is.
  await page.waitForURL('**/app/enter')
  await page.getByText(/赵春梅.*1/).waitFor()
  expect(await databases()).toEqual(expect.arrayContaining(before))
  expect(await page.getByText('孟广田').count()).toBe(0)
  expect(await timesListed(desk, number)).toBe(0)

  await phone.setOffline(false)
  await page.goto(`${DEMO.mediator()}/app/`)
  await expect.poll(() => list.word('孟家和蒋家').innerText(), SOON).toContain('交上去了')
  expect(await timesListed(desk, number)).toBe(1)
})
