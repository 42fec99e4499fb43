import { spawnSync } from 'node:child_process'
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync, chmodSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import pg from 'pg'
import { makeId } from '#domain/id.ts'
import { EXCHANGE_PATH, PROTOCOL } from '#sync/protocol/wire.ts'
import { startPostgres } from '../steps/postgres.ts'
import { startDemo, type DemoServer } from './demo-server.ts'
import { disputeArgs } from './fill-village.ts'
import { serveRaw } from './raw-server.ts'
import type { Measurement, Workload } from './workload.ts'

const DEVICES = 200
const EACH = 50
const RECORDS = DEVICES * EACH
/** Invented counties of the reserved code. */
const COUNTIES = Array.from({ length: 20 }, (_, i) => `9999${String(i + 1).padStart(2, '0')}`)

interface Member {
  device: number
  person: string
  village: string
  token: string
  /** Which state of its rights this phone knows, as the server told it last. */
  scopeRev: number
}

/** People with a phone each, as an operator's import would put them down. */
async function enlist(sql: pg.Client, counties: readonly string[], epochAt: number): Promise<Member[]> {
  const members: Member[] = []
  for (let i = 0; i < DEVICES; i++) {
    const person = randomUUID()
    const village = `${counties[i % counties.length]}${String(101 + (i % 40)).padStart(3, '0')}001`
    const token = randomBytes(32).toString('base64url')
    await sql.query(`INSERT INTO person (id, name) VALUES ($1, '示例')`, [person])
    const account = randomUUID()
    await sql.query(`INSERT INTO account (id, person, demo) VALUES ($1, $2, true)`, [account, person])
    await sql.query(`INSERT INTO scope_rev (person, rev) VALUES ($1, 1)`, [person])
    await sql.query(
      `INSERT INTO role_grant (person, role, region, lanes, view, from_day)
       VALUES ($1, 'mediator', $2, ARRAY['casework','outreach','register'], 'full', '2020-01-01')`,
      [person, village],
    )
    const { rows } = await sql.query<{ id: string }>(
      `INSERT INTO device (account, state, mark, village) VALUES ($1, 'confirmed', $2, $3) RETURNING id`,
      [account, `Q${counties.length}-${i}`, village],
    )
    const device = Number(rows[0]?.id)
    await sql.query(
      `INSERT INTO session (person, device, sort, made_at, used_at, token_at, token_hash)
       VALUES ($1, $2, 'phone', $3, $3, $3, $4)`,
      [person, device, epochAt, createHash('sha256').update(token).digest('hex')],
    )
    members.push({ device, person, village, token, scopeRev: 0 })
  }
  return members
}

/** The request of one phone that comes back with fifty records. */
function requestOf(member: Member, round: number): Buffer {
  const now = Date.now()
  const ops = Array.from({ length: EACH }, (_, i) => ({
    i: makeId(now, randomBytes(10)),
    n: round * EACH + i + 1,
    k: 'create',
    v: 1,
    e: ['dispute', makeId(now, randomBytes(10))],
    r: member.village,
    b: 0,
    a: disputeArgs(i, member.person, now),
    t: [now, 0, 0],
  }))
  const body = {
    p: PROTOCOL,
    app: 'bench',
    dev: member.device,
    epoch: null,
    scopeRev: member.scopeRev,
    t: now,
    mono: 0,
    stat: { out: EACH, oldest: 0, dead: 0, blobs: 0 },
    push: { c: member.village.slice(0, 6), ops },
  }
  return gzipSync(JSON.stringify(body), { level: 1 })
}

interface Came {
  ms: number
  taken: number
  scopeRev: number
}

function post(agent: Agent, url: URL, headers: Record<string, string>, body: Buffer | string): Promise<Came> {
  const began = performance.now()
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8')
        resolve({
          ms: performance.now() - began,
          taken: text.match(/"ok"/g)?.length ?? 0,
          scopeRev: Number(/"scopeRev":(\d+)/.exec(text)?.[1] ?? 0),
        })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** All phones at once. @returns seconds, the slowest of a hundred (ms), and how many records were not taken */
async function rush(demo: DemoServer, members: readonly Member[], round: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: DEVICES })
  const url = new URL(`${demo.mediator}${EXCHANGE_PATH}`)
  const bodies = members.map((one) => requestOf(one, round))
  const began = performance.now()
  const all = await Promise.all(
    members.map((one, at) =>
      post(
        agent,
        url,
        {
          'content-type': 'application/json',
          'content-encoding': 'gzip',
          'x-mingbai': '1',
          origin: demo.mediator,
          cookie: `__Host-mb-${demo.mainPort + 1}=${one.token}`,
        },
        bodies[at] as Buffer,
      ),
    ),
  )
  const seconds = (performance.now() - began) / 1000
  agent.destroy()
  members.forEach((one, at) => (one.scopeRev = all[at]?.scopeRev ?? 0))
  const sorted = all.map((one) => one.ms).sort((a, b) => a - b)
  return {
    seconds,
    p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    missing: RECORDS - all.reduce((total, one) => total + one.taken, 0),
  }
}

const bodiesOf = (): string[] =>
  Array.from({ length: RECORDS }, (_, i) => JSON.stringify(disputeArgs(i, randomUUID(), Date.now())))

/** COPY of the same records into a bare table: the database's own best. @returns seconds */
async function copy(sql: pg.Client, url: string): Promise<number> {
  await sql.query('CREATE TABLE IF NOT EXISTS copied (village text, body jsonb)')
  const folder = mkdtempSync(join(tmpdir(), 'mingbai-copy-'))
  const file = join(folder, 'rows.txt')
  const lines = bodiesOf().map((body) => `999901101001\t${body.replaceAll('\\', '\\\\')}\n`)
  writeFileSync(file, lines.join(''))
  chmodSync(folder, 0o755)
  const began = performance.now()
  const done = spawnSync('psql', [url, '-c', `\\copy copied FROM '${file}'`], { encoding: 'utf8' })
  const seconds = (performance.now() - began) / 1000
  rmSync(folder, { recursive: true, force: true })
  if (done.status !== 0) throw new Error(`copy: ${done.stderr}`)
  return seconds
}

/** The same rush against a handler that does nothing but insert. @returns seconds */
async function rawRush(url: string): Promise<number> {
  const raw = await serveRaw(url, '', [])
  const bodies = bodiesOf()
  const agent = new Agent({ keepAlive: true, maxSockets: DEVICES })
  const began = performance.now()
  await Promise.all(
    Array.from({ length: DEVICES }, (_, i) =>
      post(
        agent,
        new URL(`${raw.url}/push`),
        { 'content-type': 'text/plain' },
        `[${bodies.slice(i * EACH, (i + 1) * EACH).join(',')}]`,
      ),
    ),
  )
  const seconds = (performance.now() - began) / 1000
  agent.destroy()
  await raw.stop()
  return seconds
}

/** W7: two hundred phones come back in one second with fifty records each. */
export const crowdWorkload: Workload = {
  names: ['W7'],
  async run(say) {
    const { url, stop } = await startPostgres()
    const sql = new pg.Client({ connectionString: url })
    await sql.connect()
    await sql.query('CREATE DATABASE floor')
    const floorUrl = url.replace(/\/postgres$/, '/floor')
    const floorSql = new pg.Client({ connectionString: floorUrl })
    await floorSql.connect()
    say('loading the demo world into PostgreSQL')
    const demo = await startDemo(url)
    const all: Measurement[] = []
    try {
      for (const counties of [COUNTIES.slice(1, 2), COUNTIES]) {
        const name = counties.length === 1 ? 'one county' : `${counties.length} counties`
        const members = await enlist(sql, counties, Date.now())
        say(`200 phones at once, ${name}`)
        await rush(demo, members, 0)
        const runs = [
          await rush(demo, members, 1),
          await rush(demo, members, 2),
          await rush(demo, members, 3),
        ]
        const middle = runs.toSorted((a, b) => a.seconds - b.seconds)[1] as (typeof runs)[number]
        const copySeconds = Math.min(await copy(floorSql, floorUrl), await copy(floorSql, floorUrl))
        const speed = (seconds: number) => RECORDS / seconds
        all.push(
          {
            w: 'W7',
            name: `${DEVICES} phones × ${EACH} records at once, ${name} (floor: COPY)`,
            value: speed(middle.seconds),
            unit: 'records/s',
            floor: speed(copySeconds),
            goal: { of: 'ratio', is: 'at least', limit: 0.4 },
            runs: runs.map((one) => Math.round(speed(one.seconds))),
          },
          {
            w: 'W7',
            name: `the same, 99 of 100, ${name}`,
            value: middle.p99,
            unit: 'ms',
            floor: null,
            goal: { of: 'value', is: 'at most', limit: 3000 },
            runs: runs.map((one) => Math.round(one.p99)),
          },
          {
            w: 'W7',
            name: `the same, records not taken, ${name}`,
            value: runs.reduce((total, one) => total + one.missing, 0),
            unit: 'records',
            floor: null,
            goal: { of: 'value', is: 'exactly', limit: 0 },
            runs: [],
          },
        )
      }
      const rawSeconds = await rawRush(floorUrl)
      all.push({
        w: 'W7',
        name: 'a handler that only inserts the same (for comparison)',
        value: RECORDS / rawSeconds,
        unit: 'records/s',
        floor: null,
        goal: null,
        runs: [],
      })
    } finally {
      await demo.stop()
      await sql.end()
      await floorSql.end()
      stop()
    }
    return all
  },
}
