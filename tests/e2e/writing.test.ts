import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { firstPage, killBrowser, newProfile, type Profile } from './support/browser.ts'
import { DEMO } from './support/demo.ts'
import { LogScreen } from './screens/log-screen.ts'

let profile: Profile

beforeAll(async () => {
  profile = await newProfile()
})
afterAll(async () => {
  await killBrowser(profile)
  await profile.remove()
})

async function begin(): Promise<Page> {
  const context = await profile.open()
  const page = await firstPage(context)
  await page.goto(`${DEMO.mediator()}/app/`)
  await page.getByText('等着你').first().waitFor()
  return page
}

/** Counts every press on the page; typing and scrolling are not presses. The home-screen icon is the first. */
async function countTaps(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const counted = window as unknown as { taps?: number }
    const isFirst = counted.taps === undefined
    counted.taps = 1
    const count = (event: MouseEvent) => {
      counted.taps = (counted.taps ?? 0) + (event.isTrusted && event.detail > 0 ? 1 : 0)
    }
    if (isFirst) window.addEventListener('click', count, true)
  })
  return () => page.evaluate(() => (window as unknown as { taps: number }).taps)
}

it('a form half written is still there after the browser was killed', async () => {
  const page = await begin()
  const log = new LogScreen(page)
  await log.begin()
  await log.choose('两家有事')
  await log.chip('工钱')
  await page.getByLabel('这一家').fill('杨石匠')
  await page.getByLabel('怎么回事').fill('砌了半个月墙，工钱没给。')
  await page.getByText('草稿存着').first().waitFor()
  await killBrowser(profile)

  const again = await begin()
  const later = new LogScreen(again)
  await later.begin()
  await again.getByText('没写完的').first().click()
  await expect.poll(() => again.getByLabel('怎么回事').inputValue()).toBe('砌了半个月墙，工钱没给。')
  expect(await again.getByLabel('这一家').inputValue()).toBe('杨石匠')
  await later.chip('还在谈')
  await later.save()
  await killBrowser(profile)
})

it('logs a dispute within 12 taps and a session within 8, counted from the icon', async () => {
  const page = await begin()
  const log = new LogScreen(page)
  const dispute = await countTaps(page)
  await log.begin()
  await log.choose('两家有事')
  await log.chip('地界')
  for (const [field, name] of [
    ['这一家', '何有田'],
    ['那一家', '段长根'],
    ['怎么回事', '栽的果树过了界。'],
  ] as const) {
    await page.getByLabel(field).click()
    // The microphone of the keyboard is one more press for each of them.
    await page.getByLabel(field).fill(name)
  }
  // Oral is what most agreements are, and is marked by itself; one more press makes it written.
  await log.chip('说好了')
  await log.save()
  expect((await dispute()) + 3).toBeLessThanOrEqual(12)

  await log.toToday()
  const session = await countTaps(page)
  await log.begin()
  await log.outreach('院坝会', '家里的事', '30')
  expect(await session()).toBeLessThanOrEqual(8)
  await killBrowser(profile)
})
