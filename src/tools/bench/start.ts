import { buildIfStale } from '../build/build.ts'
import { serveBarePage } from './bare-page.ts'
import { newProfile, type Profile } from './browser.ts'
import { coldStart, coldStarts, type Start } from './cold-start.ts'
import { startDemo } from './demo-server.ts'
import { fillVillage } from './fill-village.ts'
import { median } from './median.ts'
import { underPin } from './under-pin.ts'
import type { Measurement, Workload } from './workload.ts'

const RECORDS = 2000
const SHOWN = 30
const STARTS = 5
const READY_MS = 180_000

/** Records in the phone's own database, read without the app. */
const COUNT_RECORDS = `(async () => {
  const all = (await indexedDB.databases()).map((one) => one.name).filter((name) => /^mingbai-[0-9a-f]{32}$/.test(name))
  if (all.length === 0 || !navigator.serviceWorker.controller) return 0
  return new Promise((resolve) => {
    const open = indexedDB.open(all[0])
    open.onerror = () => resolve(0)
    open.onsuccess = () => {
      const count = open.result.transaction('rec').objectStore('rec').count()
      count.onsuccess = () => { open.result.close(); resolve(count.result) }
    }
  })
})()`

/** Opens the app with a network until the worker is in charge and every record has come. */
async function install(profile: Profile, origin: string): Promise<number> {
  const context = await profile.open(false)
  try {
    const page = context.pages()[0] ?? (await context.newPage())
    await page.goto(`${origin}/app/`)
    const began = Date.now()
    for (;;) {
      const count = await page.evaluate<number>(COUNT_RECORDS).catch(() => 0)
      if (count >= RECORDS) return count
      if (Date.now() - began > READY_MS)
        throw new Error(`after ${READY_MS / 1000} s the phone holds ${count} records, not ${RECORDS}`)
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
  } finally {
    await context.close()
  }
}

async function fillFloor(profile: Profile, url: string): Promise<void> {
  const context = await profile.open(false)
  const page = context.pages()[0] ?? (await context.newPage())
  await page.goto(`${url}?fill`)
  await page.waitForFunction("document.title === 'filled'")
  await context.close()
}

const measured = (
  w: string,
  name: string,
  limit: number,
  pick: (start: Start) => number,
  runs: readonly Start[],
  floor: readonly Start[],
): Measurement => ({
  w,
  name,
  unit: 'ms',
  goal: { of: 'value', is: 'at most', limit },
  value: median(runs.map(pick)),
  floor: median(floor.map(pick)),
  runs: runs.map((one) => Math.round(pick(one))),
})

/** W8: the browser was closed, there is no network, and thirty of two thousand records are wanted on screen. */
export const startWorkload: Workload = {
  names: ['W8', 'start'],
  async run(say) {
    const built = await buildIfStale()
    if (!built.ok) throw new Error(`the ${built.part} could not be built`)
    const [profile, bare, server] = [
      await newProfile(),
      await serveBarePage(RECORDS, SHOWN),
      await startDemo(),
    ]
    const { mediator } = server
    try {
      try {
        await fillVillage(mediator, RECORDS)
        say(`phone holds ${await install(profile, mediator)} records`)
        await fillFloor(profile, bare.url)
      } finally {
        // No network means no server at all.
        await server.stop()
      }
      const start = (url: string, throttle: number, selector: string, rows: number, offline: boolean) =>
        coldStarts(STARTS, () => coldStart(profile, url, { offline, throttle, selector, rows }))
      const list = await start(`${mediator}/app/records`, 4, '.mb-row', SHOWN, true)
      const floor = await start(bare.url, 4, 'li', SHOWN, false)
      const today = await start(`${mediator}/app/`, 6, '.mb-row', 1, true)
      const todayFloor = await start(bare.url, 6, 'li', SHOWN, false)
      say('the same with a PIN')
      const locked = await underPin(profile, mediator, SHOWN)
      return [
        measured(
          'W8',
          `list of ${SHOWN} out of ${RECORDS} on screen, offline, 4× CPU`,
          1000,
          (one) => one.rowsMs,
          list,
          floor,
        ),
        ...locked,
        measured('start', 'first paint, offline, 6× CPU', 400, (one) => one.paintMs, today, todayFloor),
        measured(
          'start',
          'first record on 今天, offline, 6× CPU',
          1500,
          (one) => one.rowsMs,
          today,
          todayFloor,
        ),
      ]
    } finally {
      bare.stop()
      await profile.remove()
    }
  },
}
