import { fileURLToPath } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DESK, firstPage, killBrowser, newProfile, untilInstalled, type Profile } from './support/browser.ts'
import { DEMO } from './support/demo.ts'
import { faultsOf } from './support/faults.ts'
import { untilAtRest, wear } from './support/look.ts'
import { DisputeScreen } from './screens/dispute-screen.ts'
import { ListScreen } from './screens/list-screen.ts'
import { LogScreen } from './screens/log-screen.ts'

const SOON = { timeout: 30_000, interval: 300 }
const picture = (name: string) => fileURLToPath(new URL(`./pictures/${name}.png`, import.meta.url))
let profile: Profile
let office: Profile
let phone: BrowserContext
let page: Page

beforeAll(async () => {
  profile = await newProfile()
  office = await newProfile()
  phone = await profile.open()
  page = await firstPage(phone)
  await page.goto(`${DEMO.mediator()}/app/`)
  await new ListScreen(page).row('陈家和吴家').waitFor()
  await untilInstalled(page)
})
afterAll(async () => {
  for (const one of [profile, office]) {
    await killBrowser(one)
    await one.remove()
  }
})

/** Where the office sees a dispute. */
async function placeAtOffice(id: string): Promise<string> {
  const desk = await firstPage(await office.open(DESK))
  await desk.goto(`${DEMO.coordinator()}/app/desk`)
  await desk.locator('[data-metric="disputes"]').first().waitFor()
  return desk.evaluate(async (wanted) => {
    const answer = await fetch(`/api/desk/record?kind=dispute&id=${wanted}`, {
      headers: { 'x-mingbai': '1' },
    })
    return ((await answer.json()) as { row: { place: string } }).row.place
  }, id)
}

it('[L-38] a dispute is handed to another place without signal, with a reason, and stays with whoever recorded it', async () => {
  await phone.setOffline(true)
  const log = new LogScreen(page)
  await log.begin()
  await log.dispute({
    word: '地界',
    parties: ['施大勇', '邓秋菊'],
    facts: '地在邻村那边。',
    outcome: '还在谈',
  })
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
  const dispute = new DisputeScreen(page)
  await dispute.open(DEMO.mediator(), id)
  await dispute.step('转给别的村办')
  expect(await faultsOf(page, 'dispute-hand-over')).toEqual([])
  await untilAtRest(page)
  for (const [name, look] of [
    ['step-30', { size: 30, theme: 'light' }],
    ['dark', { size: 18, theme: 'dark' }],
  ] as const) {
    await wear(page, look)
    await page.screenshot({ path: picture(`phone-dispute-hand-over-${name}`) })
  }
  await wear(page, { size: 18, theme: 'light' })

  const sheet = page.locator('dialog[open]')
  await sheet.getByRole('button', { name: '转过去' }).click()
  await sheet.getByRole('alert').getByText('点一下转到哪里').waitFor()
  const chips = sheet.locator('.mb-chip')
  expect(await chips.count()).toBeGreaterThan(1)
  const to = (await chips.last().innerText()).trim()
  await chips.last().click()
  await sheet.getByRole('button', { name: '转过去' }).click()
  await sheet.getByRole('alert').getByText('为什么转').waitFor()
  await dispute.fill('为什么转，几个字', '地和人都在那边，那边好谈。')
  await dispute.save('转过去')
  await page.getByText('移到别的村办').waitFor()
  await page.getByText('地和人都在那边，那边好谈。').waitFor()

  await phone.setOffline(false)
  const look = async () => {
    await dispute.open(DEMO.mediator(), id)
    return dispute.word()
  }
  await expect.poll(look, SOON).toContain('交上去了')
  await page.getByText('移到别的村办').waitFor()
  expect(await placeAtOffice(id)).toContain(to)
})
