import { chromium, type BrowserContext, type CDPSession, type Page } from 'playwright-core'
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
  /** Loads the page anew: nothing is in its memory. */
  reload(): Promise<void>
  close(): Promise<void>
}

const PAGE = '<!doctype html><meta charset="utf-8"><title>bench</title><script src="/bench/page.js"></script>'

const headerBytes = (headers: Record<string, unknown>): number =>
  Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + String(value).length + 4, 0)

/** Counts what goes to the sync routes, as the browser's own network log tells it. */
async function trafficOf(devtools: CDPSession): Promise<{ start(): void; read(): Traffic }> {
  let traffic: Traffic = { requests: 0, upBytes: 0, downBytes: 0, wholeBytes: 0 }
  const ours = new Set<string>()
  const up = (bytes: number) => {
    traffic.upBytes += bytes
    traffic.wholeBytes += bytes
  }
  devtools.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (!request.url.includes('/api/sync/')) return
    ours.add(requestId)
    traffic.requests++
    const entries = request.postDataEntries ?? []
    up(entries.reduce((sum, one) => sum + Buffer.from(one.bytes ?? '', 'base64').length, 0))
  })
  devtools.on('Network.requestWillBeSentExtraInfo', ({ requestId, headers }) => {
    if (ours.has(requestId)) traffic.wholeBytes += headerBytes(headers)
  })
  devtools.on('Network.responseReceivedExtraInfo', ({ requestId, headers }) => {
    if (ours.has(requestId)) traffic.wholeBytes += headerBytes(headers)
  })
  // Of what was not compressed the log tells the one alone, and of a compressed answer's pieces now and then none has the other.
  const down = new Map<string, { packed: number; plain: number }>()
  devtools.on('Network.dataReceived', ({ requestId, encodedDataLength, dataLength }) => {
    if (!ours.has(requestId)) return
    const { packed, plain } = down.get(requestId) ?? { packed: 0, plain: 0 }
    down.set(requestId, { packed: packed + encodedDataLength, plain: plain + dataLength })
  })
  await devtools.send('Network.enable', { maxPostDataSize: 10_000_000 })
  return {
    start() {
      traffic = { requests: 0, upBytes: 0, downBytes: 0, wholeBytes: 0 }
      down.clear()
    },
    read() {
      const bytes = [...down.values()].reduce((sum, one) => sum + (one.packed || one.plain), 0)
      return { ...traffic, downBytes: bytes, wholeBytes: traffic.wholeBytes + bytes }
    },
  }
}

/** Chromium with our page in it, on the origin of one of the demo's people, so that the real server answers it as it answers the app. */
export async function startTabs(script: string): Promise<{
  /**
   * @param own the origin serves the page itself
   * @param shiftMs how far this phone's clock is off
   */
  open(origin: string, own?: boolean, shiftMs?: number): Promise<Tab>
  close(): Promise<void>
}> {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [...ARGUMENTS, '--enable-precise-memory-info'],
    headless: true,
  })
  return {
    async open(origin, own = false, shiftMs = 0) {
      const context = await browser.newContext({ serviceWorkers: 'block', locale: 'zh-CN' })
      const page = await context.newPage()
      if (shiftMs !== 0)
        await page.addInitScript(`{ const real = Date.now.bind(Date); Date.now = () => real() + ${shiftMs} }`)
      const load = async () => {
        if (!own) {
          await page.route('**/bench/page.js', (route) =>
            route.fulfill({ contentType: 'text/javascript', body: script }),
          )
          await page.route('**/bench/', (route) => route.fulfill({ contentType: 'text/html', body: PAGE }))
        }
        await page.goto(`${origin}/bench/`)
        await page.waitForFunction('globalThis.bench !== undefined')
        // Nothing stands between the page and the server from here on.
        await page.unrouteAll()
      }
      await load()
      const devtools = await context.newCDPSession(page)
      const traffic = await trafficOf(devtools)
      return {
        page,
        context,
        async counting(step) {
          traffic.start()
          const value = await step()
          await page.waitForTimeout(200)
          return { value, traffic: { ...traffic.read() } }
        },
        throttle: (rate) => devtools.send('Emulation.setCPUThrottlingRate', { rate }).then(() => undefined),
        reload: load,
        close: () => context.close(),
      }
    },
    close: () => browser.close(),
  }
}
