import type { BrowserContext, CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { DESK, firstPage, killBrowser, newProfile, untilInstalled, type Profile } from './support/browser.ts'
import { DEMO } from './support/demo.ts'
import { gateTo, type Gate } from './support/gate.ts'
import { timesListed } from './support/times-listed.ts'
import { CareScreen } from './screens/care-screen.ts'
import { FilesScreen } from './screens/files-screen.ts'
import { ListScreen } from './screens/list-screen.ts'
import { LogScreen } from './screens/log-screen.ts'

const SOON = { timeout: 30_000, interval: 300 }
let gate: Gate
let profile: Profile
let office: Profile
let phone: BrowserContext
let desk: Page

beforeAll(async () => {
  gate = await gateTo(Number(new URL(DEMO.mediator()).port))
  profile = await newProfile()
  office = await newProfile()
  phone = await profile.open()
  desk = await firstPage(await office.open(DESK))
  await desk.goto(`${DEMO.coordinator()}/app/desk`)
  await desk.locator('[data-metric="disputes"]').first().waitFor()
})
afterAll(async () => {
  for (const one of [profile, office]) {
    await killBrowser(one)
    await one.remove()
  }
  await gate.stop()
})

/** The worker of an origin, by the number under which the browser keeps it. */
async function registrationOf(cdp: CDPSession, origin: string): Promise<string> {
  const found = new Promise<string>((go) => {
    cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const ours = registrations.find((one) => one.scopeURL.startsWith(origin) && !one.isDeleted)
      if (ours) go(ours.registrationId)
    })
  })
  await cdp.send('ServiceWorker.enable')
  return found
}

/** A small picture, as a camera would hand it over. */
async function picture(page: Page): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const drawn = await page.evaluate(async () => {
    const canvas = document.createElement('canvas')
    const pen = canvas.getContext('2d')
    pen?.fillRect(20, 20, 100, 60)
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg'))
    return blob ? [...new Uint8Array(await blob.arrayBuffer())] : []
  })
  return { name: 'IMG_0002.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(drawn) }
}

it('[I-48] [I-41] what was written and photographed without signal is handed in by the worker when no page is open, and once', async () => {
  const page = await firstPage(phone)
  await page.goto(`${gate.url}/app/`)
  await new ListScreen(page).row('陈家和吴家').waitFor()
  await untilInstalled(page)
  gate.set('shut')
  const log = new LogScreen(page)
  await log.begin()
  await log.dispute({
    word: '排水',
    parties: ['蔡松年', '夏小荷'],
    facts: '沟让树根堵了。',
    outcome: '还在谈',
  })
  const number = await log.paperNumber()
  await log.toToday()
  await new ListScreen(page).row('蔡家和夏家').click()
  const files = new FilesScreen(page)
  await files.takePicture(await picture(page))
  await expect.poll(() => files.word(0).innerText(), SOON).toContain('存好了')
  const vault = await page.evaluate(
    () => (JSON.parse(localStorage.getItem('mingbai-vaults') ?? '{}') as { current: string }).current,
  )
  // A page of nobody keeps the browser open; of ours there is none left.
  const blank = await phone.newPage()
  await page.close()
  expect(phone.pages().map((one) => one.url())).toEqual(['about:blank'])
  expect(await timesListed(desk, number)).toBe(0)

  const cdp = await phone.newCDPSession(blank)
  const registrationId = await registrationOf(cdp, gate.url)
  const wake = () =>
    cdp.send('ServiceWorker.dispatchSyncEvent', {
      origin: gate.url,
      registrationId,
      tag: `mb-hand-in:${vault}`,
      lastChance: false,
    })
  const before = gate.asked()
  await wake()
  await expect.poll(() => gate.asked(), SOON).toBeGreaterThan(before)
  expect(await timesListed(desk, number)).toBe(0)
  gate.set('open')
  await wake()
  await expect.poll(() => timesListed(desk, number), SOON).toBe(1)
  await wake()
  expect(phone.pages().map((one) => one.url())).toEqual(['about:blank'])

  // The next page finds the answer before it asks anybody: without a network it knows already.
  await new Promise((go) => setTimeout(go, 500))
  gate.set('shut')
  await blank.goto(`${gate.url}/app/`)
  const list = new ListScreen(blank)
  await expect.poll(() => list.word('蔡家和夏家').innerText(), SOON).toContain('交上去了')
  // The picture lies at the office already: the page asks what became of it and sends none of it.
  const sent: string[] = []
  blank.on('request', (request) => request.method() === 'PATCH' && sent.push(request.url()))
  await list.row('蔡家和夏家').click()
  gate.set('open')
  await expect.poll(() => new FilesScreen(blank).word(0).innerText(), SOON).toContain('交上去了')
  expect(sent).toEqual([])
  const care = new CareScreen(blank)
  await care.open(gate.url)
  await care.tryNow()
  await expect.poll(() => care.sentence(), SOON).toContain('和所里对过，一样')
  expect(await timesListed(desk, number)).toBe(1)
})
