import type { Profile } from './browser.ts'

export interface Start {
  /** First contentful paint and the moment the rows were drawn, ms after the navigation began. */
  paintMs: number
  rowsMs: number
}

const SETTLE_MS = 1500

/** Runs in the page before anything of its own: notes the first paint, and the frame after the one in which enough rows stand there. */
const watcher = (selector: string, rows: number): string => `
  globalThis.benchPaint = new Promise((resolve) => {
    new PerformanceObserver((list) => {
      const first = list.getEntriesByName('first-contentful-paint')[0]
      if (first) resolve(first.startTime)
    }).observe({ type: 'paint', buffered: true })
  })
  globalThis.benchRows = new Promise((resolve) => {
    const look = () =>
      document.querySelectorAll(${JSON.stringify(selector)}).length >= ${rows}
        ? requestAnimationFrame(() => resolve(performance.now()))
        : requestAnimationFrame(look)
    requestAnimationFrame(look)
  })`

/**
 * Starts the browser anew on a phone that holds everything, and opens an address.
 * @param throttle how many times slower the page's processor is than this computer's
 */
export async function coldStart(
  profile: Profile,
  url: string,
  options: { offline: boolean; throttle: number; selector: string; rows: number },
): Promise<Start> {
  const context = await profile.open(options.offline)
  try {
    const page = context.pages()[0] ?? (await context.newPage())
    // The browser's own start is not the app's: both the app and the floor begin once it has settled.
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
    const devtools = await context.newCDPSession(page)
    await page.addInitScript(watcher(options.selector, options.rows))
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: options.throttle })
    await page.goto(url, { waitUntil: 'commit' })
    const rowsMs = await page.evaluate<number>('globalThis.benchRows')
    const paintMs = await page.evaluate<number>('globalThis.benchPaint')
    return { paintMs, rowsMs }
  } finally {
    await context.close()
  }
}

/** Several cold starts one after the other. */
export async function coldStarts(count: number, start: () => Promise<Start>): Promise<Start[]> {
  const all: Start[] = []
  for (let i = 0; i < count; i++) all.push(await start())
  return all
}
