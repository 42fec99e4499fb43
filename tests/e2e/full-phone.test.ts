import { fileURLToPath } from 'node:url'
import type { CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DESK, firstPage, killBrowser, newProfile, untilInstalled, type Profile } from './support/browser.ts'
import { DEMO } from './support/demo.ts'
import { untilAtRest } from './support/look.ts'
import { ListScreen } from './screens/list-screen.ts'
import { LogScreen } from './screens/log-screen.ts'

const picture = (name: string) => fileURLToPath(new URL(`./pictures/${name}.png`, import.meta.url))
const FACTS = '屋后的水沟谁来掏，两家说不拢。'
let profile: Profile
let page: Page
let browser: CDPSession

beforeAll(async () => {
  profile = await newProfile()
  const context = await profile.open()
  page = await firstPage(context)
  browser = await context.newCDPSession(page)
  await page.goto(`${DEMO.mediator()}/app/`)
  await new ListScreen(page).row('陈家和吴家').waitFor()
  await untilInstalled(page)
  await context.setOffline(true)
})
afterAll(async () => {
  await killBrowser(profile)
  await profile.remove()
})

/** The browser looks again how much room there is only after so long. */
const LOOKS_AGAIN_MS = 35_000

/** How much this phone lets the app keep; null: as it comes. */
async function leaveRoom(bytes: number | null) {
  const quota = bytes === null ? {} : { quotaSize: bytes }
  await browser.send('Storage.overrideQuotaForOrigin', { origin: DEMO.mediator(), ...quota })
  await page.waitForTimeout(LOOKS_AGAIN_MS)
}

/** Whether a sentence is what the eye meets where it stands. */
const isOnTop = (words: string): Promise<boolean> =>
  page.evaluate((sentence) => {
    const found = [...document.querySelectorAll('.toast')].find((one) => one.textContent === sentence)
    if (!found) return false
    const box = found.getBoundingClientRect()
    // What only confirms lets presses through; for this look it does not.
    ;(found as HTMLElement).style.pointerEvents = 'auto'
    const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2)
    ;(found as HTMLElement).style.pointerEvents = ''
    return hit === found
  }, words)

it(
  '[TR-28] on a phone without room nothing typed is lost: it stays in sight, can be copied, and is saved once there is room, once',
  { timeout: 240_000 },
  async () => {
    const log = new LogScreen(page)
    await log.begin()
    await log.choose('两家有事')
    await log.chip('地界')
    await page.getByLabel('这一家').fill('示例何有田')
    await page.getByLabel('那一家').fill('示例段长根')
    await page.getByLabel('怎么回事').fill(FACTS)
    await log.chip('还在谈')
    await leaveRoom(1)
    await page.getByRole('button', { name: '保存' }).click()
    const sheet = page.getByRole('dialog', { name: '没能存下这条' })
    await sheet.waitFor()
    await expect.poll(() => sheet.locator('.unsaved-words').innerText()).toContain(FACTS)
    for (const [size, name] of [
      [DESK.viewport, 'desktop-full-phone'],
      [page.viewportSize() ?? DESK.viewport, 'phone-full-phone'],
    ] as const) {
      await page.setViewportSize(size)
      await sheet.getByRole('button', { name: '复制文字' }).click()
      await expect.poll(() => isOnTop('复制好了，贴到别处再关这一页。')).toBe(true)
      await untilAtRest(page)
      await page.screenshot({ path: picture(name) })
    }
    await leaveRoom(null)
    await sheet.getByRole('button', { name: '再存一次' }).click()
    await page.getByRole('heading', { name: '存好了' }).waitFor()
    await log.toToday()
    await page.goto(`${DEMO.mediator()}/app/records`)
    await expect.poll(() => page.getByText('示例何有田').count()).toBe(1)
  },
)
