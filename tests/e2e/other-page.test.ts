import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { databaseName, STORES_1 } from '#phone/database/rows.ts'
import { firstPage, killBrowser, newProfile, type Profile } from './support/browser.ts'
import { faultsOf } from './support/faults.ts'
import { serveTwoBuilds, type TwoBuilds } from './support/two-builds.ts'

const VAULT = '0'.repeat(32)
let server: TwoBuilds
let profile: Profile
let context: BrowserContext
beforeAll(async () => {
  server = await serveTwoBuilds()
  profile = await newProfile()
  context = await profile.open()
})
afterAll(async () => {
  await killBrowser(profile)
  await profile.remove()
  await server.stop()
})

/** A page as the first build left it that hears nothing any more: its database is open and stays so. */
async function deafPage(): Promise<Page> {
  const page = await firstPage(context)
  await page.goto(`${server.url}/app/repair`)
  const stores = Object.entries(STORES_1).map(([name, schema]) => {
    const [key = '', ...indexes] = schema.split(', ')
    return { name, key, indexes }
  })
  await page.evaluate(
    async ({ name, vault, all }) => {
      localStorage.setItem('mingbai-vaults', JSON.stringify({ current: vault, vaults: [] }))
      const asked = indexedDB.open(name, 10)
      asked.addEventListener('upgradeneeded', () => {
        for (const store of all) {
          const made = asked.result.createObjectStore(store.name, { keyPath: store.key })
          for (const index of store.indexes) made.createIndex(index, index)
        }
      })
      await new Promise((go) => asked.addEventListener('success', go))
      Object.assign(window, { kept: asked.result })
    },
    { name: databaseName(VAULT), vault: VAULT, all: stores },
  )
  return page
}

it('[L-31] a page of an older build that holds the database is named, in both languages, until it is closed', async () => {
  const deaf = await deafPage()
  const page = await context.newPage()
  await page.goto(`${server.url}/app/`)
  const word = page.getByText('请把别的明白页面都关掉')
  await word.waitFor()
  expect(await faultsOf(page, 'held-by-other-page')).toEqual([])
  await page.evaluate(() => localStorage.setItem('mb.lang', 'en'))
  await page.reload()
  const english = page.getByText('Close the other Mingbai pages')
  await english.waitFor()
  await deaf.close()
  await english.waitFor({ state: 'detached' })
  const held = () =>
    page.evaluate(async (name) => {
      const asked = indexedDB.open(name)
      await new Promise((go) => asked.addEventListener('success', go))
      const found = { version: asked.result.version, stores: [...asked.result.objectStoreNames] }
      asked.result.close()
      return found
    }, databaseName(VAULT))
  // The word goes when nothing is held any more; the database is brought up to date right after.
  await expect.poll(async () => (await held()).version, { timeout: 20_000 }).toBeGreaterThan(10)
  expect((await held()).stores).toContain('chunk')
})
