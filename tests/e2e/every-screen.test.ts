import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seriousFaults } from './support/axe.ts'
import { DESK, firstPage, newProfile, PHONE, untilInstalled, type Profile } from './support/browser.ts'
import { DEMO } from './support/demo.ts'
import { misfits, SIZES, THEMES, wear } from './support/look.ts'
import { deskScreens, firstId, phoneScreens, type Screen } from './screens/routes.ts'

const PICTURES = fileURLToPath(new URL('./pictures/', import.meta.url))
const ACCEPTANCE = fileURLToPath(new URL('../../seeds/metrics/acceptance.json', import.meta.url))
const WIDTHS = [320, 360, 412] as const
mkdirSync(PICTURES, { recursive: true })

let profile: Profile
let context: BrowserContext
let page: Page
let screens: Screen[]

beforeAll(async () => {
  profile = await newProfile()
  context = await profile.open(PHONE)
  page = await firstPage(context)
  await page.goto(`${DEMO.mediator()}/app/`)
  await page.getByText('陈家和吴家').first().waitFor()
  const lead = await firstId(page, 'leads')
  const dispute = await firstId(page, 'disputes')
  await page.goto(`${DEMO.mediator()}/app/records`)
  const outreach = await firstId(page, 'outreach')
  screens = phoneScreens({ dispute, outreach, lead })
  await untilInstalled(page)
  // The shelf of legal content is the last thing to arrive.
  await page.goto(`${DEMO.mediator()}/app/learn`)
  await page.getByText('看答案').first().waitFor()
})
afterAll(async () => {
  await context.close()
  await profile.remove()
})

const open = async (screen: Screen) => {
  await page.goto(DEMO.mediator() + screen.path)
  await screen.shows(page).waitFor({ timeout: 15_000 })
}

it('[L-42] opens every screen offline from a cold start', async () => {
  await context.setOffline(true)
  const missing: string[] = []
  for (const screen of screens) await open(screen).catch(() => missing.push(screen.name))
  await context.setOffline(false)
  expect(missing).toEqual([])
})

it('fits every screen in four sizes, three themes and three widths', async () => {
  const faults: string[] = []
  for (const screen of screens) {
    await page.setViewportSize(PHONE.viewport)
    await open(screen)
    for (const theme of THEMES)
      for (const size of SIZES) {
        await wear(page, { size, theme })
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 780 })
          for (const fault of await misfits(page))
            faults.push(`${screen.name} ${size} ${theme} ${width}: ${fault}`)
        }
      }
  }
  await wear(page, { size: 18, theme: 'light' })
  await page.setViewportSize(PHONE.viewport)
  expect(faults).toEqual([])
})

it('what axe would call serious is found by the quick way of asking it', async () => {
  const bare = await context.newPage()
  await bare.setContent('<html lang="zh"><title>x</title><main><h1>x</h1><button></button></main></html>')
  expect(await seriousFaults(bare)).toEqual(['button-name button'])
  await bare.setContent('<iframe></iframe>')
  await expect(seriousFaults(bare)).rejects.toThrow('frames')
  await bare.close()
})

it('has nothing serious for axe on any screen in two sizes and two themes', async () => {
  const faults: string[] = []
  for (const screen of screens) {
    await open(screen)
    for (const theme of ['light', 'dark'] as const)
      for (const size of [18, 30] as const) {
        await wear(page, { size, theme })
        for (const one of await seriousFaults(page)) faults.push(`${screen.name} ${size} ${theme}: ${one}`)
      }
  }
  await wear(page, { size: 18, theme: 'light' })
  expect(faults).toEqual([])
})

it('takes a picture of every phone screen', async () => {
  for (const screen of screens) {
    await open(screen)
    const picture = `${PICTURES}phone-${screen.name}.png`
    await page.screenshot({ path: picture })
    // A blank page is a few kilobytes.
    expect(statSync(picture).size, screen.name).toBeGreaterThan(12_000)
  }
  await open(screens[0] as Screen)
  for (const [name, look] of [
    ['step-30', { size: 30, theme: 'light' }],
    ['dark', { size: 18, theme: 'dark' }],
    ['sunlight', { size: 18, theme: 'sun' }],
  ] as const) {
    await wear(page, look)
    await page.screenshot({ path: `${PICTURES}phone-today-${name}.png` })
  }
  await wear(page, { size: 18, theme: 'light' })
})

it('[D-131] prints the archive of 2023 as the report did, and each number opens a list of as many', async () => {
  const office = await newProfile()
  const other = await office.open(DESK)
  const desk = await firstPage(other)
  await desk.goto(`${DEMO.coordinator()}/app/desk/report?y=2023`)
  await desk.locator('.report-text [data-metric="disputes"]').waitFor({ timeout: 20_000 })
  const { reports } = JSON.parse(readFileSync(ACCEPTANCE, 'utf8')) as {
    reports: { rows: { metric: string; value: number }[] }[]
  }
  for (const { metric, value } of reports[0]?.rows ?? []) {
    const number = desk.locator(`.report-text [data-metric="${metric}"]`)
    expect(await number.innerText(), metric).toBe(value.toLocaleString('en-US'))
    await number.click()
    await expect
      .poll(() => desk.locator('.list-number').innerText(), { timeout: 15_000 })
      .toBe(value.toLocaleString('en-US'))
    await desk.goBack()
  }
  await other.close()
  await office.remove()
})

describe('the desk', () => {
  it.each([
    ['desktop', DESK],
    ['phone', PHONE],
  ] as const)('fits, pleases axe and has its picture on a %s', async (name, device) => {
    const office = await newProfile()
    const other = await office.open(device)
    const desk = await firstPage(other)
    const faults: string[] = []
    const list = deskScreens.find((one) => one.name === 'list') as Screen
    await desk.goto(DEMO.coordinator() + list.path)
    await list.shows(desk).waitFor({ timeout: 20_000 })
    const first = (await desk.locator('.list-row').first().getAttribute('href')) ?? ''
    const record: Screen = { name: 'record', path: first, shows: (at) => at.locator('dl').first() }
    for (const screen of [...deskScreens, record]) {
      await desk.goto(DEMO.coordinator() + screen.path)
      await screen.shows(desk).waitFor({ timeout: 20_000 })
      await desk.screenshot({ path: `${PICTURES}${name}-${screen.name}.png` })
      for (const theme of THEMES)
        for (const size of SIZES) {
          await wear(desk, { size, theme })
          for (const width of name === 'phone' ? WIDTHS : [DESK.viewport.width]) {
            await desk.setViewportSize({ ...device.viewport, width })
            for (const fault of await misfits(desk))
              faults.push(`${screen.name} ${size} ${theme} ${width}: ${fault}`)
          }
          await desk.setViewportSize(device.viewport)
          if (theme === 'sun' || size === 22 || size === 26) continue
          for (const one of await seriousFaults(desk)) faults.push(`${screen.name} ${size} ${theme}: ${one}`)
        }
      await wear(desk, { size: 18, theme: 'light' })
    }
    await other.close()
    await office.remove()
    expect(faults).toEqual([])
  })
})
