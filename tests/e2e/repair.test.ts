import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { firstPage, newProfile, untilInstalled, type Profile } from './support/browser.ts'
import { DEMO } from './support/demo.ts'
import { misfits, SIZES } from './support/look.ts'
import { serveTwoBuilds, type TwoBuilds } from './support/two-builds.ts'
import { ListScreen } from './screens/list-screen.ts'
import { LogScreen } from './screens/log-screen.ts'

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

const picture = (name: string) => fileURLToPath(new URL(`./pictures/${name}.png`, import.meta.url))
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

/** Breaks a vault as a fault of the disk would: half of its stores are gone, and one of two waiting ops cannot be opened. */
const breakDatabase = (at: Page, vault: string) =>
  at.evaluate(
    (name) =>
      new Promise<void>((done, fail) => {
        const asked = indexedDB.open(name, 9999)
        asked.addEventListener('upgradeneeded', () => {
          for (const store of ['meta', 'rec']) asked.result.deleteObjectStore(store)
          const walk = asked.transaction?.objectStore('out').openCursor(null, 'prev')
          walk?.addEventListener('success', () => {
            const row = walk.result?.value as { box: Uint8Array } | undefined
            if (!row) return
            row.box[row.box.length - 1] = (row.box.at(-1) ?? 0) ^ 1
            walk.result?.update(row)
          })
        })
        asked.addEventListener('success', () => {
          asked.result.close()
          done()
        })
        for (const bad of ['error', 'blocked']) asked.addEventListener(bad, () => fail(new Error(bad)))
      }),
    `mingbai-${vault}`,
  )
const marksOf = (at: Page) =>
  at.evaluate(
    () =>
      JSON.parse(localStorage.getItem('mingbai-vaults') ?? '{}') as {
        current: string | null
        vaults: { id: string }[]
        aside?: { id: string }[]
      },
  )

it('[L-46] what can be read of a broken database is taken out, the old one is set aside and kept, and a new one begins', async () => {
  const own = await newProfile()
  const phone = await own.open()
  const at = await firstPage(phone)
  await at.goto(`${DEMO.mediator()}/app/`)
  await new ListScreen(at).row('陈家和吴家').waitFor()
  await untilInstalled(at)
  await phone.setOffline(true)
  const log = new LogScreen(at)
  for (const facts of ['沟让树根堵了。', '沟又堵了。']) {
    await log.begin()
    await log.dispute({ word: '排水', parties: ['仇松年', '柏小荷'], facts, outcome: '还在谈' })
    await log.toToday()
  }
  const { current: vault } = await marksOf(at)
  await at.goto(`${DEMO.mediator()}/app/repair`)
  await at.getByText('都在：2 处等着交').waitFor()
  // The app was left before it could write down how much waits.
  await at.evaluate(() => {
    const marks = JSON.parse(localStorage.getItem('mingbai-vaults') ?? '{}') as { vaults: object[] }
    const vaults = marks.vaults.map((one) => ({ ...one, waiting: 0 }))
    localStorage.setItem('mingbai-vaults', JSON.stringify({ ...marks, vaults }))
  })
  await breakDatabase(at, vault ?? '')
  await at.reload()
  await at.getByText('坏了一部分，东西没删：看得到 2 处等着交').waitFor()

  // Nothing is set aside before somebody tried to take out what is there.
  const aside = at.getByRole('button', { name: '旧的放一边，重新开始' })
  expect(await aside.isDisabled()).toBe(true)
  const out = at.getByRole('button', { name: '把能看的拿出来' })
  await out.click()
  await at.getByText('文件不上锁').waitFor()
  const download = at.waitForEvent('download')
  await out.click()
  const text = readFileSync(await (await download).path(), 'utf8')
  await at.getByText('拿出来 1 处').waitFor()
  expect(text).toContain('拿出来 1 处，1 处读不出')
  expect(text).toContain('怎么回事 what happened：沟让树根堵了。')
  expect(text).toContain('谁和谁 sides：仇松年、柏小荷')
  expect(text).not.toContain('沟又堵了。')

  await aside.click()
  await at.getByText('旧的一份留在手机里，不删').waitFor()
  expect(await marksOf(at)).toMatchObject({ current: vault })
  for (const colorScheme of ['light', 'dark'] as const) {
    await at.emulateMedia({ colorScheme })
    await at.screenshot({ path: picture(`phone-repair-${colorScheme}`), fullPage: true })
  }
  await at.emulateMedia({ colorScheme: 'light' })
  for (const size of SIZES)
    for (const width of [320, 360, 412]) {
      await at.setViewportSize({ width, height: 780 })
      await at.evaluate((px) => document.body.style.setProperty('font-size', `${px}px`), size)
      expect(await misfits(at), `${size} ${width}`).toEqual([])
    }
  await at.setViewportSize({ width: 360, height: 780 })
  await at.screenshot({ path: picture('phone-repair-step-30'), fullPage: true })
  await phone.setOffline(false)
  await aside.click()
  await at.waitForURL(`${DEMO.mediator()}/app/`)
  await new ListScreen(at).row('陈家和吴家').waitFor()
  await log.begin()
  await log.dispute({ word: '排水', parties: ['仇松年', '柏小荷'], facts: '重新记的。', outcome: '还在谈' })
  await log.toToday()
  await expect
    .poll(() => new ListScreen(at).word('仇家和柏家').innerText(), { timeout: 30_000 })
    .toContain('交上去了')

  // The old one is where it was, and never opened by itself again.
  const after = await marksOf(at)
  expect(after.current).not.toBe(vault)
  expect(after.aside?.map((one) => one.id)).toEqual([vault])
  expect(after.vaults.map((one) => one.id)).toEqual([after.current])
  const names = await at.evaluate(async () => (await indexedDB.databases()).map((one) => one.name))
  expect(names).toContain(`mingbai-${vault}`)
  await at.goto(`${DEMO.mediator()}/app/safe`)
  await at.getByText('没删，放的时候有 2 处没交').waitFor()
  await at.goto(`${DEMO.mediator()}/app/repair`)
  await at.getByText('放在一边的一份，没删：2 处没交').waitFor()
  await phone.close()
  await own.remove()
})
