import type { BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { firstPage, killBrowser, newProfile, untilInstalled, type Profile } from './support/browser.ts'
import { DEMO } from './support/demo.ts'
import { faultsOf } from './support/faults.ts'
import { gateTo, type Gate } from './support/gate.ts'
import { CareScreen } from './screens/care-screen.ts'
import { ListScreen } from './screens/list-screen.ts'
import { LogScreen } from './screens/log-screen.ts'

const SOON = { timeout: 30_000, interval: 300 }
let gate: Gate
let profile: Profile
let phone: BrowserContext
beforeAll(async () => {
  gate = await gateTo(Number(new URL(DEMO.mediator()).port))
  profile = await newProfile()
  phone = await profile.open()
})
afterAll(async () => {
  await killBrowser(profile)
  await profile.remove()
  await gate.stop()
})

it('[L-36] a network that answers everything with its own page is named, changes nothing, and is forgotten once it lets through', async () => {
  const page = await firstPage(phone)
  await page.goto(`${gate.url}/app/`)
  await new ListScreen(page).row('陈家和吴家').waitFor()
  await untilInstalled(page)
  gate.set('portal')
  const log = new LogScreen(page)
  await log.begin()
  await log.outreach('集市', '网上诈骗', '20')
  const care = new CareScreen(page)
  await care.open(gate.url)
  const word = page.getByText('多半要先在它自己的网页上登录')
  await word.waitFor()
  expect(await care.sentence()).toContain('1 件在手机里')
  expect(await faultsOf(page, 'safe-elsewhere')).toEqual([])

  gate.set('open')
  await care.tryNow()
  await expect.poll(() => care.sentence(), SOON).toContain('和所里对过，一样')
  expect(await word.count()).toBe(0)
})

it.each(['redirect', '511'] as const)(
  '[L-36] a network that answers with %s is named as one that answers with its page, and work waits for it',
  async (weather) => {
    const page = await firstPage(phone)
    await page.goto(`${gate.url}/app/`)
    const care = new CareScreen(page)
    await care.open(gate.url)
    await expect.poll(() => care.sentence(), SOON).toContain('和所里对过，一样')
    const word = page.getByText('多半要先在它自己的网页上登录')
    expect(await word.count()).toBe(0)
    gate.set(weather)
    await page.goto(`${gate.url}/app/`)
    const log = new LogScreen(page)
    await log.begin()
    await log.outreach('集市', '网上诈骗', '20')
    await care.open(gate.url)
    await word.waitFor()
    expect(await care.sentence()).toContain('1 件在手机里')
    gate.set('open')
    await care.tryNow()
    await expect.poll(() => care.sentence(), SOON).toContain('和所里对过，一样')
    expect(await word.count()).toBe(0)
  },
)
