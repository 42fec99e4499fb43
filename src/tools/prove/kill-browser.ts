import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type BrowserContext, type Page } from 'playwright-core'
import type { Entered } from '#sync/protocol/accounts.ts'
import { ARGUMENTS, CHROMIUM } from '../bench/browser.ts'
import { buildIfStale } from '../build/build.ts'
import type { Proven } from './proof.ts'
import { portsForDemo, spawnServer, untilReady } from './server-process.ts'
import { exchange, type ProofPhone } from './world.ts'

/** A browser whose profile outlives it. */
const open = (profile: string, offline: boolean): Promise<BrowserContext> =>
  chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    args: ARGUMENTS,
    headless: true,
    offline,
    viewport: { width: 360, height: 780 },
    isMobile: true,
    hasTouch: true,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
  })

/** Processes of the browser on this profile, all of which we started: they name the profile when they begin. */
function processesOn(profile: string): number[] {
  return readdirSync('/proc')
    .filter((one) => /^\d+$/.test(one))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(profile)
      } catch {
        return false
      }
    })
    .map(Number)
}

/** Ends the browser as a dead battery would. */
async function kill(profile: string): Promise<void> {
  for (let left = processesOn(profile); left.length > 0; left = processesOn(profile)) {
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended with its parent.
      }
    }
    await new Promise((done) => setTimeout(done, 50))
  }
}

async function pageOf(context: BrowserContext, address: string): Promise<Page> {
  const page = context.pages()[0] ?? (await context.newPage())
  await page.goto(address)
  await page.getByRole('link', { name: '记一笔' }).first().waitFor()
  return page
}

const chip = (page: Page, name: string) =>
  page
    .locator('.mb-chip', { hasText: new RegExp(`^${name}$`) })
    .first()
    .click()

/** Writes up sessions one after the other. @param seen gets the number of each that the page called saved */
async function saveForEver(page: Page, seen: string[]): Promise<void> {
  for (;;) {
    await page.getByRole('link', { name: '记一笔' }).first().click()
    await page
      .getByRole('link', { name: '我去讲了' })
      .or(page.getByRole('button', { name: '我去讲了' }))
      .first()
      .click()
    await chip(page, '院坝会')
    await chip(page, '家里的事')
    await chip(page, '30')
    await page.getByRole('button', { name: '保存' }).click()
    await page.getByRole('heading', { name: '存好了' }).waitFor()
    const number = await page.locator('.slip-number').innerText()
    seen.push(number.replaceAll(/\s+/g, ''))
    await page.getByRole('link', { name: '回到今天' }).click()
  }
}

/** Another phone of the same person: it fetches what the killed one handed in. */
async function otherPhone(door: string): Promise<ProofPhone> {
  const headers = { 'content-type': 'application/json', 'x-mingbai': '1', origin: door }
  const answer = await fetch(`${door}/api/entry/demo`, { method: 'POST', headers, body: '{}' })
  const cookie = answer.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ')
  const entered = (await answer.json()) as Entered
  const village = entered.me.posts.find((post) => post.role === 'mediator')?.region ?? ''
  return { person: entered.me.person, device: entered.device, village, cookie, n: 0 }
}

/** Paper numbers of everything that phone may see, as often as they are there. */
async function numbersOn(door: string, phone: ProofPhone): Promise<string[]> {
  const county = phone.village.slice(0, 6)
  const numbers = new Map<string, string>()
  for (let cursor = 0; ;) {
    const done = await exchange(door, phone, { pull: { max: 500, s: { [county]: cursor } } })
    const [page] = done.pages
    if (!page) throw new Error(`the server does not let its records be fetched (${done.status})`)
    for (const [kind, id, , , , , body] of page.rows)
      if (typeof body === 'object')
        numbers.set(
          `${kind}/${id}`,
          String((body as { paperNo?: unknown }).paperNo ?? '').replaceAll(/\s+/g, ''),
        )
    cursor = page.to
    if (page.to >= page.head) return [...numbers.values()].filter((one) => one !== '')
  }
}

/** The browser comes back with a network; waits until every number is on the server, two minutes at most. */
async function handIn(profile: string, door: string, seen: readonly string[]): Promise<string[]> {
  const other = await otherPhone(door)
  const context = await open(profile, false)
  await pageOf(context, `${door}/app/`)
  let numbers: string[] = []
  for (let tries = 0; tries < 120; tries++) {
    numbers = await numbersOn(door, other)
    if (seen.every((one) => numbers.includes(one))) break
    await new Promise((done) => setTimeout(done, 1000))
  }
  await kill(profile)
  return numbers
}

/** Said in the browser: everything for working without a network lies on the phone. */
const INSTALLED = `navigator.serviceWorker.ready.then((one) => one.active?.state === 'activated' && navigator.serviceWorker.controller !== null)`

async function install(profile: string, address: string): Promise<void> {
  const context = await open(profile, false)
  const page = await pageOf(context, address)
  await page.waitForFunction(INSTALLED, undefined, { timeout: 120_000 })
  await context.close()
}

/** One battery that dies while somebody writes, without signal. @returns numbers of what was called saved */
async function oneBattery(profile: string, address: string, dice: () => number): Promise<string[]> {
  const context = await open(profile, true)
  const seen: string[] = []
  const page = await pageOf(context, address)
  // Ends with the browser, whatever it was doing.
  const saving = saveForEver(page, seen).catch(() => {})
  const until = performance.now() + 60_000
  while (seen.length === 0 && performance.now() < until) await new Promise((done) => setTimeout(done, 20))
  await new Promise((done) => setTimeout(done, dice() * 4000))
  await kill(profile)
  await saving
  return seen
}

/** Kills the browser so many times over somebody who writes, at a door of a demo that serves. */
export async function killAt(
  door: string,
  kills: number,
  say: (line: string) => void = () => {},
): Promise<Proven> {
  const profile = mkdtempSync(join(tmpdir(), 'mingbai-prove-profile-'))
  const address = `${door}/app/`
  try {
    await install(profile, address)
    const seen: string[] = []
    for (let i = 0; i < kills; i++) {
      const saved = await oneBattery(profile, address, Math.random)
      seen.push(...saved)
      say(`kill ${i + 1}: ${saved.length} called saved`)
    }
    const numbers = await handIn(profile, door, seen)
    const lost = seen.filter((one) => !numbers.includes(one)).length
    const doubled = seen.filter((one) => numbers.filter((each) => each === one).length > 1).length
    return {
      pass: lost === 0 && doubled === 0 && seen.length >= kills && new Set(seen).size === seen.length,
      figures: { kills, saved: seen.length, lost, doubled },
    }
  } finally {
    await kill(profile)
    rmSync(profile, { recursive: true, force: true })
  }
}

/** A real browser is killed while sessions are saved without signal; what it called saved must be on the server, once, when it comes back. */
export async function killBrowser(options: { kills: number }, say?: (line: string) => void): Promise<Proven> {
  const built = await buildIfStale()
  if (!built.ok) throw new Error(`the ${built.part} could not be built`)
  const [folder, port] = [mkdtempSync(join(tmpdir(), 'mingbai-prove-')), await portsForDemo()]
  const server = spawnServer({ folder, port, env: { MINGBAI_DEMO: '1', MINGBAI_SECRET: '' } })
  try {
    // The demo world is loaded first.
    await untilReady(server, 300_000)
    return await killAt(`http://localhost:${port + 1}`, options.kills, say)
  } finally {
    server.child.kill('SIGTERM')
    await server.gone
    rmSync(folder, { recursive: true, force: true })
  }
}
