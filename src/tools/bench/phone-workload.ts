import pg from 'pg'
import type { Id } from '#domain/id.ts'
import { startPostgres } from '../steps/postgres.ts'
import { startDemo } from './demo-server.ts'
import { fillVillage, handInByWire } from './fill-village.ts'
import { median } from './median.ts'
import { pageCode } from './page-code.ts'
import { serveRaw, type RawServer } from './raw-server.ts'
import { startTabs, type Tab } from './tabs.ts'
import type { Measurement, Workload } from './workload.ts'

const EDITS = 1000
const SHARED = 200
const MANY = 10_000
const CHANGED = 100
const NAMES = ['W1', 'W2', 'W3', 'W4', 'W5', 'W6', 'W9', 'W12'] as const

interface Bench {
  say(line: string): void
  wanted(...names: string[]): boolean
  /** A fresh phone of the mediator in a browser profile of its own, entered and cut off. */
  phone(): Promise<Tab>
  floor: Tab
  raw: RawServer
  sql: pg.Client
  mediator: string
}

const call = <T>(tab: Tab, code: string): Promise<T> => tab.page.evaluate<T>(code)
const percentile = (all: readonly number[], share: number): number =>
  [...all].sort((a, b) => a - b)[Math.min(all.length - 1, Math.floor(all.length * share))] ?? 0

/** W1, W2 and their edits: written while cut off, handed in when the line is back. */
async function writing(bench: Bench): Promise<{ all: Measurement[]; phone: Tab; ids: Id[] }> {
  const phone = await bench.phone()
  await call(phone, 'bench.look(phone)')
  bench.say(`${EDITS} saves one after the other`)
  // A first round of both warms what is compiled on the way.
  await call(bench.floor, 'bench.emptyFloor()')
  const bodies = `[...Array(${EDITS}).keys()].map((i) => ({ type: 'D02', topic: '水沟' + i, facts: '两家为屋后的水沟争了起来，说好第二天一起去看。'.repeat(3), parties: [{ id: crypto.randomUUID(), name: '王示例', kind: 'person' }, { id: crypto.randomUUID(), name: '李示例', kind: 'person' }], place: '村口', source: 'S1', flags: [], mediator: crypto.randomUUID(), happenedOn: '2026-11-21', acceptedOn: '2026-11-21', paperNo: '', mediatorName: '', stage: 'open', events: [{ what: 'recorded', on: '2026-11-21', at: 1, by: crypto.randomUUID(), note: '' }] }))`
  await call(bench.floor, `bench.floorSaves(${bodies}.slice(0, 100))`)
  await call(phone, 'bench.saves(phone, 100, Date.now() - 4e9)')
  const before = await call<number[]>(bench.floor, `bench.floorSaves(${bodies})`)
  const saved = await call<{ took: number[]; ids: Id[]; bodies: object[] }>(
    phone,
    `bench.saves(phone, ${EDITS}, Date.now())`,
  )
  const after = await call<number[]>(bench.floor, `bench.floorSaves(${bodies})`)
  const floor = median([...before, ...after])
  const all: Measurement[] = [
    {
      w: 'W1',
      name: 'durable save with its outbox entry, median (ratio: floor’s pace × …)',
      value: median(saved.took),
      unit: 'ms',
      floor,
      goal: { of: 'ratio', is: 'at most', limit: 1 / 0.7 },
      runs: [],
    },
    {
      w: 'W1',
      name: 'the same, 95 of 100',
      value: percentile(saved.took, 0.95),
      unit: 'ms',
      floor: percentile([...before, ...after], 0.95),
      goal: null,
      runs: [],
    },
  ]
  bench.say(`handing in ${EDITS}`)
  const text = JSON.stringify(saved.bodies)
  const rawMs = await call<number>(
    bench.floor,
    `bench.floorPush('${bench.raw.url}/push', ${JSON.stringify(text)})`,
  )
  const pushed = await phone.counting(() => call<number>(phone, 'bench.handIn(phone)'))
  const edits = await call<number[]>(
    phone,
    `bench.fieldEdits(phone, ${JSON.stringify(saved.ids.slice(0, SHARED))}, ${EDITS}, 'place', '桥头')`,
  )
  const pushedEdits = await phone.counting(() => call<number>(phone, 'bench.handIn(phone)'))
  all.push(
    {
      w: 'W1',
      name: `one-field edit of ${SHARED} records, median`,
      value: median(edits),
      unit: 'ms',
      floor,
      goal: { of: 'ratio', is: 'at most', limit: 1 / 0.7 },
      runs: [],
    },
    {
      w: 'W2',
      name: `push ${EDITS} new records until every receipt is durable`,
      value: pushed.value,
      unit: 'ms',
      floor: rawMs,
      goal: { of: 'ratio', is: 'at most', limit: 1.5 },
      runs: [],
    },
    {
      w: 'W2',
      name: 'bytes up',
      value: pushed.traffic.upBytes,
      unit: 'B',
      floor: Buffer.byteLength(text),
      goal: { of: 'ratio', is: 'at most', limit: 1.1 },
      runs: [],
    },
    {
      w: 'W2',
      name: 'requests',
      value: pushed.traffic.requests,
      unit: 'requests',
      floor: null,
      goal: { of: 'value', is: 'at most', limit: 6 },
      runs: [],
    },
    {
      w: 'W2',
      name: `push ${EDITS} one-field edits, bytes up`,
      value: pushedEdits.traffic.upBytes,
      unit: 'B',
      floor: null,
      goal: { of: 'value', is: 'at most', limit: 60_000 },
      runs: [],
    },
    {
      w: 'W2',
      name: `push ${EDITS} one-field edits`,
      value: pushedEdits.value,
      unit: 'ms',
      floor: rawMs,
      goal: null,
      runs: [],
    },
  )
  return { all, phone, ids: saved.ids }
}

/** W5: two phones of one person, cut off, edit the same two hundred records. */
async function twoPhones(bench: Bench, first: Tab, ids: readonly Id[]): Promise<Measurement[]> {
  bench.say('two phones, the same records')
  const shared = ids.slice(0, SHARED)
  const list = JSON.stringify(shared)
  const second = await bench.phone()
  await call(second, `bench.pullUntil(phone, ${EDITS})`)
  await call(first, 'bench.look(phone)')
  const edit = (tab: Tab, field: string, word: string) =>
    call(tab, `bench.fieldEdits(phone, ${list}, ${SHARED}, '${field}', '${word}')`)
  await edit(first, 'place', '甲')
  await edit(second, 'mediatorName', '乙')
  const one = await first.counting(() => call(first, 'bench.handIn(phone)'))
  const two = await second.counting(() => call(second, 'bench.handIn(phone)'))
  await call(first, 'bench.look(phone)')
  const kept = async (tab: Tab) =>
    (await call<number>(tab, `bench.countWith(phone, ${list}, 'place', '甲')`)) +
    (await call<number>(tab, `bench.countWith(phone, ${list}, 'mediatorName', '乙')`))
  const [keptOne, keptTwo] = [await kept(first), await kept(second)]
  await edit(first, 'topic', '甲')
  await edit(second, 'topic', '乙')
  await call(first, 'bench.handIn(phone)')
  await call(second, 'bench.handIn(phone)')
  await call(first, 'bench.look(phone)')
  const { rows } = await bench.sql.query<{ lost: number; kept: number }>(
    `SELECT (SELECT count(*)::int FROM field_loss WHERE id = ANY($1::uuid[]) AND field = 'topic') AS lost,
            (SELECT count(*)::int FROM record WHERE id = ANY($1::uuid[]) AND (body->>'topic' LIKE '甲%' OR body->>'topic' LIKE '乙%')) AS kept`,
    [shared],
  )
  await second.close()
  const exactly = (name: string, value: number, limit: number): Measurement => ({
    w: 'W5',
    name,
    value,
    unit: 'records',
    floor: null,
    goal: { of: 'value', is: 'exactly', limit },
    runs: [],
  })
  return [
    exactly('different fields: edits kept, of 400, on the phone with fewer', Math.min(keptOne, keptTwo), 400),
    exactly('same field: values kept', rows[0]?.kept ?? 0, SHARED),
    exactly('same field: values in field_loss', rows[0]?.lost ?? 0, SHARED),
    {
      w: 'W5',
      name: 'different fields: bytes up of both phones',
      value: one.traffic.upBytes + two.traffic.upBytes,
      unit: 'B',
      floor: null,
      goal: { of: 'value', is: 'at most', limit: 60_000 },
      runs: [],
    },
  ]
}

/** W9: nothing new. */
async function nothingNew(bench: Bench, phone: Tab): Promise<Measurement[]> {
  bench.say('looking when nothing is new')
  const statements = async () => {
    // Counters of other sessions are told about a second late.
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const { rows } = await bench.sql.query<{ n: number }>(
      `SELECT (xact_commit + xact_rollback)::int AS n FROM pg_stat_database WHERE datname = current_database()`,
    )
    return rows[0]?.n ?? 0
  }
  await call(phone, 'bench.look(phone)')
  const idle = [await statements(), await statements()]
  const own = (idle[1] ?? 0) - (idle[0] ?? 0)
  const began = await statements()
  const looked = await phone.counting(() => call<number>(phone, 'bench.look(phone)'))
  const asked = (await statements()) - began - own
  const took: number[] = []
  for (let i = 0; i < 40; i++) took.push(await call<number>(phone, 'bench.look(phone)'))
  const at = (name: string, value: number, unit: Measurement['unit'], limit: number): Measurement => ({
    w: 'W9',
    name,
    value,
    unit,
    floor: null,
    goal: { of: 'value', is: 'at most', limit },
    runs: [],
  })
  return [
    at('nothing new: requests', looked.traffic.requests, 'requests', 1),
    at('nothing new: bytes of both bodies', looked.traffic.upBytes + looked.traffic.downBytes, 'B', 500),
    { ...at('nothing new: bytes with all headers', looked.traffic.wholeBytes, 'B', 500), goal: null },
    at('nothing new: database transactions', Math.max(0, asked), 'statements', 0),
    at('nothing new, 95 of 100', percentile(took, 0.95), 'ms', 30),
  ]
}

/** W12: one op among five hundred that the server cannot accept. */
async function poison(bench: Bench, phone: Tab): Promise<Measurement[]> {
  bench.say('one bad op among 500')
  await call(phone, 'bench.saves(phone, 250, Date.now() - 5e9)')
  await call(
    phone,
    `phone.notebook.save([{ ...bench.disputeEdit(phone, 1, Date.now()), region: phone.village.slice(0, 6) + '199099' }])`,
  )
  await call(phone, 'bench.saves(phone, 249, Date.now() - 6e9)')
  const pushed = await phone.counting(() => call(phone, 'bench.handIn(phone)'))
  const status = await call<{ waiting: number; refused: number }>(
    phone,
    '({ waiting: phone.notebook.status.get().waiting, refused: phone.notebook.status.get().refused })',
  )
  const exactly = (name: string, value: number, limit: number): Measurement => ({
    w: 'W12',
    name,
    value,
    unit: 'records',
    floor: null,
    goal: { of: 'value', is: 'exactly', limit },
    runs: [],
  })
  return [
    exactly('one bad op among 500: shown as not accepted', status.refused, 1),
    exactly('one bad op among 500: still waiting', status.waiting, 0),
    {
      ...exactly('one bad op among 500: requests', pushed.traffic.requests, 0),
      unit: 'requests',
      goal: { of: 'value', is: 'at most', limit: 4 },
    },
  ]
}

/** W3, W4 and W6: a phone that begins with ten thousand records. */
async function reading(bench: Bench): Promise<Measurement[]> {
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
  all.push(
    {
      w: 'W3',
      name: `first pull of ${bench.raw.pull.rows} records until they can be listed (${requests} requests)`,
      value: median(times),
      unit: 'ms',
      floor: median(rawMs),
      goal: { of: 'ratio', is: 'at most', limit: 1.2 },
      runs: times.map(Math.round),
    },
    {
      w: 'W3',
      name: 'bytes down',
      value: traffic,
      unit: 'B',
      floor: bench.raw.pull.gzipBytes,
      goal: { of: 'ratio', is: 'at most', limit: 1.1 },
      runs: [],
    },
  )
  all.push(...(await fewChanged(bench, held)), ...(await asking(bench, held)))
  await held.close()
  return all
}

async function fewChanged(bench: Bench, phone: Tab): Promise<Measurement[]> {
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
    const looked = await phone.counting(() => call<number>(phone, 'bench.look(phone)'))
    took.push(looked.value)
    requests = Math.max(requests, looked.traffic.requests)
  }
  return [
    {
      w: 'W4',
      name: `${CHANGED} of ${MANY} changed elsewhere, applied here`,
      value: median(took),
      unit: 'ms',
      floor: median(raw),
      goal: { of: 'ratio', is: 'at most', limit: 1.3 },
      runs: took.map(Math.round),
    },
    {
      w: 'W4',
      name: 'requests',
      value: requests,
      unit: 'requests',
      floor: null,
      goal: { of: 'value', is: 'at most', limit: 1 },
      runs: [],
    },
  ]
}

async function asking(bench: Bench, phone: Tab): Promise<Measurement[]> {
  if (!bench.wanted('W6')) return []
  const { rows } = await bench.sql.query<{ region: string }>(
    `SELECT region FROM record WHERE kind = 'dispute' GROUP BY region ORDER BY count(*) DESC LIMIT 1`,
  )
  const raw = await call<number[]>(bench.floor, `bench.floorQueries('${rows[0]?.region}', 20, 200)`)
  const ours = await call<number[]>(phone, 'bench.queries(phone, 20, 200)')
  const counting = await call<number[]>(
    phone,
    `[...Array(50)].map(() => { const began = performance.now(); const n = {}; for (const row of phone.notebook.rows.get()) n[row.word] = (n[row.word] ?? 0) + 1; return performance.now() - began })`,
  )
  return [
    {
      w: 'W6',
      name: 'newest 20 of a stage and village, 95 of 100',
      value: percentile(ours, 0.95),
      unit: 'ms',
      floor: percentile(raw, 0.95),
      goal: { of: 'ratio', is: 'at most', limit: 1.5 },
      runs: [],
    },
    {
      w: 'W6',
      name: 'counts by state of all records, 95 of 100',
      value: percentile(counting, 0.95),
      unit: 'ms',
      floor: null,
      goal: { of: 'value', is: 'at most', limit: 5 },
      runs: [],
    },
  ]
}

/** The records of the mediator's village as a bare line would carry them. */
async function linesOf(sql: pg.Client): Promise<string[]> {
  const { rows } = await sql.query<{ line: string }>(`
    SELECT (jsonb_build_object('id', id, 'village', region, 'stage', body->>'stage', 'at', seq) || body)::text AS line
    FROM record WHERE kind = 'dispute' AND region = (SELECT region FROM record GROUP BY region ORDER BY count(*) DESC LIMIT 1)
    ORDER BY seq`)
  return rows.map((one) => one.line)
}

/** What one phone does against the real server on PostgreSQL, each beside the bare browser and the bare database. */
export const phoneWorkload: Workload = {
  names: NAMES,
  async run(say, wanted) {
    const script = await pageCode()
    const postgres = startPostgres()
    const { url, stop } = await postgres
    const sql = new pg.Client({ connectionString: url })
    await sql.connect()
    await sql.query('CREATE DATABASE floor')
    const rawUrl = url.replace(/\/postgres$/, '/floor')
    say('loading the demo world into PostgreSQL')
    const demo = await startDemo(url)
    const tabs = await startTabs(script)
    let raw = await serveRaw(rawUrl, script, [])
    const bench: Bench = {
      say,
      wanted: (...names) => names.some((one) => wanted.has(one)),
      async phone() {
        const tab = await tabs.open(demo.mediator)
        await tab.page.evaluate('bench.enter().then((one) => void (globalThis.phone = one))')
        return tab
      },
      floor: await tabs.open(raw.url, true),
      raw,
      sql,
      mediator: demo.mediator,
    }
    const all: Measurement[] = []
    try {
      if (bench.wanted('W1', 'W2', 'W5', 'W9', 'W12')) {
        const wrote = await writing(bench)
        all.push(...wrote.all.filter((one) => wanted.has(one.w)))
        if (bench.wanted('W5')) all.push(...(await twoPhones(bench, wrote.phone, wrote.ids)))
        if (bench.wanted('W12')) all.push(...(await poison(bench, wrote.phone)))
        if (bench.wanted('W9')) all.push(...(await nothingNew(bench, wrote.phone)))
        await wrote.phone.close()
      }
      if (bench.wanted('W3', 'W4', 'W6')) {
        say(`filling a village with ${MANY}`)
        await fillVillage(demo.mediator, MANY)
        await raw.stop()
        raw = await serveRaw(rawUrl, script, await linesOf(sql))
        bench.raw = raw
        bench.floor = await tabs.open(raw.url, true)
        all.push(...(await reading(bench)))
      }
    } finally {
      await tabs.close()
      await demo.stop()
      await raw.stop()
      await sql.end()
      stop()
    }
    return all
  },
}
