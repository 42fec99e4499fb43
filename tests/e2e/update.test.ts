import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { firstPage, newProfile, untilInstalled, type Profile } from './support/browser.ts'
import { serveTwoBuilds, type TwoBuilds } from './support/two-builds.ts'

let builds: TwoBuilds
let profile: Profile
let context: BrowserContext
beforeAll(async () => {
  builds = await serveTwoBuilds()
  profile = await newProfile()
  context = await profile.open()
})
afterAll(async () => {
  await context?.close()
  await profile?.remove()
  await builds?.stop()
})

/** Every file of ours that a page has asked for so far, by name. */
const asked = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .map((one) => one.name)
      .filter((name) => name.includes('/assets/'))
      .map((name) => name.split('/').at(-1) ?? ''),
  )
const isNext = (name: string) => /next\.\w+$/.test(name)

it('[L-33] a new build leaves a running page its own files, lazy ones too and without a network, and is put on at the next start', async () => {
  const page = await firstPage(context)
  await page.goto(`${builds.url}/app/learn`)
  await page.locator('main h1').first().waitFor()
  await untilInstalled(page)
  await page.evaluate(() => void Object.assign(window, { stillHere: true }))
  builds.release()
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready
    await registration.update()
    while (registration.waiting === null) await new Promise((go) => setTimeout(go, 50))
  })
  await context.setOffline(true)
  for (const path of ['/app/me/about', '/app/me/look', '/app/safe']) {
    await page.evaluate((to) => {
      history.pushState(history.state, '', to)
      dispatchEvent(new PopStateEvent('popstate', { state: history.state }))
    }, path)
    await page.waitForFunction((to) => location.pathname === to, path)
    await page.locator('main h1').first().waitFor()
    await page.waitForTimeout(300)
  }
  const files = await asked(page)
  expect(files.some((name) => name.startsWith('AboutPage'))).toBe(true)
  expect(files.some((name) => name.startsWith('SafePage'))).toBe(true)
  expect(files.filter(isNext)).toEqual([])
  expect(await page.evaluate(() => (window as { stillHere?: true }).stillHere)).toBe(true)
  await context.setOffline(false)
  const next = await context.newPage()
  // The last page of the old build goes. It leaves and is not closed: the driver holds every worker that starts until it has looked at
  // it, and with a page that closes at that very moment goes the word that lets it run.
  await page.goto('about:blank')
  await next.goto(`${builds.url}/app/learn`)
  await next.waitForFunction(
    () => document.querySelector<HTMLScriptElement>('script[type=module]')?.src.endsWith('next.js'),
    undefined,
    { timeout: 30_000 },
  )
  await next.locator('main h1').first().waitFor()
  expect((await asked(next)).filter((name) => !isNext(name))).toEqual([])
})
