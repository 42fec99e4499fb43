import { openPostgres } from '#server/database/postgresql.ts'
import type {
  PullScope,
  PullTables,
  PushScope,
  PushTables,
  SyncDatabase,
} from '#server/repositories/sync/tables.ts'
import { administer, startCluster } from '#tools/prove/cluster.ts'
import type { Lane } from '../lanes.ts'
import { EmbeddedServerStore } from './embedded-store.ts'
import type { Pace } from './store.ts'
import type { Story } from './story.ts'
import { SECOND, settled, turned, type Time } from './time.ts'

/** Whatever happens within this time happens while the database is still at work on what came before. */
const AT_ONCE = 10 * SECOND
const CONNECTIONS = 20
/** A database cannot be put back under transactions that are under way; that is the business of the other lanes. */
const NOT_HERE = new Set(['failover', 'restored', 'restored-quietly', 'behind-backs', 'new-history'])

const withoutPutBack = (story: Story): Story => ({
  ...story,
  acts: story.acts.filter(({ kind }) => !NOT_HERE.has(kind)),
  faults: story.faults.filter(({ kind }) => !NOT_HERE.has(kind)),
})

/** Transactions that are under way, each with the moment of this world at which it began. */
class UnderWay {
  readonly #since = new Set<{ at: number }>()
  readonly #time: Time

  constructor(time: Time) {
    this.#time = time
  }

  async note<T>(work: Promise<T>): Promise<T> {
    const mark = { at: this.#time.now }
    this.#since.add(mark)
    try {
      return await work
    } finally {
      this.#since.delete(mark)
    }
  }

  #isBusy(before: number): boolean {
    for (const { at } of this.#since) if (at < before) return true
    return false
  }

  /** An event waits only for what began long before it. */
  pace: Pace = async (next) => {
    const isBusy = (): boolean => this.#isBusy(next === null ? Infinity : next - AT_ONCE)
    if (this.#since.size > 0) await turned()
    while (isBusy()) await turned()
    await settled()
  }
}

const noted = (inner: SyncDatabase, under: UnderWay): SyncDatabase => ({
  push: <T>(scope: PushScope, work: (tables: PushTables) => Promise<T>) =>
    under.note(inner.push(scope, work)),
  pull: <T>(scope: PullScope, work: (tables: PullTables) => Promise<T>) =>
    under.note(inner.pull(scope, work)),
  heads: (counties) => under.note(inner.heads(counties)),
  beginHistory: (promised) => under.note(inner.beginHistory(promised)),
})

/**
 * The servers on a PostgreSQL of their own, where transactions of several devices are truly under way at once. What comes first is
 * the database's doing, so a seed is not one history here; what must hold in the end must hold of any.
 */
export async function postgresqlLane(memory: Lane): Promise<Lane> {
  const cluster = await startCluster()
  await administer(cluster.url('postgres'), 'CREATE DATABASE mb_world OWNER mb_test_owner')
  const database = await openPostgres({
    url: cluster.url('mb_world', 'mb_test_app'),
    ownerUrl: cluster.url('mb_world', 'mb_test_owner'),
    connections: CONNECTIONS,
  })
  return {
    grounds() {
      let under: UnderWay | undefined
      return {
        ...memory.grounds(),
        store: (time) => {
          const mine = new UnderWay(time)
          under = mine
          return new EmbeddedServerStore(database, time, (inner) => noted(inner, mine))
        },
        pace: async (next) => under?.pace(next),
        isPausing: false,
      }
    },
    fitting: withoutPutBack,
    async close() {
      await database.close()
      cluster.stop()
    },
  }
}
