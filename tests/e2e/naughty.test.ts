import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Entered } from '#sync/protocol/accounts.ts'
import { exchange, isTaken, type ProofPhone } from '#tools/prove/world.ts'
import { naughtyOps, SCRIPTS, texts } from '#tests/support/naughty-records.ts'
import { DESK, firstPage, newProfile, PHONE, type Profile } from './support/browser.ts'
import { startDemo, type DemoServer } from './support/demo-server.ts'
import { untilAtRest } from './support/look.ts'
import { watch, type Watch } from './support/watch.ts'
import { deskScreens, phoneScreens, type Screen } from './screens/routes.ts'

// A demo of its own: what is written here would stand on everybody's pictures.
let demo: DemoServer
let profile: Profile
let context: BrowserContext
let page: Page
let watching: Watch
let screens: Screen[]

/** A phone of the mediator that is not ours, and so hands in whatever it likes. */
async function strangePhone(door: string): Promise<ProofPhone> {
  const headers = { 'content-type': 'application/json', origin: door }
  const answer = await fetch(`${door}/api/entry/demo`, { method: 'POST', headers, body: '{}' })
  const cookie = answer.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ')
  const entered = (await answer.json()) as Entered
  const village = entered.me.posts.find((post) => post.role === 'mediator')?.region ?? ''
  return { person: entered.me.person, device: entered.device, village, cookie, n: 0 }
}

beforeAll(async () => {
  demo = await startDemo()
  const phone = await strangePhone(demo.person(1))
  const { ops, ...ids } = naughtyOps(phone)
  for (let at = 0; at < ops.length; at += 20) {
    const { acks } = await exchange(demo.person(1), phone, { push: ops.slice(at, at + 20) })
    if (!acks.every(isTaken)) throw new Error(`not taken: ${JSON.stringify(acks)}`)
  }
  profile = await newProfile()
  context = await profile.open(PHONE)
  watching = await watch(context)
  page = await firstPage(context)
  await page.goto(`${demo.person(1)}/app/`)
  screens = phoneScreens(ids)
}, 500_000)
afterAll(async () => {
  await context?.close()
  await profile?.remove()
  await demo?.stop()
})

/** Fills every field for words on a page, with as much as each takes. @returns how many there were */
async function fillAll(at: Page, round: number): Promise<number> {
  const fields = at.locator(
    'input:visible:not([type=checkbox]):not([type=radio]):not([type=file]):not([type=date]):not([type=number]):not([type=range]):not([readonly]), textarea:visible:not([readonly])',
  )
  const count = await fields.count()
  let filled = 0
  for (let i = 0; i < count; i++) {
    const field = fields.nth(i)
    // What was typed may have taken the next one away.
    if (!(await field.isVisible()) || !(await field.isEditable({ timeout: 1000 }).catch(() => false)))
      continue
    const limit = Number((await field.getAttribute('maxlength')) ?? 4000)
    const long = texts(Math.min(limit, 4900))
    const isArea = (await field.evaluate((one) => one.tagName)) === 'TEXTAREA'
    const text = isArea
      ? (long[round % long.length] ?? '')
      : (SCRIPTS[(round + i) % SCRIPTS.length] ?? '').slice(0, limit)
    const done = await field.fill(text, { timeout: 3000 }).then(
      () => true,
      () => false,
    )
    if (done) filled++
    await field.blur({ timeout: 1000 }).catch(() => undefined)
  }
  return filled
}

const opened = async (at: Page, base: string, screen: Screen) => {
  await at.goto(base + screen.path)
  // A record of these texts has another heading than the one of every other test.
  await screen.shows(at).or(at.locator('h1:visible, h2:visible')).first().waitFor({ timeout: 30_000 })
  await at.evaluate(() => {
    for (const one of document.querySelectorAll('details')) one.open = true
  })
  await untilAtRest(at)
}

/** Opens screens, fills what can be filled, and says what happened. */
async function through(
  at: Page,
  base: string,
  list: readonly Screen[],
): Promise<{ wrong: string[]; fields: number }> {
  const wrong: string[] = []
  let fields = 0
  for (const [i, screen] of list.entries()) {
    await opened(at, base, screen)
    fields += await fillAll(at, i)
    for (const one of await watching.troubles(at)) wrong.push(`${screen.name}: ${one}`)
  }
  return { wrong, fields }
}

it('[TR-53] texts that would run if they were taken for markup are only texts on every screen of a phone, stored and typed', async () => {
  await page.locator('a[href*="/app/disputes/"]').first().waitFor({ timeout: 30_000 })
  const { wrong, fields } = await through(page, demo.person(1), screens)
  expect(wrong).toEqual([])
  expect(fields).toBeGreaterThan(15)
  // They really are there.
  await page.goto(`${demo.person(1)}/app/records`)
  await page
    .getByText(SCRIPTS[0] ?? '')
    .first()
    .waitFor()
})

it('[TR-53] so they are in every step that is taken with a dispute', async () => {
  const dispute = screens.find(({ name }) => name === 'dispute')
  const wrong: string[] = []
  let steps = 0
  let fields = 0
  for (let i = 0; ; i++) {
    await page.goto(demo.person(1) + (dispute?.path ?? ''))
    await page.getByRole('button', { name: '更多' }).click()
    const choices = page.locator('dialog[open] button:visible')
    await choices.first().waitFor()
    if (i >= (await choices.count())) break
    await choices.nth(i).click()
    const form = page.locator('dialog[open] .step-form')
    if (
      !(await form.waitFor({ timeout: 1500 }).then(
        () => true,
        () => false,
      ))
    )
      continue
    steps++
    fields += await fillAll(page, i)
    for (const one of await watching.troubles(page)) wrong.push(`step ${i}: ${one}`)
  }
  expect(wrong).toEqual([])
  expect(steps).toBeGreaterThan(2)
  expect(fields).toBeGreaterThan(2)
})

it('[TR-53] a record made of them is saved, shown and corrected as it was typed', async () => {
  for (const [form, chips] of [
    ['dispute', ['邻居', '地界', '还在谈']],
    ['outreach', ['院坝会', '家里的事', '30']],
    ['service', []],
    ['screening', []],
  ] as const) {
    await page.goto(`${demo.person(1)}/app/log/${form}`)
    await page.locator('h1').first().waitFor()
    for (const chip of chips) {
      const one = page.locator('.mb-chip', { hasText: new RegExp(`^${chip}$`) }).first()
      if (await one.isVisible()) await one.click()
    }
    await fillAll(page, 3)
    await page.getByRole('button', { name: '保存' }).click()
    await untilAtRest(page)
    expect(await watching.troubles(page), form).toEqual([])
  }
})

it('[TR-53] so they are at the desk and on the pages for everybody', async () => {
  const office = await newProfile()
  const other = await office.open(DESK)
  const desk = await firstPage(other)
  const before = watching
  watching = await watch(other)
  await desk.goto(`${demo.person(3)}/app/desk`)
  await desk.locator('[data-metric="disputes"]').first().waitFor({ timeout: 30_000 })
  const { wrong } = await through(desk, demo.person(3), deskScreens)
  for (const path of [
    '/help',
    '/c',
    `/c/${encodeURIComponent(SCRIPTS[0] ?? '')}`,
    `/help?village=${encodeURIComponent(SCRIPTS[1] ?? '')}`,
    `/app/${encodeURIComponent(SCRIPTS[0] ?? '')}`,
  ]) {
    await desk.goto(demo.person(3) + path)
    await untilAtRest(desk)
    for (const one of await watching.troubles(desk)) wrong.push(`${path}: ${one}`)
  }
  watching = before
  await other.close()
  await office.remove()
  expect(wrong).toEqual([])
})

it('[TR-53] one text put in as markup, as `v-html` does it, is noticed', async () => {
  await page.goto(`${demo.url}/c`)
  expect(await watching.troubles(page)).toEqual([])
  // The name that Vue's own policy has; on a page without Vue it is still free.
  await page.evaluate((text) => {
    const { trustedTypes } = window as unknown as {
      trustedTypes: { createPolicy(name: string, rules: object): { createHTML(text: string): string } }
    }
    const policy = trustedTypes.createPolicy('vue', { createHTML: (one: string) => one })
    const place = document.createElement('p')
    document.body.append(place)
    place.innerHTML = policy.createHTML(text)
  }, SCRIPTS[0] ?? '')
  const found = async (what: string) => (await watching.troubles(page)).some((one) => one.startsWith(what))
  await expect.poll(() => found('script-src')).toBe(true)
  expect(await found('a handler')).toBe(true)
})
