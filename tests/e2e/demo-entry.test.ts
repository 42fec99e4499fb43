import { fileURLToPath } from 'node:url'
import type { BrowserContext, Frame, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DESK, firstPage, newProfile, type Profile } from './support/browser.ts'
import { startDemo, type DemoServer } from './support/demo-server.ts'

// A server of its own: putting the demo back would pull the floor from under other stories.
let demo: DemoServer
let profile: Profile
let context: BrowserContext
let page: Page

beforeAll(async () => {
  demo = await startDemo()
  profile = await newProfile()
  context = await profile.open(DESK)
  page = await firstPage(context)
}, 240_000)
afterAll(async () => {
  await context?.close()
  await profile?.remove()
  await demo?.stop()
})

function phoneFrame(): Frame {
  const frame = page.frames().find((one) => one.url().startsWith(demo.person(1)))
  if (!frame) throw new Error('no frame of the first person')
  return frame
}

const waiting = (): Promise<boolean> => phoneFrame().getByText('陈家和吴家').first().isVisible()
const world = (): Promise<string | null> => phoneFrame().evaluate(() => localStorage.getItem('mb.demo-world'))

it('two phones and the desk are live beside each other, each as its own person', async () => {
  await page.goto(`${demo.url}/`)
  await expect.poll(waiting, { timeout: 60_000 }).toBe(true)
  const desk = page.frames().find((one) => one.url().startsWith(demo.person(3)))
  await desk?.getByText('概览').first().waitFor()
  const wide = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.scrollHeight,
  ])
  expect(wide).toEqual([DESK.viewport.width, DESK.viewport.height])
  await page.screenshot({ path: fileURLToPath(new URL('./pictures/entry-desk.png', import.meta.url)) })
})

it('断网 shows what the phones say of themselves', async () => {
  await page.check('#cut')
  await page.waitForTimeout(4000)
  expect(await page.isChecked('#cut')).toBe(true)
  expect(await page.textContent('#say')).toBe('')
  await page.uncheck('#cut')
})

it('[D-138] 恢复演示 leaves every frame in a clean first state', async () => {
  const before = await world()
  expect(before).toBeTruthy()
  await Promise.all([page.waitForNavigation({ timeout: 120_000 }), page.click('#reset')])
  await expect.poll(() => world().catch(() => before), { timeout: 60_000 }).not.toBe(before)
  await expect.poll(() => waiting().catch(() => false), { timeout: 60_000 }).toBe(true)
  // The frame enters the new world by itself, some moments after it shows what it had.
  await expect
    .poll(
      () =>
        phoneFrame()
          .evaluate(async () => (await fetch('/api/me')).status)
          .catch(() => 0),
      { timeout: 30_000 },
    )
    .toBe(200)
})

it('on a phone it is four people and a sentence, without sideways scroll', async () => {
  await page.setViewportSize({ width: 320, height: 640 })
  await page.goto(`${demo.url}/`)
  expect(await page.locator('iframe').count()).toBe(0)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
  expect(await page.locator('.act').count()).toBe(4)
})
