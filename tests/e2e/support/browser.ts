import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type BrowserContext, type Page } from 'playwright-core'

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The browser on this machine; MINGBAI_CHROMIUM names another. */
export const CHROMIUM =
  process.env['MINGBAI_CHROMIUM'] ?? CANDIDATES.find((path) => existsSync(path)) ?? 'chromium'

export const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--font-render-hinting=none',
]

/** A phone from 2019, held upright. */
export const PHONE = {
  viewport: { width: 360, height: 780 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
} as const
export const DESK = {
  viewport: { width: 1440, height: 900 },
  deviceScaleFactor: 1,
  isMobile: false,
  hasTouch: false,
} as const

export interface Profile {
  folder: string
  /** Opens the browser on this profile; what an earlier opening kept is still there. */
  open(options?: Partial<typeof PHONE> | typeof DESK): Promise<BrowserContext>
  remove(): Promise<void>
}

/** A browser profile on disk, so that a killed browser can be opened again with what it had. */
export async function newProfile(): Promise<Profile> {
  const folder = await mkdtemp(join(tmpdir(), 'mingbai-profile-'))
  return {
    folder,
    open: (options = PHONE) =>
      chromium.launchPersistentContext(folder, {
        executablePath: CHROMIUM,
        args: ARGUMENTS,
        headless: true,
        locale: 'zh-CN',
        timezoneId: 'Asia/Shanghai',
        ...options,
      }),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** The page of a context: the one it began with, or a new one. */
export const firstPage = async (context: BrowserContext): Promise<Page> =>
  context.pages()[0] ?? (await context.newPage())

/** Kills the browser's process as a dead battery would, without closing anything. */
export async function killBrowser(profile: Profile): Promise<void> {
  const { spawnSync } = await import('node:child_process')
  spawnSync('pkill', ['-9', '-f', profile.folder])
  await new Promise((resolve) => setTimeout(resolve, 300))
}

/** Waits until the worker controls the page and everything for working without a network lies on the phone. */
export async function untilInstalled(page: Page): Promise<void> {
  // Asked in the page: a predicate that is a promise would count as true at once.
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready
    const until = Date.now() + 60_000
    while (registration.active?.state !== 'activated' || navigator.serviceWorker.controller === null) {
      if (Date.now() > until) throw new Error('the worker is not in control')
      await new Promise((go) => setTimeout(go, 50))
    }
  })
}
