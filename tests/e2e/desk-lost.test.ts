import { fileURLToPath } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DESK, firstPage, killBrowser, newProfile, untilInstalled, type Profile } from './support/browser.ts'
import { DEMO } from './support/demo.ts'
import { faultsOf } from './support/faults.ts'
import { wear } from './support/look.ts'
import { DisputeScreen } from './screens/dispute-screen.ts'
import { LogScreen } from './screens/log-screen.ts'

const SOON = { timeout: 30_000, interval: 300 }
const base = () => DEMO.coordinator()
const picture = (name: string) => fileURLToPath(new URL(`./pictures/${name}.png`, import.meta.url))

/** One coordinator, who mediates too, with a desk and a phone. */
interface Place {
  profile: Profile
  context: BrowserContext
  page: Page
  dispute: DisputeScreen
}
let desk: Place
let phone: Place

async function open(device?: typeof DESK): Promise<Place> {
  const profile = await newProfile()
  const context = await profile.open(device)
  const page = await firstPage(context)
  await page.goto(`${base()}/app/`)
  await page.getByRole('link', { name: '记一笔' }).first().waitFor()
  await untilInstalled(page)
  return { profile, context, page, dispute: new DisputeScreen(page) }
}

beforeAll(async () => {
  desk = await open(DESK)
  phone = await open()
})
afterAll(async () => {
  for (const { profile } of [desk, phone]) {
    await killBrowser(profile)
    await profile.remove()
  }
})

const lookAt = async ({ page }: Place) => {
  await page.goto(`${base()}/app/desk/lost`)
  await page.getByText('两部手机改过同一处').waitFor()
}

it('[L-21] the desk shows what two phones wrote in one place, and one tap there puts the lost words back', async () => {
  await lookAt(desk)
  await desk.page.getByText('没有两处不同的').waitFor()
  await desk.page.goto(`${base()}/app/`)
  const log = new LogScreen(desk.page)
  await log.begin()
  await log.dispute({ word: '地界', parties: ['苗家兴', '丁有田'], facts: '挨着。', outcome: '还在谈' })
  const id = new URL(desk.page.url()).pathname.split('/').at(-1) ?? ''
  const look = async () => {
    await phone.page.goto(`${base()}/app/disputes/${id}`)
    return phone.page
      .getByText('前前后后')
      .first()
      .waitFor({ timeout: 2000 })
      .then(
        () => true,
        () => false,
      )
  }
  await expect.poll(look, SOON).toBe(true)
  await desk.dispute.open(base(), id)
  await desk.context.setOffline(true)
  await phone.context.setOffline(true)
  for (const [{ dispute }, facts] of [
    [desk, '苗家说界石挪过。'],
    [phone, '丁家说界石没动过。'],
  ] as const) {
    await dispute.step('改写经过')
    await dispute.fill('怎么回事', facts)
    await dispute.save()
  }
  await desk.context.setOffline(false)
  await phone.context.setOffline(false)

  const card = (place: Place) => place.page.locator('.lost-card', { hasText: '界石挪过' })
  for (const place of [desk, phone])
    await expect
      .poll(async () => {
        await lookAt(place)
        return card(place).getByRole('button', { name: '用这个' }).count()
      }, SOON)
      .toBe(1)
  expect(await card(desk).innerText()).toContain('界石没动过')
  expect(await faultsOf(phone.page, 'desk-lost')).toEqual([])
  await desk.page.setViewportSize(DESK.viewport)
  await desk.page.screenshot({ path: picture('desktop-desk-lost') })
  for (const [name, of] of [
    ['step-30', { size: 30, theme: 'light' }],
    ['dark', { size: 18, theme: 'dark' }],
  ] as const) {
    await wear(phone.page, of)
    await phone.page.screenshot({ path: picture(`phone-desk-lost-${name}`) })
  }
  await wear(phone.page, { size: 18, theme: 'light' })

  // Without signal the desk says so and keeps nobody's words on this device.
  await phone.context.setOffline(true)
  await phone.page.goto(`${base()}/app/desk/lost`)
  await phone.page.getByText('现在没网').waitFor()
  expect(await card(phone).count()).toBe(0)
  await phone.page.screenshot({ path: picture('phone-desk-lost-offline') })
  await phone.context.setOffline(false)

  const lost = (await card(desk).locator('.lost-one').nth(1).locator('p').innerText()).trim()
  await card(desk).getByRole('button', { name: '用这个' }).click()
  await card(desk).getByText('挑好了').waitFor()
  await expect
    .poll(async () => {
      await lookAt(desk)
      return card(desk).count()
    }, SOON)
    .toBe(0)
  await expect
    .poll(async () => {
      await phone.dispute.open(base(), id)
      return phone.dispute.facts()
    }, SOON)
    .toContain(lost)
})
