import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { makeId, type Id } from '#domain/id.ts'
import { withDemo } from './demo-bench.ts'
import { exactly } from './figures.ts'
import { disputeArgs, enterByWire, handInByWire } from './fill-village.ts'
import { call } from './phone-bench.ts'
import type { Tab } from './tabs.ts'
import type { Measurement, Workload } from './workload.ts'

const LEAVING = 500
const UNSENT = 40
const STAYING = 9_500
const DAY_MS = 86_400_000
/** Longer than a server remembers who may do what. */
const REMEMBERED_MS = 6000

const enter = (tab: Tab) => tab.page.evaluate('bench.enter().then((one) => void (globalThis.phone = one))')

const newRecords = (count: number, person: Id) =>
  Array.from({ length: count }, (_, i) => {
    const at = Date.now() - (i + 1) * 60_000
    const id = makeId(at, randomBytes(10))
    return { k: 'create', e: ['dispute', id] as [string, Id], b: 0, a: disputeArgs(i, person, at) }
  })

/** W11: a village leaves somebody's scope while forty of its records have unsent edits. */
async function leaving(
  say: (line: string) => void,
  world: { open(origin: string): Promise<Tab>; mediator: string; sql: pg.Client },
): Promise<Measurement[]> {
  say(`${LEAVING} records leave a scope, ${UNSENT} of them with unsent edits`)
  const { sql, mediator } = world
  const wire = await enterByWire(mediator)
  const { person } = wire.entered.me
  const second = `${wire.village.slice(0, 9)}098`
  await sql.query(
    `INSERT INTO role_grant (person, role, region, lanes, view, from_day)
     VALUES ($1, 'mediator', $2, ARRAY['casework','outreach','register'], 'full', '2020-01-01')`,
    [person, second],
  )
  await sql.query('UPDATE scope_rev SET rev = rev + 1 WHERE person = $1', [person])
  await new Promise((resolve) => setTimeout(resolve, REMEMBERED_MS))
  await handInByWire(wire, newRecords(STAYING, person))
  const moving = newRecords(LEAVING, person)
  await handInByWire({ ...wire, village: second, n: wire.n }, moving)
  // Recorded by somebody else: whoever recorded a matter keeps it, whatever their rights become.
  await sql.query(
    `UPDATE record SET recorder = $2::uuid, body = body || jsonb_build_object('recordedBy', $2::uuid::text) WHERE id = ANY($1::uuid[])`,
    [moving.map((one) => one.e[1]), makeId(Date.now(), randomBytes(10))],
  )
  const tab = await world.open(mediator)
  await enter(tab)
  await call(tab, `bench.pullUntil(phone, ${STAYING + LEAVING})`)
  const ids = moving.slice(0, UNSENT).map((one) => one.e[1])
  await call(
    tab,
    `(async () => { const own = phone.village; phone.village = '${second}'; await bench.fieldEdits(phone, ${JSON.stringify(ids)}, ${UNSENT}, 'place', '改'); phone.village = own })()`,
  )
  await sql.query(
    `UPDATE role_grant SET to_day = (now() - interval '1 day')::date WHERE person = $1 AND region = $2`,
    [person, second],
  )
  await sql.query('UPDATE scope_rev SET rev = rev + 1 WHERE person = $1', [person])
  await new Promise((resolve) => setTimeout(resolve, REMEMBERED_MS))
  await call(tab, 'bench.look(phone)')
  const left = `phone.notebook.rows.get().filter((row) => row.region === '${second}').length`
  const afterOne = await call<number>(tab, left)
  await call(tab, 'bench.look(phone)')
  const status = await call<{ waiting: number; refused: number }>(
    tab,
    '({ waiting: phone.notebook.status.get().waiting, refused: phone.notebook.status.get().refused })',
  )
  const { rows } = await sql.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM record WHERE id = ANY($1::uuid[]) AND body->>'place' LIKE '改%'`,
    [ids],
  )
  await tab.close()
  const decided = (rows[0]?.n ?? 0) + status.refused
  return [
    exactly(
      'W11',
      'left a scope: records without work of ours still here after one look',
      Math.max(0, afterOne - UNSENT),
      0,
    ),
    exactly('W11', 'left a scope: edits decided, of 40', decided, UNSENT),
    exactly('W11', 'left a scope: edits still waiting', status.waiting, 0),
  ]
}

/** W15: five phones, three of them with clocks that are wrong by a day, a day the other way, and since 1970. */
async function wrongClocks(
  say: (line: string) => void,
  world: { open(origin: string, own?: boolean, shiftMs?: number): Promise<Tab>; mediator: string },
): Promise<Measurement[]> {
  say('five phones, three wrong clocks')
  const shifts = [0, 0, -DAY_MS, DAY_MS, -Date.now() + DAY_MS]
  const tabs: Tab[] = []
  for (const shift of shifts) {
    const tab = await world.open(world.mediator, false, shift)
    await enter(tab)
    await call(tab, 'bench.look(phone)')
    tabs.push(tab)
  }
  const made: Id[] = []
  for (const tab of tabs) {
    const saved = await call<{ ids: Id[] }>(tab, 'bench.saves(phone, 20, Date.now())')
    made.push(...saved.ids)
    await call(tab, 'bench.handIn(phone)')
  }
  for (const tab of tabs) await call(tab, 'bench.look(phone)')
  // Everybody edits the same field of the same records without having seen the others.
  const list = JSON.stringify(made.slice(0, 20))
  for (const [at, tab] of tabs.entries())
    await call(tab, `bench.fieldEdits(phone, ${list}, 20, 'place', '第${at}部')`)
  for (const tab of tabs) await call(tab, 'bench.handIn(phone)')
  for (const tab of tabs) await call(tab, 'bench.look(phone)')
  const seen = await Promise.all(
    tabs.map((tab) =>
      call<string>(
        tab,
        `Promise.all(${JSON.stringify(made)}.map((id) => new Promise((resolve) => { const stop = phone.notebook.open('dispute', id).subscribe((one) => { if (one) { setTimeout(() => stop()); resolve(one.rv + one.body.place) } else if (one === null) resolve('none') }) }))).then((all) => all.join())`,
      ),
    ),
  )
  const waiting = await Promise.all(
    tabs.map((tab) =>
      call<number>(tab, 'phone.notebook.status.get().waiting + phone.notebook.status.get().refused'),
    ),
  )
  for (const tab of tabs) await tab.close()
  return [
    exactly(
      'W15',
      'wrong clocks: phones that show the same',
      seen.filter((one) => one === seen[0]).length,
      5,
    ),
    exactly(
      'W15',
      'wrong clocks: ops that stayed behind',
      waiting.reduce((sum, one) => sum + one, 0),
      0,
    ),
  ]
}

/** Stories in which nothing may be lost, in a real browser against the real server. */
export const storiesWorkload: Workload = {
  names: ['W11', 'W15'],
  run: (say, wanted) =>
    withDemo(say, async ({ demo, url, open }) => {
      const sql = new pg.Client({ connectionString: url })
      await sql.connect()
      const world = { open, mediator: demo.mediator, sql }
      try {
        return [
          ...(wanted.has('W15') ? await wrongClocks(say, world) : []),
          ...(wanted.has('W11') ? await leaving(say, world) : []),
        ]
      } finally {
        await sql.end()
      }
    }),
}
