import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { firstPage, killBrowser, newProfile, untilInstalled, type Profile } from './support/browser.ts'
import { canariesIn } from './support/canary.ts'
import { DEMO } from './support/demo.ts'
import { faultsOf } from './support/faults.ts'
import { DisputeScreen } from './screens/dispute-screen.ts'
import { ListScreen } from './screens/list-screen.ts'
import { LockScreen } from './screens/lock-screen.ts'
import { LogScreen } from './screens/log-screen.ts'

// The example of the standard itself (GB 11643-1999): nobody's.
const NUMBER = '11010519491231002X'
const PHONE = '0000-555-0131'
const PIN = '739264'
const base = () => DEMO.mediator()
let profile: Profile
let phone: BrowserContext
let page: Page
let id = ''

beforeAll(async () => {
  profile = await newProfile()
  phone = await profile.open()
  page = await firstPage(phone)
  await page.goto(`${base()}/app/`)
  await new ListScreen(page).row('陈家和吴家').waitFor()
  await untilInstalled(page)
})
afterAll(async () => {
  await killBrowser(profile)
  await profile.remove()
})

const sheet = () => page.locator('dialog[open]')
const press = (name: string) => sheet().getByRole('button', { name, exact: true }).click()
const html = () => page.evaluate(() => document.documentElement.outerHTML)

it(
  '[TR-47] an identity number is asked for by nobody, checked as it is typed, taken with its owner’s word, and then only its end is left here',
  { timeout: 240_000 },
  async () => {
    const log = new LogScreen(page)
    await log.begin()
    await log.dispute({
      word: '地界',
      parties: ['罗家', '龙家'],
      facts: '两家的地挨着。',
      outcome: '说好了',
      written: '口头说好就行',
    })
    id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
    await page.context().setOffline(true)
    await new DisputeScreen(page).open(base(), id)
    await page.getByRole('button', { name: '记下罗家的' }).click()
    await sheet()
      .getByLabel('身份证号')
      .fill(`${NUMBER.slice(0, -1)}1`)
    await press('记下')
    await sheet().getByText('多半有一位抄错了').waitFor()
    expect(await faultsOf(page, 'id-number')).toEqual([])
    await sheet().getByLabel('身份证号').fill('110105 19491231 002x')
    await press('记下')
    await sheet().getByText('先问问本人同不同意').waitFor()
    await sheet().getByRole('switch').click()
    await press('记下')
    await page.getByText('**************002X').waitFor()
    expect(await html()).not.toContain('19491231')
    // Without a network nobody sees it again, not even who typed it a moment ago.
    await page.getByRole('button', { name: '看全号 罗家' }).click()
    await press('看')
    await sheet().getByText('有网的时候才看得到').waitFor()
  },
)

it('[TR-47] with a network the whole is shown to whoever asks, and gone with the sheet', async () => {
  await page.context().setOffline(false)
  await expect
    .poll(
      async () => {
        const go = sheet().getByRole('button', { name: '看', exact: true })
        if (await go.isVisible()) await go.click()
        // What it says comes with the answer.
        await sheet().locator('.whole-trouble, .whole-number').waitFor()
        return sheet().innerText()
      },
      { timeout: 30_000, interval: 500 },
    )
    .toContain(NUMBER)
  await press('看好了')
  await expect.poll(html).not.toContain(NUMBER)
})

it('[TR-47] where there is a PIN it is asked for each time; a telephone number is masked until then, and can be called without a network', async () => {
  await page.goto(`${base()}/app/me/pin`)
  const lock = new LockScreen(page)
  await lock.set(PIN)
  await lock.title().waitFor()
  await lock.enter(PIN)
  await new ListScreen(page).row('何家院里的树').click()
  await page.getByText('****0131').waitFor()
  expect(await html()).not.toContain(PHONE)
  await page.context().setOffline(true)
  await page.getByRole('button', { name: '打电话 电话' }).click()
  await lock.enter('480957', '看')
  await sheet().getByText('密码不对').waitFor()
  expect(await html()).not.toContain(PHONE)
  await lock.enter(PIN, '看')
  await sheet().getByText(PHONE).waitFor()
  expect(await sheet().getByRole('link', { name: '打电话' }).getAttribute('href')).toBe('tel:00005550131')
  await press('看好了')
  await expect.poll(html).not.toContain(PHONE)
  await page.context().setOffline(false)
})

it(
  '[TR-47] nothing of a number lies in the browser’s profile, handed in or not',
  { timeout: 120_000 },
  async () => {
    await killBrowser(profile)
    expect(await canariesIn(profile.folder, ['19491231002', PHONE])).toEqual([])
  },
)
