import pg from 'pg'
import { startPostgres } from '../steps/postgres.ts'
import { startDemo } from './demo-server.ts'
import { fillVillage } from './fill-village.ts'
import { nothingNew } from './nothing-new.ts'
import { pageCode } from './page-code.ts'
import { call, type PhoneBench } from './phone-bench.ts'
import { serveRaw } from './raw-server.ts'
import { MANY, reading } from './reading.ts'
import { startTabs, type Tab } from './tabs.ts'
import type { Measurement, Workload } from './workload.ts'
import { poison, twoPhones, writing } from './writing.ts'

const NAMES = ['W1', 'W2', 'W3', 'W4', 'W5', 'W6', 'W8', 'W9', 'W12'] as const

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
    const phone = async (): Promise<Tab> => {
      const tab = await tabs.open(demo.mediator)
      await tab.page.evaluate('bench.enter().then((one) => void (globalThis.phone = one))')
      return tab
    }
    const bench: PhoneBench = {
      say,
      wanted: (...names) => names.some((one) => wanted.has(one)),
      phone,
      async lockedPhone() {
        const tab = await phone()
        await call(tab, 'bench.protect(phone).then((one) => void (globalThis.phone = one))')
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
        if (bench.wanted('W9')) all.push(...(await nothingNew(bench, wrote.phone)))
        // Last, because whoever keeps a refused op asks in full each time.
        if (bench.wanted('W12')) all.push(...(await poison(bench, wrote.phone)))
        await wrote.phone.close()
      }
      if (bench.wanted('W3', 'W4', 'W6', 'W8')) {
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
