import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DATABASE_VERSION } from '#phone/database/rows.ts'
import { LANDED, phoneOf, type PhoneFixture } from '../contract/landed.ts'
import { firstPage, killBrowser, newProfile, type Profile } from './support/browser.ts'
import { serveTwoBuilds, type TwoBuilds } from './support/two-builds.ts'

let server: TwoBuilds
beforeAll(async () => {
  server = await serveTwoBuilds()
})
afterAll(() => server.stop())

/**
 * Puts a phone's database into a real browser as an older build left it, with the line of text beside it: what `restorePhone` does, inside
 * a page, where nothing can be imported.
 */
async function leave(page: Page, { dump, marks }: PhoneFixture) {
  await page.goto(`${server.url}/app/repair`)
  await page.evaluate(
    async ({ left, text }) => {
      const bytes = (base64: string) => Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0))
      const read = async (value: unknown): Promise<unknown> => {
        if (Array.isArray(value)) return Promise.all(value.map(read))
        if (typeof value !== 'object' || value === null) return value
        const { $key, $bytes } = value as { $key?: string; $bytes?: string }
        if ($bytes !== undefined) return bytes($bytes)
        if ($key !== undefined)
          return crypto.subtle.importKey('raw', bytes($key), 'AES-GCM', false, ['encrypt', 'decrypt'])
        const parts = Object.entries(value).map(async ([key, one]) => [key, await read(one)] as const)
        return Object.fromEntries(await Promise.all(parts))
      }
      const stores = await Promise.all(
        left.stores.map(async (store) => ({ ...store, rows: (await read(store.rows)) as unknown[] })),
      )
      const asked = indexedDB.open(left.name, left.version)
      asked.addEventListener('upgradeneeded', () => {
        for (const { name, keyPath, indexes, rows } of stores) {
          const store = asked.result.createObjectStore(name, { keyPath })
          for (const { name: index, keyPath: path, unique, multiEntry } of indexes)
            store.createIndex(index, path, { unique, multiEntry })
          for (const row of rows) store.put(row)
        }
      })
      await new Promise((go) => asked.addEventListener('success', go))
      asked.result.close()
      localStorage.setItem('mingbai-vaults', text ?? '')
    },
    { left: dump, text: marks },
  )
}

/** The numbers of the ops that wait, and the version of the database they wait in. */
const waiting = (page: Page, name: string) =>
  page.evaluate(async (vault) => {
    const asked = indexedDB.open(vault)
    await new Promise((go) => asked.addEventListener('success', go))
    const { version } = asked.result
    const out = asked.result.transaction('out').objectStore('out').getAllKeys()
    await new Promise((go) => out.addEventListener('success', go))
    asked.result.close()
    return { version, numbers: out.result }
  }, name)

it.each(LANDED)(
  '[TR-06] [TR-34] a real browser with the database of landing %i shows all of it, and everything that waited still does',
  async (landed) => {
    const fixture = phoneOf(landed)
    const profile: Profile = await newProfile()
    try {
      const page = await firstPage(await profile.open())
      await leave(page, fixture)
      await page.goto(`${server.url}/app/records`)
      for (const title of new Set(fixture.seen.titles)) await page.getByText(title).first().waitFor()
      const { name } = fixture.dump
      // Dexie counts in tens. The list is shown before the database is brought up to date.
      await expect.poll(async () => (await waiting(page, name)).version).toBe(DATABASE_VERSION * 10)
      expect((await waiting(page, name)).numbers).toEqual(fixture.seen.waiting.map((one) => one.n))
      for (const title of new Set(fixture.seen.titles)) await page.getByText(title).first().waitFor()
    } finally {
      await killBrowser(profile)
      await profile.remove()
    }
  },
)
