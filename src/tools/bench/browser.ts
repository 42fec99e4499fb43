import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type BrowserContext } from 'playwright-core'

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
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
]

/** A phone that keeps what it holds from one start of the browser to the next. */
export interface Profile {
  open(offline: boolean): Promise<BrowserContext>
  remove(): Promise<void>
}

export async function newProfile(): Promise<Profile> {
  const folder = await mkdtemp(join(tmpdir(), 'mingbai-bench-'))
  return {
    open: (offline) =>
      chromium.launchPersistentContext(folder, {
        executablePath: CHROMIUM,
        args: ARGUMENTS,
        headless: true,
        offline,
        viewport: { width: 360, height: 780 },
        deviceScaleFactor: 2,
        isMobile: true,
        hasTouch: true,
        locale: 'zh-CN',
        timezoneId: 'Asia/Shanghai',
      }),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
