import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { seriousFaults } from './support/axe.ts'
import { CHROMIUM, PHONE } from './support/browser.ts'
import { DEMO } from './support/demo.ts'
import { misfits } from './support/look.ts'

const PICTURES = fileURLToPath(new URL('./pictures/', import.meta.url))
const PAGES = {
  article: '/c/pai-shui',
  topics: '/c',
  help: '/help',
  poster: '/c/pai-shui/poster',
  trust: '/trust',
  'trust-en': '/trust/en',
} as const
mkdirSync(PICTURES, { recursive: true })
let browser: Browser

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] })
})
afterAll(() => browser.close())

it('shows a shared answer without script, cookie or account, within 60 kB', async () => {
  const context = await browser.newContext({ ...PHONE, javaScriptEnabled: false, locale: 'zh-CN' })
  const page = await context.newPage()
  let bytes = 0
  page.on('response', async (response) => {
    bytes += (await response.body().catch(() => Buffer.alloc(0))).length
  })
  const index = (await (await fetch(`${DEMO.entry()}/api/content/index.json`)).json()) as { pack: string }
  const pack = (await (await fetch(`${DEMO.entry()}/api/content/${index.pack}`)).json()) as {
    items: { slug: string; code: string; title: string }[]
  }
  const item = pack.items.find((one) => one.slug === 'pai-shui')
  await page.goto(`${DEMO.entry()}/s/${item?.code}`)
  expect(await page.title()).toContain(item?.title)
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain('排水沟')
  expect(await page.locator('a[href^="tel:"]').count()).toBeGreaterThan(0)
  expect(bytes).toBeLessThan(60_000)
  expect(await context.cookies()).toEqual([])
  await context.close()
})

it('fits and pleases axe on phone and desktop, and has its pictures', async () => {
  const faults: string[] = []
  for (const [device, viewport] of [
    ['phone', PHONE.viewport],
    ['desktop', { width: 1440, height: 900 }],
  ] as const) {
    const context = await browser.newContext({
      viewport,
      deviceScaleFactor: device === 'phone' ? 2 : 1,
      locale: 'zh-CN',
    })
    const page = await context.newPage()
    for (const [name, path] of Object.entries(PAGES)) {
      await page.goto(DEMO.entry() + path)
      await page.screenshot({ path: `${PICTURES}${device}-public-${name}.png` })
      if (name !== 'poster')
        for (const fault of await misfits(page)) faults.push(`${device} ${name}: ${fault}`)
      for (const one of await seriousFaults(page)) faults.push(`${device} ${name}: ${one}`)
    }
    await context.close()
  }
  expect(faults).toEqual([])
})
