import { randomUUID } from 'node:crypto'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DESK, firstPage, killBrowser, newProfile, untilInstalled, type Profile } from './support/browser.ts'
import { DEMO } from './support/demo.ts'
import { faultsOf } from './support/faults.ts'
import { timesListed } from './support/times-listed.ts'
import { ListScreen } from './screens/list-screen.ts'
import { LockScreen } from './screens/lock-screen.ts'
import { LogScreen } from './screens/log-screen.ts'
import { PeopleScreen } from './screens/people-screen.ts'

const WAIT = { timeout: 30_000 }
const SOON = { timeout: 60_000, interval: 500 }
const PIN = '739264'
const names = { first: `赵${randomUUID().slice(0, 4)}`, second: `李${randomUUID().slice(0, 4)}` }
let office: Profile
let profile: Profile
let phone: BrowserContext
let page: Page
let desk: Page
let people: PeopleScreen

beforeAll(async () => {
  office = await newProfile()
  profile = await newProfile()
  desk = await firstPage(await office.open(DESK))
  await desk.goto(`${DEMO.coordinator()}/app/people`)
  await desk.getByText('李守田').first().waitFor(WAIT)
  people = new PeopleScreen(desk)
  phone = await profile.open()
  page = await firstPage(phone)
})
afterAll(async () => {
  for (const one of [profile, office]) {
    await killBrowser(one)
    await one.remove()
  }
})

const html = () => page.evaluate(() => document.documentElement.outerHTML + document.title)
const go = (path: string) => page.goto(`${DEMO.entry()}/app/${path}`)
async function enterByCard(name: string) {
  const code = await people.card(DEMO.coordinator(), name, '调解员', '石桥村')
  await page.goto(`${DEMO.entry()}/e#${code}`)
  await page.getByText(`你是${name}吗？`).waitFor(WAIT)
  await page.getByRole('button', { name: '我就是' }).click()
  await page.getByRole('link', { name: '记一笔' }).waitFor(WAIT)
}
async function write(parties: [string, string]) {
  const log = new LogScreen(page)
  await log.begin()
  await log.dispute({ word: '地界', parties, facts: '地头的界石不见了。', outcome: '还在谈' })
  return log.paperNumber()
}

let number = ''

it(
  '[TR-09] a locked phone calls nobody by name, and somebody else begins a notebook of their own beside it',
  { timeout: 240_000 },
  async () => {
    await enterByCard(names.first)
    await untilInstalled(page)
    await go('me/whose')
    await page.getByLabel('锁屏上叫什么').fill(names.first)
    await page.getByRole('button', { name: '就叫这个' }).click()
    await page.getByText('不要用姓名').waitFor()
    await page.getByLabel('锁屏上叫什么').fill('东头')
    await page.getByRole('button', { name: '就叫这个' }).click()
    await page.getByText('存好了').first().waitFor()
    await go('me/pin')
    const lock = new LockScreen(page)
    await lock.set(PIN)
    await lock.title().waitFor()
    await lock.enter(PIN)
    await page.getByRole('link', { name: '记一笔' }).waitFor(WAIT)
    await phone.setOffline(true)
    number = await write(['孟广田', '蒋小满'])
    // A page that begins anew is locked.
    await go('me')
    await lock.title().waitFor()
    expect(await html()).not.toContain(names.first)
    await phone.setOffline(false)
    await page.getByRole('button', { name: '别的人来登记' }).click()
    await page.waitForURL('**/app/enter')
    await enterByCard(names.second)
  },
)

it(
  '[TR-09] what one wrote waits and goes by itself while the other works, and neither sees the other’s',
  { timeout: 240_000 },
  async () => {
    const list = new ListScreen(page)
    await write(['高大勇', '马小春'])
    await go('records')
    await list.row('高家和马家').waitFor()
    expect(await html()).not.toContain('孟家')
    expect(await html()).not.toContain(names.first)
    await expect.poll(() => timesListed(desk, number), SOON).toBe(1)
  },
)

it(
  '[TR-09] turning to the other asks for their PIN, and shows theirs and nothing else',
  { timeout: 240_000 },
  async () => {
    await go('me/whose')
    await page.getByRole('button', { name: '换成「东头」' }).click()
    const lock = new LockScreen(page)
    await lock.title().waitFor()
    await page.getByText('这是「东头」的本子').waitFor()
    for (const one of [names.first, names.second, '高家']) expect(await html()).not.toContain(one)
    expect(await faultsOf(page, 'lock-several')).toEqual([])
    await lock.enter(PIN)
    await page.getByRole('link', { name: '记一笔' }).waitFor(WAIT)
    await page.getByRole('link', { name: '记录', exact: true }).click()
    await new ListScreen(page).row('孟家和蒋家').waitFor()
    expect(await html()).not.toContain('高家')
  },
)
