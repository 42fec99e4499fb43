import type { Page } from 'playwright-core'
import type { Profile } from './browser.ts'
import { median } from './median.ts'
import type { Measurement } from './workload.ts'

const PIN = '739264'
const TRIES = 5
const THROTTLE = 4

/** How long an unlock took, and how long the list after it, ms. */
interface Unlock {
  unlockMs: number
  listMs: number
}

async function press(page: Page, last: string): Promise<void> {
  for (const digit of PIN) await page.getByRole('button', { name: digit, exact: true }).click()
  await page.getByRole('button', { name: last, exact: true }).click()
}

/** Gives the phone a PIN on its own page, which locks it. */
async function setPin(profile: Profile, origin: string): Promise<void> {
  const context = await profile.open(true)
  const page = context.pages()[0] ?? (await context.newPage())
  await page.goto(`${origin}/app/me/pin`)
  await page.getByText('想一个六位以上').waitFor()
  await press(page, '好了')
  await page.getByText('再输一遍').waitFor()
  await press(page, '好了')
  await page.locator('.lock').waitFor()
  await context.close()
}

/** Notes when the last key was pressed, when the page of the locked phone was gone, and when enough rows stood there. */
const watcher = (rows: number): string => `
  globalThis.benchUnlock = new Promise((resolve) => {
    let pressed = 0
    let open = 0
    addEventListener('click', ({ target }) => {
      if (target.closest('button')?.textContent.trim() === '开锁') pressed = performance.now()
    }, true)
    const look = () => {
      if (pressed && !open && !document.querySelector('.lock')) open = performance.now()
      if (open && document.querySelectorAll('.mb-row').length >= ${rows})
        requestAnimationFrame(() => resolve({ unlockMs: open - pressed, listMs: performance.now() - open }))
      else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })`

async function unlockOnce(profile: Profile, url: string, rows: number): Promise<Unlock> {
  const context = await profile.open(true)
  try {
    const page = context.pages()[0] ?? (await context.newPage())
    await page.addInitScript(watcher(rows))
    await page.goto(url)
    await page.locator('.lock').waitFor()
    const devtools = await context.newCDPSession(page)
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: THROTTLE })
    await press(page, '开锁')
    return await page.evaluate<Unlock>('globalThis.benchUnlock')
  } finally {
    await context.close()
  }
}

/** What a PIN makes of opening the list of records on a phone that holds them, without a network and on a slow processor. */
export async function underPin(profile: Profile, origin: string, rows: number): Promise<Measurement[]> {
  await setPin(profile, origin)
  const runs: Unlock[] = []
  for (let i = 0; i < TRIES; i++) runs.push(await unlockOnce(profile, `${origin}/app/records`, rows))
  const figure = (name: string, limit: number, of: (run: Unlock) => number): Measurement => ({
    w: 'W8',
    name,
    unit: 'ms',
    goal: { of: 'value', is: 'at most', limit },
    value: median(runs.map(of)),
    floor: null,
    runs: runs.map((run) => Math.round(of(run))),
  })
  return [
    figure('unlock with a PIN, offline, 4× CPU', 1200, (run) => run.unlockMs),
    figure(`list of ${rows} after the unlock, offline, 4× CPU`, 1000, (run) => run.listMs),
  ]
}
