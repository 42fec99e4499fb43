import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, it } from 'vitest'
import { daysCounted } from '#domain/metric/metric.ts'
import { accountsContext } from '#server/accounts/accounts.ts'
import { enterDemo } from '#server/accounts/demo.ts'
import type { Database } from '#server/database/database.ts'
import { readInHand } from '#server/demo/entry/in-hand.ts'
import { isDemoLoaded, loadDemo, type LoadedDemo } from '#server/demo/load-demo.ts'
import { resetDemo } from '#server/demo/reset-demo.ts'
import { readDemoSeeds } from '#server/demo/seed-files.ts'
import { METRICS } from '#server/services/desk/metrics.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import { acceptanceReports, foldedWorld, middayOf, numberOf } from '#tests/support/demo/fold-plan.ts'

const TODAY = '2026-05-08'
const NOW = middayOf(TODAY)
const SLOW = 240_000

/** A number of the county as the roll-ups hold it. */
async function held(
  database: Database,
  metric: string,
  period: { from: string; to: string },
): Promise<number> {
  const kind = METRICS.get(metric)?.kind ?? 'flow'
  const days = daysCounted(kind, period)
  const { rows } = await database.as('owner', {}, (tx) =>
    tx.execute<{ n: number }>(sql`
      SELECT coalesce(sum(n), 0)::bigint AS n FROM rollup WHERE county = '999901' AND metric = ${metric}
        AND day <= ${days.to}::date AND day >= ${days.from ?? '0001-01-01'}::date`),
  )
  return rows[0]?.n ?? 0
}

const count = async (
  database: Database,
  table: 'record' | 'op_receipt' | 'op_refused' | 'session' | 'audit',
): Promise<number> => {
  const { rows } = await database.as('owner', {}, (tx) =>
    tx.execute<{ n: number }>(sql`SELECT count(*)::bigint AS n FROM ${sql.raw(table)}`),
  )
  return rows[0]?.n ?? 0
}

onBothDatabases('The demo world', (open) => {
  let database: Database
  let loaded: LoadedDemo
  const seen: number[] = []

  beforeAll(async () => {
    database = await open()
    const result = await loadDemo(
      database,
      () => NOW,
      (done) => seen.push(done),
    )
    if (!result.ok) throw new Error(result.reason)
    loaded = result.value
    console.log(`demo world: ${loaded.ops} ops in ${(loaded.tookMs / 1000).toFixed(1)} s on ${database.kind}`)
  }, SLOW)

  it('went in whole through the push: each op has its receipt, none was refused', async () => {
    expect(await isDemoLoaded(database)).toBe(true)
    expect(await count(database, 'op_receipt')).toBe(loaded.ops)
    expect(await count(database, 'op_refused')).toBe(0)
    expect(await count(database, 'record')).toBe(loaded.records)
    expect(seen.at(-1)).toBe(loaded.ops)
  })

  it(
    '[D-131] the roll-ups give the acceptance table, and every number that the records give',
    async () => {
      for (const report of acceptanceReports())
        for (const row of report.rows)
          expect(
            await held(database, row.metric, { from: `${report.year}-01-01`, to: `${report.year}-12-31` }),
            row.wording,
          ).toBe(row.value)
      const world = foldedWorld(NOW)
      const year = { from: '2026-01-01', to: TODAY }
      for (const metric of METRICS.keys())
        expect(await held(database, metric, year), metric).toBe(numberOf(world, metric, year))
    },
    SLOW,
  )

  it('what was written in the past keeps its time, and was received soon after', async () => {
    const { rows } = await database.as('owner', {}, (tx) =>
      tx.execute<{ body: { enteredAt: number; receivedAt: number; acceptedOn: string } }>(
        sql`SELECT body FROM record WHERE kind = 'dispute' ORDER BY seq`,
      ),
    )
    expect(rows.every(({ body }) => body.enteredAt <= body.receivedAt && body.receivedAt <= NOW)).toBe(true)
    const last = rows.at(-1)?.body
    expect(NOW - (last?.receivedAt ?? 0)).toBeLessThan(3 * 86_400_000)
  })

  it('[D-136] the entry page reads what its people have in hand from the records', async () => {
    const inHand = await readInHand(database, readDemoSeeds(), TODAY)
    expect(inHand).toMatchObject({
      followUp: '陈家和吴家的地界',
      lead: '何家院里的树',
      ownCase: '北塘社区借钱，今天回访',
    })
    expect(inHand.returned).toContain('张家兄弟')
    const shown = await database.as('owner', {}, (tx) =>
      tx.execute<{ n: number }>(sql`
        SELECT sum(n)::bigint AS n FROM rollup WHERE region LIKE '999901101%' AND metric = 'disputes' AND day BETWEEN '2026-01-01' AND ${TODAY}::date`),
    )
    expect(inHand.disputes).toBe(shown.rows[0]?.n)
  })

  it('[D-137] a second loading changes nothing', async () => {
    const before = await count(database, 'op_receipt')
    expect(await loadDemo(database, () => NOW)).toEqual({ ok: false, reason: 'not-empty' })
    expect(await count(database, 'op_receipt')).toBe(before)
  })

  it(
    '[D-138] resetting gives the same world under another epoch, and nothing of what was played',
    async () => {
      const context = accountsContext(database, {
        secret: 'for these tests only',
        origin: 'http://localhost:8080',
        sponsor: '',
        filingNo: '',
        demo: true,
        clock: () => NOW,
      })
      const epochOf = async () =>
        (
          await database.as('owner', {}, (tx) =>
            tx.execute<{ epoch: string }>(sql`SELECT epoch FROM sync_meta`),
          )
        ).rows[0]?.epoch
      const before = await epochOf()
      const played = await enterDemo(context, 1, null)
      const logged = await count(database, 'audit')
      const [once, twice] = await Promise.all([
        resetDemo(database, () => NOW),
        resetDemo(database, () => NOW),
      ])
      expect(once).toMatchObject({ ok: true, value: { ops: loaded.ops, records: loaded.records } })
      expect(twice).toBe(once)
      expect(await epochOf()).not.toBe(before)
      expect(await count(database, 'session')).toBe(0)
      expect(await count(database, 'audit')).toBeGreaterThanOrEqual(logged)
      for (const report of acceptanceReports())
        for (const row of report.rows)
          expect(
            await held(database, row.metric, { from: `${report.year}-01-01`, to: `${report.year}-12-31` }),
          ).toBe(row.value)
      const again = await enterDemo(context, 1, null)
      // Another id: a phone that kept the old world's papers opens a new book instead of mixing them in.
      expect(played.ok && again.ok && played.value.person !== again.value.person).toBe(true)
    },
    SLOW,
  )
})

describe('where no demo ever was', () => {
  it(
    'nothing can be put back',
    async () => {
      const { openInMemory } = await import('#server/database/embedded.ts')
      const database = await openInMemory()
      expect(await resetDemo(database, () => NOW)).toEqual({ ok: false, reason: 'no-demo' })
      await database.close()
    },
    SLOW,
  )
})
