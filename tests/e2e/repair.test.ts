import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { firstPage, newProfile, untilInstalled, type Profile } from './support/browser.ts'
import { DEMO } from './support/demo.ts'
import { serveTwoBuilds, type TwoBuilds } from './support/two-builds.ts'

let server: TwoBuilds
let profile: Profile
let context: BrowserContext
let page: Page
beforeAll(async () => {
  server = await serveTwoBuilds()
  profile = await newProfile()
  context = await profile.open()
  page = await firstPage(context)
  await page.goto(`${server.url}/app/learn`)
  await page.locator('main h1').first().waitFor()
  await untilInstalled(page)
})
afterAll(async () => {
  await context?.close()
  await profile?.remove()
  await server?.stop()
})

const kept = () => page.locator('#kept').innerText()
const repair = async () => {
  await page.goto(`${server.url}/app/repair`)
  await page.getByRole('heading', { name: '修一修' }).waitFor()
  await page.waitForFunction(() => !document.querySelector('#kept')?.textContent?.includes('正在看'))
}
/** Everything of ours that must outlive a repair. */
const valuables = () =>
  page.evaluate(async () => [
    localStorage.getItem('mingbai-vaults'),
    localStorage.getItem('mingbai-trace'),
    (await indexedDB.databases()).map((one) => one.name).sort(),
  ])

it('[L-46] the page that mends opens without a network and says what is kept, whatever is broken: shell, database or login', async () => {
  await repair()
  expect(await kept()).toContain('都在：0 处等着交')
  const before = await valuables()
  // The shell: its own script is damaged where it is kept, so the app stays the empty frame.
  await page.evaluate(async () => {
    for (const name of await caches.keys()) {
      const cache = await caches.open(name)
      for (const request of await cache.keys())
        if (/\/assets\/index-[^/]*\.js/.test(request.url))
          await cache.put(
            request,
            new Response('throw new Error("damaged")', { headers: { 'content-type': 'text/javascript' } }),
          )
    }
    localStorage.setItem(
      'mingbai-trace',
      JSON.stringify([{ what: 'lost-gone', where: '', times: 2, first: 1, last: 2 }]),
    )
  })
  await context.setOffline(true)
  await page.goto(`${server.url}/app/learn`)
  await page.waitForTimeout(1000)
  expect(await page.locator('main').count()).toBe(0)
  await repair()
  expect(await page.locator('#troubles').innerText()).toContain('lost-gone  ×2')
  // Without a network the program cannot be had again, so nothing is touched.
  await page.getByRole('button', { name: '重新装程序' }).click()
  await page.getByText('现在连不上').waitFor()
  expect(await page.evaluate(async () => (await caches.keys()).length)).toBeGreaterThan(0)
  await context.setOffline(false)
  await page.getByRole('button', { name: '重新装程序' }).click()
  await page.waitForURL(`${server.url}/app/`)
  await page.locator('main').waitFor()
  await page.goto(`${server.url}/app/learn`)
  await page.locator('main h1').first().waitFor()
  const after = await valuables()
  expect(after[0]).toBe(before[0])
  expect(after[1]).toContain('lost-gone')
  expect(after[2]).toEqual(before[2])
})

it('[L-46] a database that does not open is named, and nothing is removed', async () => {
  // The page of before still runs and may note a trouble at any time: it is left first.
  await repair()
  const before = await valuables()
  const broken = await context.newPage()
  await broken.addInitScript(() => {
    indexedDB.open = () => {
      throw new DOMException('broken', 'UnknownError')
    }
  })
  await broken.goto(`${server.url}/app/repair`)
  await broken.getByText('现在打不开，东西没删').waitFor()
  await broken.close()
  expect(await valuables()).toEqual(before)
})

it('[L-46] the real server has it too, under its own rules for pages', async () => {
  const fresh = await context.newPage()
  await fresh.goto(`${DEMO.mediator()}/app/repair`)
  const told = fresh.getByText('这个浏览器里没有记过东西')
  await told.waitFor()
  expect(await told.isVisible()).toBe(true)
  await fresh.close()
})
