import type { BrowserContext, Page, Request } from 'playwright-core'
import { chromium } from 'playwright-core'
import { ARGUMENTS, CHROMIUM } from './browser.ts'

/** What went over the line while somebody counted. */
export interface Traffic {
  requests: number
  /** Bodies as sent and as received, compressed as they were. */
  upBytes: number
  downBytes: number
  /** The same with their headers. */
  wholeBytes: number
}

export interface Tab {
  page: Page
  context: BrowserContext
  /** Runs a step and counts the requests to the sync routes meanwhile. */
  counting<T>(step: () => Promise<T>): Promise<{ value: T; traffic: Traffic }>
  throttle(rate: number): Promise<void>
  close(): Promise<void>
}

const PAGE = '<!doctype html><meta charset="utf-8"><title>bench</title><script src="/bench/page.js"></script>'

async function sizesOf(requests: readonly Request[]): Promise<Traffic> {
  const traffic = { requests: requests.length, upBytes: 0, downBytes: 0, wholeBytes: 0 }
  for (const request of requests) {
    const sizes = await request.sizes()
    traffic.upBytes += sizes.requestBodySize
    traffic.downBytes += sizes.responseBodySize
    traffic.wholeBytes +=
      sizes.requestBodySize + sizes.responseBodySize + sizes.requestHeadersSize + sizes.responseHeadersSize
  }
  return traffic
}

/** Chromium with our page in it, on the origin of one of the demo's people, so that the real server answers it as it answers the app. */
export async function startTabs(script: string): Promise<{
  open(origin: string, own?: boolean): Promise<Tab>
  close(): Promise<void>
}> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [...ARGUMENTS, '--enable-precise-memory-info', '--js-flags=--expose-gc'],
    headless: true,
  })
  return {
    async open(origin, own = false) {
      const context = await browser.newContext({ serviceWorkers: 'block', locale: 'zh-CN' })
      const page = await context.newPage()
      if (!own) {
        await page.route('**/bench/page.js', (route) =>
          route.fulfill({ contentType: 'text/javascript', body: script }),
        )
        await page.route('**/bench/', (route) => route.fulfill({ contentType: 'text/html', body: PAGE }))
      }
      await page.goto(`${origin}/bench/`)
      await page.waitForFunction('globalThis.bench !== undefined')
      const devtools = await context.newCDPSession(page)
      return {
        page,
        context,
        async counting(step) {
          const seen: Request[] = []
          const note = (request: Request) => void (request.url().includes('/api/sync/') && seen.push(request))
          page.on('requestfinished', note)
          const value = await step()
          await page.waitForTimeout(100)
          page.off('requestfinished', note)
          return { value, traffic: await sizesOf(seen) }
        },
        throttle: (rate) => devtools.send('Emulation.setCPUThrottlingRate', { rate }).then(() => undefined),
        close: () => context.close(),
      }
    },
    close: () => browser.close(),
  }
}
