import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { firstPage, killBrowser, newProfile, untilInstalled, type Profile } from './support/browser.ts'
import { DEMO } from './support/demo.ts'
import { faultsOf } from './support/faults.ts'
import { DisputeScreen } from './screens/dispute-screen.ts'
import { ListScreen } from './screens/list-screen.ts'
import { LogScreen } from './screens/log-screen.ts'

const base = () => DEMO.mediator()
let profile: Profile
let page: Page

beforeAll(async () => {
  profile = await newProfile()
  page = await firstPage(await profile.open())
  await page.goto(`${base()}/app/`)
  await new ListScreen(page).row('陈家和吴家').waitFor()
  await untilInstalled(page)
})
afterAll(async () => {
  await killBrowser(profile)
  await profile.remove()
})

it(
  '[TR-49] what is read out, offline, asks what people agree to; what was not answered stays open',
  { timeout: 240_000 },
  async () => {
    const log = new LogScreen(page)
    await log.begin()
    await log.dispute({
      word: '地界',
      parties: ['罗家', '龙家'],
      facts: '两家的地挨着。',
      outcome: '说好了',
      written: '口头说好就行',
    })
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? ''
    await page.context().setOffline(true)
    const dispute = new DisputeScreen(page)
    await dispute.open(base(), id)
    await dispute.step('念给两家听')
    const sheet = page.locator('dialog[open]')
    expect(await sheet.innerText()).toContain('不同意的可以不说，事情照样办')
    // No child is part of it, so nobody is asked for a parent.
    expect(await sheet.innerText()).not.toContain('大人同不同意')
    await dispute.chip('不要')
    await dispute.chip('只有两家和调解员')
    expect(await faultsOf(page, 'read-out')).toEqual([])
    await dispute.save('念完了，两家听明白了')
    const facts = page.locator('.matter-card')
    await facts.getByText('不要拍照、录音').waitFor()
    expect(await facts.innerText()).toContain('只有两家和调解员')
    expect(await facts.innerText()).not.toContain('私事')
  },
)
