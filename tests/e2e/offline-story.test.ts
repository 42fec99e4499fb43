import type { BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DESK, firstPage, killBrowser, newProfile, untilInstalled, type Profile } from './support/browser.ts'
import { DEMO } from './support/demo.ts'
import { timesListed } from './support/times-listed.ts'
import { DeskScreen } from './screens/desk-screen.ts'
import { ListScreen } from './screens/list-screen.ts'
import { LogScreen } from './screens/log-screen.ts'

const FACTS = '新修的院墙堵了排水沟，前天下雨淹了秧田。'
let phone: Profile
let office: Profile
let desk: BrowserContext

beforeAll(async () => {
  phone = await newProfile()
  office = await newProfile()
  desk = await office.open(DESK)
})
afterAll(async () => {
  await desk?.close()
  await killBrowser(phone)
  await phone.remove()
  await office.remove()
})

it('[I-1] work logged with no signal survives a dead battery and becomes one true count on the open desk', async () => {
  const deskPage = await firstPage(desk)
  await deskPage.goto(`${DEMO.coordinator()}/app/desk`)
  const overview = new DeskScreen(deskPage)
  await overview.number('disputes').waitFor()
  const before = { disputes: await overview.value('disputes'), outreach: await overview.value('outreach') }

  const online = await phone.open()
  const page = await firstPage(online)
  await page.goto(`${DEMO.mediator()}/app/`)
  await new ListScreen(page).row('陈家和吴家').waitFor()
  await untilInstalled(page)

  await online.setOffline(true)
  const log = new LogScreen(page)
  await log.begin()
  await log.dispute({
    word: '排水',
    parties: ['王长顺', '李桂芬'],
    facts: FACTS,
    outcome: '说好了',
    written: '口头说好就行',
  })
  const number = await log.paperNumber()
  expect(number).toMatch(/^石桥 \d{4}–[A-Z]+\d{3}$/)
  await log.toToday()
  await log.begin()
  await log.outreach('集市', '网上诈骗', '50')
  await killBrowser(phone)

  const again = await phone.open()
  await again.setOffline(true)
  const reopened = await firstPage(again)
  await reopened.goto(`${DEMO.mediator()}/app/`)
  const list = new ListScreen(reopened)
  await expect.poll(() => list.word('王家和李家·排水').innerText(), { timeout: 15_000 }).toContain('存好了')
  expect(await list.word('集市讲网上诈骗').innerText()).toContain('存好了')
  expect(await overview.value('disputes')).toBe(before.disputes)

  await again.setOffline(false)
  await expect.poll(() => list.word('王家和李家·排水').innerText(), { timeout: 60_000 }).toContain('交上去了')
  // The desk was open all the time in another browser and was never reloaded.
  await expect.poll(() => overview.value('disputes'), { timeout: 10_000 }).toBe(before.disputes + 1)
  await expect.poll(() => overview.value('outreach'), { timeout: 10_000 }).toBe(before.outreach + 1)

  await overview.number('disputes').click()
  await expect
    .poll(() => deskPage.locator('.list-number').innerText(), { timeout: 15_000 })
    .toBe(String(before.disputes + 1))
  // A coordinator sees a skeleton: which matter, never whose.
  expect(await deskPage.getByText('王长顺').count()).toBe(0)
  expect(await timesListed(deskPage, number)).toBe(1)
  await again.close()
})
