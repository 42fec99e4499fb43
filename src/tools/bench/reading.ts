import type { Id } from '#domain/id.ts'
import { atMost, percentile, timesFloor, watched, WITH_PIN } from './figures.ts'
import { fillVillage, handInByWire } from './fill-village.ts'
import { median } from './median.ts'
import { call, type PhoneBench } from './phone-bench.ts'
import type { Tab } from './tabs.ts'
import type { Measurement } from './workload.ts'

/** How many records the phone begins with. */
export const MANY = 10_000
const CHANGED = 100
/** As many as a first list shows. */
const LISTED = 20
const SLOW = 4

/** W3, W4, W6 and W8: a phone that begins with ten thousand records. */
export async function reading(bench: PhoneBench): Promise<Measurement[]> {
  const all: Measurement[] = []
  bench.say(`a phone that begins with ${MANY} records`)
  const rawMs: number[] = []
  const times: number[] = []
  let traffic = 0
  let requests = 0
  let phone: Tab | undefined
  for (let round = 0; round < 3; round++) {
    await call(bench.floor, 'bench.emptyFloor()')
    rawMs.push(await call<number>(bench.floor, `bench.floorPull('${bench.raw.url}/pull')`))
    await phone?.close()
    const fresh = await bench.phone()
    const pulled = await fresh.counting(() => call<number>(fresh, `bench.pullUntil(phone, ${MANY})`))
    times.push(pulled.value)
    traffic = pulled.traffic.downBytes
    requests = pulled.traffic.requests
    phone = fresh
  }
  const held = phone as Tab
  const name = `first pull of ${bench.raw.pull.rows} records until they can be listed (${requests} requests)`
  all.push(
    { ...timesFloor('W3', name, median(times), 'ms', median(rawMs), 1.2), runs: times.map(Math.round) },
    timesFloor('W3', 'bytes down', traffic, 'B', bench.raw.pull.gzipBytes, 1.1),
  )
  const locked = await bench.lockedPhone()
  const lockedMs = await call<number>(locked, `bench.pullUntil(phone, ${MANY})`)
  all.push(timesFloor('W3', 'the same with a PIN, against none', lockedMs, 'ms', median(times), WITH_PIN))
  all.push(...(await fewChanged(bench, held)), ...(await asking(bench, held, locked)))
  all.push(...(await restarting(bench, held)))
  await held.close()
  await locked.close()
  return all
}

async function fewChanged(bench: PhoneBench, phone: Tab): Promise<Measurement[]> {
  if (!bench.wanted('W4')) return []
  bench.say(`${CHANGED} of ${MANY} changed`)
  const { phone: other, ids } = await fillVillage(bench.mediator, CHANGED)
  await call(phone, 'bench.look(phone)')
  const took: number[] = []
  const raw: number[] = []
  let requests = 0
  for (let round = 1; round <= 5; round++) {
    await handInByWire(
      other,
      ids.map((id) => ({
        k: 'patch',
        e: ['dispute', id] as [string, Id],
        b: round,
        a: { place: `变${round}` },
      })),
    )
    raw.push(await call<number>(bench.floor, `bench.floorPull('${bench.raw.url}/lines?n=${CHANGED}')`))
    // The phone was in a pocket for half an hour.
    await call(phone, 'bench.later(1_800_000)')
    const looked = await phone.counting(() => call<number>(phone, 'bench.look(phone)'))
    took.push(looked.value)
    requests = Math.max(requests, looked.traffic.requests)
  }
  const name = `${CHANGED} of ${MANY} changed elsewhere, applied here`
  return [
    { ...timesFloor('W4', name, median(took), 'ms', median(raw), 1.3), runs: took.map(Math.round) },
    atMost('W4', 'requests', requests, 'requests', 1),
  ]
}

/** W8: the same phone, its page loaded anew on a slow processor. */
async function restarting(bench: PhoneBench, phone: Tab): Promise<Measurement[]> {
  if (!bench.wanted('W8')) return []
  bench.say('the page is loaded anew')
  const vault = await call<string>(phone, 'phone.vault')
  const timed = async (tab: Tab, code: string): Promise<number> => {
    await tab.reload()
    await tab.throttle(SLOW)
    const took = await call<number>(tab, code)
    await tab.throttle(1)
    return took
  }
  const first: number[] = []
  const whole: number[] = []
  const raw: number[] = []
  for (let round = 0; round < 5; round++) {
    raw.push(await timed(bench.floor, `bench.floorRestart(${LISTED})`))
    first.push(await timed(phone, `bench.firstList('${vault}', ${LISTED})`))
    whole.push(await timed(phone, `bench.restart('${vault}', ${LISTED})`))
  }
  const name = `page loaded anew until ${LISTED} of ${MANY} are listed, ${SLOW}× CPU`
  const floor = median(raw)
  return [
    { ...atMost('W8', name, median(first), 'ms', 150), floor, runs: first.map(Math.round) },
    watched('W8', 'the same, until the notebook lists them', median(whole), 'ms', floor),
  ]
}

const sum = (all: readonly number[]): number => all.reduce((one, other) => one + other, 0)

async function asking(bench: PhoneBench, phone: Tab, locked: Tab): Promise<Measurement[]> {
  if (!bench.wanted('W6')) return []
  const { rows } = await bench.sql.query<{ region: string }>(
    `SELECT region FROM record WHERE kind = 'dispute' GROUP BY region ORDER BY count(*) DESC LIMIT 1`,
  )
  const raw = await call<number[]>(bench.floor, `bench.floorQueries('${rows[0]?.region}', 20, 200)`)
  const ours = await call<number[]>(phone, 'bench.queries(phone, 20, 200)')
  const theirs = await call<number[]>(locked, 'bench.queries(phone, 20, 200)')
  const counting = await call<number[]>(
    phone,
    `[...Array(50)].map(() => { const began = performance.now(); const n = {}; for (const row of phone.notebook.rows.get()) n[row.word] = (n[row.word] ?? 0) + 1; return performance.now() - began })`,
  )
  return [
    timesFloor(
      'W6',
      'newest 20 of a stage and village, 95 of 100',
      percentile(ours, 0.95),
      'ms',
      percentile(raw, 0.95),
      1.5,
    ),
    timesFloor(
      'W6',
      '200 of them with a PIN, against none',
      sum(theirs),
      'ms',
      // The browser's clock steps by a tenth of a millisecond.
      Math.max(1, sum(ours)),
      WITH_PIN,
    ),
    atMost('W6', 'counts by state of all records, 95 of 100', percentile(counting, 0.95), 'ms', 5),
  ]
}
