import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { firstPage, killBrowser, newProfile, untilInstalled, type Profile } from './support/browser.ts'
import { seriousFaults } from './support/axe.ts'
import { canariesIn, canariesInMemory } from './support/canary.ts'
import { DEMO } from './support/demo.ts'
import { misfits, wear } from './support/look.ts'
import { ListScreen } from './screens/list-screen.ts'
import { LockScreen } from './screens/lock-screen.ts'
import { LogScreen } from './screens/log-screen.ts'

const PIN = '739264'
const WRONG = '480957'
const HALF = '砌了半个月墙，工钱没给。'
const SECRET = ['杨石匠', '砌了半个月墙', '陈家和吴家']
const SOON = { timeout: 20_000, interval: 200 }
let profile: Profile
let phone: BrowserContext
let page: Page

beforeAll(async () => {
  profile = await newProfile()
  phone = await profile.open()
  page = await firstPage(phone)
})
afterAll(async () => {
  await killBrowser(profile)
  await profile.remove()
})

const open = (path = '') => page.goto(`${DEMO.mediator()}/app/${path}`)

/** The battery is pulled, and the phone started again. */
async function afterAKill() {
  await killBrowser(profile)
  phone = await profile.open()
  page = await firstPage(phone)
}

/** The page as it stands fits a narrow phone in every size and light, can be used by everybody, and has its picture taken. */
async function expectFits(picture: string) {
  for (const look of [
    { size: 30, theme: 'dark' },
    { size: 26, theme: 'sun' },
    { size: 18, theme: 'light' },
  ] as const) {
    await wear(page, look)
    expect(await misfits(page), `${picture} in ${look.size} ${look.theme}`).toEqual([])
    expect(await seriousFaults(page), `${picture} in ${look.size} ${look.theme}`).toEqual([])
    if (look.size === 30) await page.screenshot({ path: `tests/e2e/pictures/${picture}-large.png` })
  }
  await page.screenshot({ path: `tests/e2e/pictures/${picture}.png` })
}

/** Has one page write down when it shows nothing any more, and another when somebody presses there. */
async function noteMoments(hiding: Page, pressing: Page) {
  await hiding.evaluate(() => {
    const { documentElement: root } = document
    new MutationObserver(() => {
      if (root.hasAttribute('data-locked') && !localStorage.getItem('hidden'))
        localStorage.setItem('hidden', String(Date.now()))
    }).observe(root, { attributes: true })
  })
  await pressing.evaluate(() =>
    document.addEventListener('click', () => localStorage.setItem('pressed', String(Date.now())), {
      capture: true,
      once: true,
    }),
  )
}

/** What of these words can be read anywhere on the page. */
const shown = (words: readonly string[]) =>
  page.evaluate(
    (asked) => asked.filter((word) => (document.documentElement.outerHTML + document.title).includes(word)),
    words,
  )

it('[TR-05] a PIN locks the phone at once, on every page of it, and what was half typed is there after the unlock', async () => {
  await open()
  await new ListScreen(page).row('陈家和吴家').waitFor()
  await untilInstalled(page)
  await open('me/pin')
  await page.getByText('想一个六位以上').waitFor()
  await expectFits('set-pin')
  const lock = new LockScreen(page)
  await lock.set(PIN)
  await lock.title().waitFor()
  const besideThePage: string[] = []
  page.on('worker', (one) => besideThePage.push(new URL(one.url()).pathname))
  await lock.enter(PIN)
  await new ListScreen(page).row('陈家和吴家').waitFor()
  // A page that made the key itself would stand still for as long as that takes.
  expect(besideThePage).toEqual([expect.stringMatching(/^\/assets\/argon2-worker-/)])

  const other = await phone.newPage()
  await other.goto(`${DEMO.mediator()}/app/`)
  const otherLock = new LockScreen(other)
  await otherLock.title().waitFor()
  await otherLock.enter(PIN)
  await new ListScreen(other).row('陈家和吴家').waitFor()

  const log = new LogScreen(page)
  await page.bringToFront()
  await log.begin()
  await log.choose('两家有事')
  await log.chip('工钱')
  await page.getByLabel('这一家').fill('杨石匠')
  await page.getByLabel('怎么回事').fill(HALF)
  await page.getByText('草稿存着').first().waitFor()
  await page.getByLabel('怎么回事').fill(`${HALF}再`)
  expect(await canariesInMemory(page, SECRET)).toEqual(SECRET)
  // The other page is locked by hand; this one in the middle of typing.
  await other.goto(`${DEMO.mediator()}/app/me`)
  await otherLock.title().waitFor()
  await otherLock.enter(PIN)
  await noteMoments(page, other)
  await other.getByRole('button', { name: '现在锁上' }).click()
  await lock.title().waitFor()
  const [pressed, hidden] = await page.evaluate(() =>
    ['pressed', 'hidden'].map((one) => Number(localStorage.getItem(one))),
  )
  expect(hidden).toBeGreaterThanOrEqual(pressed ?? 0)
  expect((hidden ?? 0) - (pressed ?? 0)).toBeLessThanOrEqual(1000)
  await otherLock.title().waitFor()
  expect(await shown(['杨石匠', '陈家', '赵春梅', HALF])).toEqual([])
  expect(await page.title()).toBe('明白')
  expect(await canariesInMemory(page, SECRET)).toEqual([])
  await lock.enter(PIN)
  await expect.poll(() => page.getByLabel('怎么回事').inputValue(), SOON).toBe(`${HALF}再`)
  expect(await page.getByLabel('这一家').inputValue()).toBe('杨石匠')
  await other.close()
})

it('[TR-01] [TR-17] nothing can be read of a locked phone or its disk; it writes down what is new without PIN or network, and shows it after the unlock', async () => {
  await killBrowser(profile)
  expect(await canariesIn(profile.folder, SECRET)).toEqual([])
  expect(await canariesIn(profile.folder, ['mingbai-vaults'])).not.toEqual([])
  await afterAKill()
  await phone.setOffline(true)
  await open()
  const lock = new LockScreen(page)
  await lock.title().waitFor()
  await expectFits('locked-phone')
  expect(await shown(['陈家', '赵春梅', '石桥'])).toEqual([])
  await page.getByRole('link', { name: '记一笔' }).click()
  const log = new LogScreen(page)
  await log.choose('我去讲了')
  await log.chip('集市')
  await log.chip('网上诈骗')
  await log.chip('50')
  await page.getByRole('button', { name: '保存' }).click()
  await page.getByText('记好了 1 件').waitFor()
  await open('records')
  await lock.title().waitFor()
  await lock.enter(PIN)
  await page.locator('.mb-row', { hasText: '集市' }).first().waitFor()
  await phone.setOffline(false)
  await expect
    .poll(() => new ListScreen(page).word('集市').innerText(), { timeout: 60_000, interval: 500 })
    .toContain('交上去了')
})

it('[TR-03] a passphrase set beside the PIN opens the locked phone too', async () => {
  const phrase = '后山的柿子熟了三回'
  const lock = new LockScreen(page)
  const next = () => page.getByRole('button', { name: '好了', exact: true }).click()
  await open('me/phrase')
  await lock.title().waitFor()
  await lock.enter(PIN)
  await page.getByText('先输现在的密码').waitFor()
  await lock.enter(PIN, '好了')
  await page.getByLabel('想一句话').fill('柿子')
  await next()
  await page.getByText('太短或太常见').waitFor()
  expect(await page.getByLabel('想一句话').inputValue()).toBe('柿子')
  await expectFits('passphrase')
  for (const label of ['想一句话', '再输一遍']) {
    await page.getByLabel(label).fill(phrase)
    await next()
  }
  await page.getByRole('button', { name: '现在锁上' }).click()
  await lock.title().waitFor()
  await page.getByRole('button', { name: '用口令开' }).click()
  const words = page.getByLabel('口令', { exact: true })
  await words.fill('前山的柿子熟了三回')
  await page.getByRole('button', { name: '开锁', exact: true }).click()
  await page.getByText('口令不对，还能试 9 次').waitFor()
  await words.fill(phrase)
  await page.getByRole('button', { name: '开锁', exact: true }).click()
  await page.getByRole('button', { name: '现在锁上' }).waitFor()
})

it('[TR-04] wrong PINs are counted however the page is killed, then have to wait, whatever the clock says', async () => {
  await afterAKill()
  for (let at = 1; at <= 5; at++) {
    await open()
    const lock = new LockScreen(page)
    await lock.title().waitFor()
    await lock.enter(WRONG)
    await page.getByText(at < 5 ? `还能试 ${10 - at} 次` : /等 \d+ 秒再试/).waitFor()
    if (at === 3) await afterAKill()
  }
  // A page that begins with the clock an hour back waits the whole time again.
  await phone.clock.setFixedTime(Date.now() - 3_600_000)
  await open()
  await page.getByText(/等 (2\d|30) 秒再试/).waitFor()
  const lock = new LockScreen(page)
  await lock.enter(PIN)
  // Nothing was looked at: the keys take no digit while there is something to wait for.
  expect(await page.locator('.pin-dots .is-on').count()).toBe(0)
  await lock.title().waitFor()
  expect(await shown(['陈家', '赵春梅'])).toEqual([])
})
