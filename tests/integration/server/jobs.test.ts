import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configFrom } from '#server/config.ts'
import type { Database } from '#server/database/database.ts'
import { auditNumbers, repairNumbers } from '#server/jobs/audit-numbers.ts'
import { readTotals, reportUpwards, scopesOf, writeTotals } from '#server/jobs/report-upwards.ts'
import { slotAt } from '#server/jobs/schedule.ts'
import { runIfDue, type Job, type SchedulerDeps } from '#server/jobs/scheduler.ts'
import { serverJobs } from '#server/jobs/server-jobs.ts'
import { phonesOf } from '#server/repositories/desk/waiting.ts'
import { readAs, readSettings } from '#server/database/read-settings.ts'
import { makeCounters } from '#server/services/counters.ts'
import type { Op } from '#sync/protocol/op.ts'
import { onBothDatabases } from '#tests/support/databases.ts'
import { createDispute, createOutreach, opOf } from '#tests/support/server-ops.ts'
import { newFolder, removeFolders } from '#tests/support/server-restored.ts'
import {
  COUNTY,
  grantsOf,
  NOW,
  OTHER_VILLAGE,
  ServerWorld,
  VILLAGE,
  type Phone,
} from '#tests/support/server-world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

interface Told {
  level: 'info' | 'error'
  facts: Record<string, unknown>
  text: string
}

/** Something to run jobs with, whose clock stands still until it is set. */
function bench(database: Database): SchedulerDeps & { now: number; told: Told[] } {
  const told: Told[] = []
  const deps = {
    database,
    now: NOW,
    clock: () => deps.now,
    counters: makeCounters(),
    told,
    log: {
      info: (facts: object, text: string) => void told.push({ level: 'info', facts: { ...facts }, text }),
      error: (facts: object, text: string) => void told.push({ level: 'error', facts: { ...facts }, text }),
    },
  }
  return deps
}

const sumOf = async (database: Database, metric: string): Promise<number> => {
  const { rows } = await database.as('owner', {}, (tx) =>
    tx.execute<{ n: number }>(
      sql`SELECT coalesce(sum(n), 0)::bigint AS n FROM rollup WHERE county = ${COUNTY} AND metric = ${metric}`,
    ),
  )
  return rows[0]?.n ?? 0
}

afterAll(removeFolders)

describe('When a job is due', () => {
  it('a night begins at its hour of the Chinese clock, and a stretch has one name', () => {
    // 2026-11-21 17:59 and 18:00 UTC are 01:59 and 02:00 of the 22nd in Beijing.
    const before = Date.UTC(2026, 10, 21, 17, 59)
    expect(slotAt({ nightlyAt: 2 }, before)).toBe('2026-11-21')
    expect(slotAt({ nightlyAt: 2 }, before + MINUTE)).toBe('2026-11-22')
    expect(slotAt({ everyMinutes: 10 }, 600_000)).toBe('1')
    expect(slotAt({ everyMinutes: 10 }, 1_199_999)).toBe('1')
    expect(slotAt({ everyMinutes: 10 }, 1_200_000)).toBe('2')
  })
})

onBothDatabases('Jobs of the server', (open) => {
  let world: ServerWorld
  let phone: Phone

  beforeAll(async () => {
    world = await ServerWorld.open(await open())
    phone = await world.phone([...grantsOf('mediator', VILLAGE), ...grantsOf('mediator', OTHER_VILLAGE)])
    await world.push(phone, [
      createOutreach(phone),
      createDispute(phone),
      createOutreach(phone, { region: OTHER_VILLAGE }),
    ])
  })

  it('a run happens once, however many servers look; one that died is overtaken, and its late end changes nothing', async () => {
    const deps = bench(world.database)
    let runs = 0
    const held: (() => void)[] = []
    const job = (run: Job['run']): Job => ({ name: 'one', rhythm: { nightlyAt: 2 }, leaseS: 600, run })
    const quick = job(async () => ({ ok: ++runs > 0 }))
    // The first time it is heard of it counts as done: a fresh server serves first.
    expect(await runIfDue(deps, quick)).toBe(false)
    deps.now += DAY
    const all = await Promise.all(Array.from({ length: 6 }, () => runIfDue(deps, quick)))
    expect(all.filter(Boolean)).toHaveLength(1)
    expect(runs).toBe(1)
    expect(await runIfDue(deps, quick)).toBe(false)

    deps.now += DAY
    const slow = runIfDue(
      deps,
      job(() => new Promise((done) => void held.push(() => done({ ok: false, who: 'dead' })))),
    )
    await expect.poll(() => held.length).toBe(1)
    expect(await runIfDue(deps, quick)).toBe(false)
    deps.now += 11 * MINUTE
    expect(await runIfDue(deps, quick)).toBe(true)
    held[0]?.()
    await slow
    const { rows } = await world.database.as('jobs', {}, (tx) =>
      tx.execute<{ outcome: string; who: string | null }>(
        sql`SELECT outcome, detail ->> 'who' AS who FROM job WHERE name = 'one'`,
      ),
    )
    expect(rows).toEqual([{ outcome: 'ok', who: null }])
  })

  it('a run that failed is told and tried again after a quarter of an hour', async () => {
    const deps = bench(world.database)
    let broken = true
    const job: Job = {
      name: 'two',
      rhythm: { nightlyAt: 2 },
      leaseS: 600,
      async run() {
        if (broken) throw new Error('段长根 137…')
        return { ok: true }
      },
    }
    await runIfDue(deps, job)
    deps.now += DAY
    expect(await runIfDue(deps, job)).toBe(true)
    expect(deps.told.at(-1)).toMatchObject({ level: 'error', facts: { job: 'two', outcome: 'failed' } })
    expect(JSON.stringify(deps.told)).not.toContain('段')
    broken = false
    expect(await runIfDue(deps, job)).toBe(false)
    deps.now += 16 * MINUTE
    expect(await runIfDue(deps, job)).toBe(true)
    expect(deps.counters.text()).toContain('mingbai_jobs_total{job="two",outcome="ok"} 1')
    expect(deps.counters.text()).toContain(
      `mingbai_job_last_success_timestamp_seconds{job="two"} ${deps.now / 1000}`,
    )
  })

  it('[I-38] the nightly audit finds a number that differs from its records, rings, leaves its cause open, and repairs nothing by itself', async () => {
    const deps = bench(world.database)
    const folder = newFolder()
    const config = {
      ...configFrom({ MINGBAI_DEMO: '1' }),
      dataFolder: folder,
      filesFolder: join(folder, 'files'),
    }
    const [numbers] = serverJobs({ ...deps, config, version: '0.1.0' })
    if (!numbers) throw new Error('no audit')
    await runIfDue(deps, numbers)
    const night = async () => {
      deps.now += DAY
      await runIfDue(deps, numbers)
      return deps.told.at(-1)
    }
    expect(await night()).toMatchObject({ level: 'info', facts: { differences: 0 } })
    const was = await sumOf(world.database, 'attendances')
    await world.database.as('owner', {}, async (tx) => {
      await tx.execute(
        sql`UPDATE rollup SET n = n + 7 WHERE county = ${COUNTY} AND region = ${VILLAGE} AND metric = 'attendances'`,
      )
      await tx.execute(
        sql`DELETE FROM rollup WHERE county = ${COUNTY} AND region = ${VILLAGE} AND metric = 'disputes'`,
      )
      await tx.execute(
        sql`INSERT INTO rollup (county, region, metric, day, n) VALUES (${COUNTY}, ${VILLAGE}, 'services', '2026-11-01', 3)`,
      )
    })
    expect(await night()).toMatchObject({ level: 'error', facts: { differences: 3 } })
    expect(
      deps.told.some(
        (one) => one.text === 'numbers differ from their records' && one.facts['county'] === COUNTY,
      ),
    ).toBe(true)
    expect(deps.counters.text()).toContain('mingbai_numbers_wrong_total 3')
    await night()
    const found = await world.database.as('jobs', {}, (tx) =>
      tx.execute<{ metric: string; kept: number; recomputed: number; cause: string | null }>(
        sql`SELECT metric, kept, recomputed, cause FROM rollup_repair WHERE repaired_at IS NULL ORDER BY metric`,
      ),
    )
    expect(found.rows).toEqual([
      { metric: 'attendances', kept: 37, recomputed: 30, cause: null },
      { metric: 'disputes', kept: 0, recomputed: 1, cause: null },
      { metric: 'services', kept: 3, recomputed: 0, cause: null },
    ])
    expect(await sumOf(world.database, 'attendances')).toBe(was + 7)

    const [repair] = await repairNumbers(world.database, deps.now, COUNTY, 'planted by a test')
    expect(repair).toMatchObject({ county: COUNTY, closed: 3 })
    expect(repair?.repaired).toHaveLength(3)
    expect(await sumOf(world.database, 'attendances')).toBe(was)
    expect((await auditNumbers(world.database, deps.now)).flatMap((one) => one.differences)).toEqual([])
    expect(
      (await repairNumbers(world.database, deps.now, null, null)).flatMap((one) => one.repaired),
    ).toEqual([])
  })

  it('[I-38] numbers recomputed while others push miss nothing', { timeout: 60_000 }, async () => {
    const state = { on: true }
    const pushing = (async () => {
      for (let turn = 1; state.on; turn++) {
        await world.push(phone, [createOutreach(phone, { body: { attendances: turn } })])
        await new Promise((done) => setTimeout(done, 5))
      }
    })()
    for (let round = 0; round < 5; round++) {
      expect((await auditNumbers(world.database, NOW)).flatMap((one) => one.differences)).toEqual([])
      expect((await repairNumbers(world.database, NOW, null, null)).flatMap((one) => one.repaired)).toEqual(
        [],
      )
    }
    state.on = false
    await pushing
    expect((await auditNumbers(world.database, NOW)).flatMap((one) => one.differences)).toEqual([])
  })

  it('[I-39] a report upwards that comes late or twice changes nothing, and at rest the sums are those of the county', async () => {
    const { database } = world
    const up = async (scope: string, metric: string) => {
      const { rows } = await database.as('jobs', {}, (tx) =>
        tx.execute<{ n: number; as_of: number }>(
          sql`SELECT coalesce(sum(n), 0)::bigint AS n, coalesce(max(as_of), 0)::bigint AS as_of FROM rollup_up WHERE scope = ${scope} AND metric = ${metric}`,
        ),
      )
      return rows[0] ?? { n: 0, as_of: 0 }
    }
    await reportUpwards(database)
    const early = await readTotals(database, COUNTY)
    const [province, prefecture] = scopesOf(COUNTY) as [string, string]
    const first = await up(province, 'outreach')
    expect(first.n).toBe(await sumOf(database, 'outreach'))
    const corrected = createOutreach(phone, { body: { attendances: 11 } })
    await world.push(phone, [corrected, createOutreach(phone)])
    expect(await reportUpwards(database)).toBe(1)
    expect(await reportUpwards(database)).toBe(0)
    const now = await up(province, 'outreach')
    expect(now.n).toBe(first.n + 2)
    expect(now.as_of).toBeGreaterThan(first.as_of)
    // The older report arrives late, and then the newest again with another content.
    await writeTotals(database, early)
    await writeTotals(database, { ...(await readTotals(database, COUNTY)), cells: [] })
    expect(await up(province, 'outreach')).toEqual(now)
    // A number that is gone becomes 0, not stale.
    await world.push(phone, [
      opOf(phone, { k: 'patch', kind: 'outreach', id: corrected.e[1], base: 1, a: { attendances: 0 } }),
    ])
    const before = await up(prefecture, 'attendances')
    await reportUpwards(database)
    expect((await up(prefecture, 'attendances')).n).toBe(before.n - 11)
    for (const metric of ['outreach', 'attendances', 'disputes', 'disputes:D03'])
      for (const scope of [province, prefecture])
        expect((await up(scope, metric)).n, metric).toBe(await sumOf(database, metric))
  })

  it(
    '[TR-41] [TR-48] every night makes a backup that was restored and checked, keeps fourteen and none older than 35 days, and only then tells phones what is safe',
    { timeout: 240_000 },
    async () => {
      const deps = bench(world.database)
      const folder = newFolder()
      const backups = join(folder, 'backups')
      const config = {
        ...configFrom({ MINGBAI_DEMO: '1', MINGBAI_BACKUP: backups }),
        dataFolder: folder,
        filesFolder: join(folder, 'files'),
      }
      const backup = serverJobs({ ...deps, config, version: '0.1.0' }).find((one) => one.name === 'backup')
      if (!backup) throw new Error('no backup job')
      await runIfDue(deps, backup)
      expect(deps.told).toEqual([])
      mkdirSync(backups, { recursive: true })
      for (const day of [1010, 1011, 1012, 1013, 1110, 1111, 1112, 1113, 1114, 1115, 1116, 1117])
        mkdirSync(join(backups, `mingbai-2026${day}T190000Z`))
      deps.now += DAY
      expect(await runIfDue(deps, backup)).toBe(true)
      expect(deps.told.at(-1)).toMatchObject({
        level: 'info',
        facts: { job: 'backup', outcome: 'ok', ring: true, dropped: 4 },
      })
      expect(readdirSync(backups).filter((one) => one.startsWith('mingbai-'))).toHaveLength(9)
      const { rows } = await world.database.as('jobs', {}, (tx) =>
        tx.execute<{ safe: boolean }>(
          sql`SELECT ring_safe_before > now() - interval '10 minutes' AS safe FROM sync_meta`,
        ),
      )
      expect(rows).toEqual([{ safe: true }])
      // A backup that cannot be written rings, and nothing older goes.
      rmSync(backups, { recursive: true })
      deps.now += DAY
      await world.database.as('owner', {}, (tx) =>
        tx.execute(
          sql`UPDATE rollup SET n = n + 1 WHERE county = ${COUNTY} AND region = ${VILLAGE} AND metric = 'outreach'`,
        ),
      )
      expect(await runIfDue(deps, backup)).toBe(true)
      expect(deps.told.at(-1)).toMatchObject({
        level: 'error',
        facts: { outcome: 'failed', wrong: ['numbers equal recomputation'] },
      })
      await repairNumbers(world.database, deps.now, null, 'planted by a test')
    },
  )
})

onBothDatabases('Totals', (open) => {
  it(
    '[L-44] are the sums over the records in any order, with repeats, late arrivals and corrections, and say how much is still out',
    { timeout: 240_000 },
    async () => {
      const world = await ServerWorld.open(await open())
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.nat(400), { minLength: 4, maxLength: 10 }),
          fc.infiniteStream(fc.nat(1000)),
          async (amounts, dice) => {
            const roll = (below: number): number => (dice.next().value as number) % below
            const before = await sumOf(world.database, 'attendances')
            const [one, two] = [
              await world.phone(grantsOf('mediator', VILLAGE)),
              await world.phone(grantsOf('mediator', VILLAGE)),
            ]
            const lists: [Phone, Op[]][] = [
              [one, []],
              [two, []],
            ]
            let wanted = 0
            for (const [i, n] of amounts.entries()) {
              const [phone, ops] = lists[i % 2] as [Phone, Op[]]
              const made = createOutreach(phone, { body: { attendances: n } })
              const last = roll(400)
              ops.push(
                made,
                opOf(phone, {
                  k: 'patch',
                  kind: 'outreach',
                  id: made.e[1],
                  base: 1,
                  a: { attendances: last },
                }),
              )
              wanted += last
            }
            // Each phone hands in from its beginning again and again, a little further each time, the two of them interleaved.
            const sent = [0, 0]
            while (sent.some((at, i) => at < (lists[i]?.[1].length ?? 0))) {
              const i = roll(2)
              const [phone, ops] = lists[i] as [Phone, Op[]]
              sent[i] = Math.min(ops.length, (sent[i] ?? 0) + 1 + roll(3))
              await world.exchange(phone, {
                push: { c: COUNTY, ops: ops.slice(0, sent[i]) },
                stat: { out: ops.length, recs: ops.length - sent[i], oldest: 0, dead: 0, blobs: 0 },
              })
            }
            expect(await sumOf(world.database, 'attendances')).toBe(before + wanted)
            const { rows } = await world.database.as('owner', {}, (tx) =>
              tx.execute<{ n: number }>(
                sql`SELECT coalesce(sum((body ->> 'attendances')::int), 0)::bigint AS n FROM record WHERE kind = 'outreach' AND NOT deleted`,
              ),
            )
            expect(rows[0]?.n).toBe(before + wanted)
          },
        ),
        { numRuns: 8 },
      )
      const late = await world.phone(grantsOf('mediator', VILLAGE))
      await world.exchange(late, { stat: { out: 5, recs: 4, oldest: 60, dead: 0, blobs: 0 } })
      const person = { person: late.person, grants: grantsOf('coordinator', '999901101'), records: [] }
      const out = await readAs(world.database, readSettings(person, '2026-11-21'), async (tx) => [
        await phonesOf(tx, '999901101', new Date(NOW)),
        await phonesOf(tx, '999901101', new Date(NOW + 15 * DAY)),
      ])
      expect(out.map((one) => one.waiting)).toEqual([4, 4])
      expect(out[0]?.silent).toBe(0)
      // All of them were last heard of on the first day.
      expect(out[1]?.silent).toBe(world.phones.size)
    },
  )
})
