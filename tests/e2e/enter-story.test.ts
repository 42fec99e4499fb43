import { randomUUID } from 'node:crypto'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DESK, firstPage, newProfile, type Profile } from './support/browser.ts'
import { askAsPhone } from './support/as-phone.ts'
import { DEMO } from './support/demo.ts'
import { PeopleScreen } from './screens/people-screen.ts'

const WAIT = { timeout: 30_000 }
const profiles: Profile[] = []
let desk: BrowserContext
let people: PeopleScreen

const opened = async (options?: typeof DESK): Promise<BrowserContext> => {
  const profile = await newProfile()
  profiles.push(profile)
  return profile.open(options)
}

/** Who the browser is to the server now. */
async function whoAmI(page: Page): Promise<{ name: string; provisional: boolean }> {
  const { me } = (await askAsPhone(page, '/api/me')).body as { me: { name: string; provisional: boolean } }
  return { name: me.name, provisional: me.provisional }
}

/** What the session's cookie alone is worth, as somebody has it who took it from the phone. */
const byCookie = (page: Page): Promise<number> => page.evaluate(async () => (await fetch('/api/me')).status)

beforeAll(async () => {
  desk = await opened(DESK)
  const page = await firstPage(desk)
  await page.goto(`${DEMO.coordinator()}/app/people`)
  await page.getByText('李守田').first().waitFor(WAIT)
  people = new PeopleScreen(page)
})
afterAll(async () => {
  await desk?.close()
  for (const one of profiles) await one.remove()
})

it('[TR-13] an invited phone is in once both screens show the same three words', async () => {
  const name = `赵${randomUUID().slice(0, 4)}`
  const code = await people.invite(DEMO.coordinator(), name, '调解员', '石桥村')
  const phone = await opened()
  const page = await firstPage(phone)
  await page.goto(`${DEMO.entry()}/app/enter`)
  await page.getByLabel('邀请码').fill('不是码', WAIT)
  await page.getByRole('button', { name: '接着' }).click()
  await page.getByText('这不是明白的码').waitFor(WAIT)
  await page.getByLabel('邀请码').fill(code.toLowerCase())
  await page.getByRole('button', { name: '接着' }).click()
  await page.locator('.word-tile').first().waitFor(WAIT)
  expect(await page.locator('.word-tile').allTextContents()).toEqual(await people.words())
  await people.same()
  await page.getByRole('link', { name: '记一笔' }).waitFor(WAIT)
  expect(await whoAmI(page)).toEqual({ name, provisional: false })
  expect(await byCookie(page)).toBe(401)
  await phone.close()
})

it('[TR-13] a card asks who it is, leaves nothing in the address, and its phone waits to be confirmed', async () => {
  const name = `李${randomUUID().slice(0, 4)}`
  const code = await people.card(DEMO.coordinator(), name, '法律明白人', '石桥村')
  const phone = await opened()
  const page = await firstPage(phone)
  await page.goto(`${DEMO.entry()}/e#${code}`)
  await page.getByText(`你是${name}吗？`).waitFor(WAIT)
  expect(page.url()).toBe(`${DEMO.entry()}/app/enter`)
  await page.getByRole('button', { name: '我就是' }).click()
  await page.getByRole('link', { name: '记一笔' }).waitFor(WAIT)
  expect(await whoAmI(page)).toEqual({ name, provisional: true })
  expect(await byCookie(page)).toBe(401)
  await people.confirm(DEMO.coordinator(), name)
  expect(await whoAmI(page)).toEqual({ name, provisional: false })
  await phone.close()
})
