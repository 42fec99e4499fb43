import { sql } from 'drizzle-orm'
import type { Id } from '#domain/id.ts'
import { countyOf } from '#domain/region/code.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import { markDemo } from '../accounts/demo.ts'
import type { Database } from '../database/database.ts'
import { sqlSyncDatabase } from '../repositories/sync/sync-database.ts'
import { readBatch } from '../services/sync/incoming.ts'
import { handIn } from '../services/sync/push.ts'
import type { DeviceNews, SyncDatabase } from '../repositories/sync/tables.ts'
import { batchesOf, type PlannedBatch } from './batches.ts'
import { putPeople, type Seat } from './people-rows.ts'
import { planWorld, type WorldPlan } from './plan-world.ts'
import { readDemoSeeds, type DemoSeeds } from './seed-files.ts'

/** What the loader says while it works: ops handed in, of how many. */
export type Progress = (done: number, of: number) => void

export interface LoadedDemo {
  ops: number
  records: number
  /** Whole milliseconds it took, planning included. */
  tookMs: number
}

/** `drained` stays false: the loader's phones have heard no answer, so that their edits keep the days they were made on. */
const NEWS: DeviceNews = { app: 'demo', out: 0, oldest: 0, dead: 0, blobs: 0, clockOff: 0, drained: false }

/** Whether the demo world is here whole; one that was interrupted while loading is not. */
export const isDemoLoaded = (database: Database): Promise<boolean> =>
  database.as('accounts', {}, async (tx) => {
    const { rows } = await tx.execute(sql`SELECT 1 AS yes FROM installation_mark WHERE mark = 'demo-loaded'`)
    return rows.length > 0
  })

/** Whether nobody and nothing is here yet. */
const isEmpty = (database: Database): Promise<boolean> =>
  database.as('owner', {}, async (tx) => {
    const { rows } = await tx.execute(
      sql`SELECT 1 AS yes WHERE EXISTS (SELECT 1 FROM record) OR EXISTS (SELECT 1 FROM account)`,
    )
    return rows.length === 0
  })

/** Names the history that the world goes into: nothing for a place's first, its generation after that. */
const editionOf = (database: Database): Promise<string> =>
  database.as('app', {}, async (tx) => {
    const { rows } = await tx.execute<{ gen: number }>(sql`SELECT gen FROM mb_open_history()`)
    const gen = rows[0]?.gen ?? 0
    return gen === 0 ? '' : `${gen}:`
  })

async function pushBatch(tables: SyncDatabase, seat: Seat, batch: PlannedBatch, from: number): Promise<void> {
  const raws = batch.ops.map((one, at) => ({ ...one, n: from + at }))
  const county = countyOf(raws[0]?.r ?? '')
  const { ops } = await readBatch(raws, county)
  const who = { person: seat.writer.person, device: seat.device, rights: seat.rights, requestId: 'demo' }
  const handed = await handIn(tables, who, NEWS, { county, ops }, () => batch.receivedAt)
  if (!handed.known || !handed.pushed) throw new Error('the demo world: a device of its own is not known')
  const refused = handed.pushed.acks.find(([, outcome]) => outcome !== 'ok' && outcome !== 'merged')
  if (!refused) return
  const op = raws.find((one) => one.n === refused[0])
  throw new Error(
    `the demo world: ${op?.k} of a ${op?.e[0]} by ${batch.by} was ${refused[1]} (${refused[4].code ?? ''})`,
  )
}

async function pushAll(
  tables: SyncDatabase,
  seats: ReadonlyMap<string, Seat>,
  batches: readonly PlannedBatch[],
  onProgress: Progress,
): Promise<number> {
  const total = batches.reduce((sum, one) => sum + one.ops.length, 0)
  const counters = new Map<string, number>()
  let done = 0
  for (const batch of batches) {
    const seat = seats.get(batch.by)
    if (!seat) throw new Error(`the demo world: nobody is called ${batch.by}`)
    const from = (counters.get(batch.by) ?? 0) + 1
    await pushBatch(tables, seat, batch, from)
    counters.set(batch.by, from + batch.ops.length - 1)
    done += batch.ops.length
    onProgress(done, total)
  }
  return done
}

const doorsOf = (seeds: DemoSeeds, plan: WorldPlan): Id[] =>
  [...seeds.world.doors]
    .sort((one, other) => one.offset - other.offset)
    .map(({ person }) => {
      const known = plan.register.named.get(person)
      if (!known) throw new Error(`world.yaml: nobody is called ${person}`)
      return known.id
    })

/**
 * Loads the invented county into an empty place, as of the clock's now: people and regions first, then everything that was ever
 * written down, handed in through the push like any phone's work. The place is a demo's for ever after.
 * @param clock epoch ms
 * @param tables the way in; with numbers of people sealed, where there are keys
 */
export async function loadDemo(
  database: Database,
  clock: () => number,
  onProgress: Progress = () => {},
  seeds: DemoSeeds = readDemoSeeds(),
  tables: SyncDatabase = sqlSyncDatabase(database),
): Promise<Result<LoadedDemo, 'not-empty'>> {
  if (!(await isEmpty(database))) return refuse('not-empty')
  const started = performance.now()
  const now = clock()
  const plan = planWorld(seeds, now, await editionOf(database))
  const batches = batchesOf(plan.records, now)
  const seats = await putPeople(database, plan.places.all, plan.writers, now)
  await markDemo(database, now, doorsOf(seeds, plan))
  const ops = await pushAll(tables, seats, batches, onProgress)
  await database.as('accounts', {}, (tx) =>
    tx.execute(
      sql`INSERT INTO installation_mark (mark, at) VALUES ('demo-loaded', ${now}) ON CONFLICT (mark) DO NOTHING`,
    ),
  )
  // Nobody else gathers statistics on an embedded database, and without them the desk's reads take twice as long.
  await database.as('owner', {}, (tx) => tx.execute(sql`ANALYZE`))
  return accept({ ops, records: plan.records.length, tookMs: Math.round(performance.now() - started) })
}
