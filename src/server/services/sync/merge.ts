import type { County } from '#domain/region/code.ts'
import { sqlStateOf } from '../../database/failures.ts'
import type { Handed, Job } from './job.ts'
import { Overloaded } from './overloaded.ts'
import { handInTogether } from './push.ts'
import type { SyncDatabase } from '../../repositories/sync/tables.ts'

/**
 * How long a push waits at most before it is decided, as far as can be foreseen: what would wait longer is told to come again (I-45).
 * Short enough for the patience of a phone's request, long enough for a township coming back at once.
 */
export const PUSH_WAIT_MS = 8000
/** Phones and ops of one transaction: beyond this the saving is small, and everybody in it waits for all of it. */
const MOST_JOBS = 64
const MOST_OPS = 1000
/** Cost of a job besides its ops, in ops. */
const OVERHEAD = 2
/** First guess of milliseconds for one op, until some have been measured. */
const FIRST_GUESS_MS = 1
/** More than this for one op is a stall, which says nothing of the next op. */
const STALL_MS = 200
/** Weight of the newest measurement, when it was of so many ops; of fewer, in proportion: most of what one op takes is not its own. */
const NEWEST = 0.2
const ENOUGH_OPS = 500

/**
 * Whether an error may be one phone's alone: what it typed, or a bug of ours that it met. A lost connection, a full disk or a
 * deadlock that does not end is everybody's.
 */
function mayBeOnes(error: unknown): boolean {
  const state = sqlStateOf(error)
  if (state !== undefined) return /^(22|23|42|P0|XX)/.test(state)
  return typeof (error as { code?: unknown }).code !== 'string'
}

interface Waiting {
  job: Job
  cost: number
  done(handed: Handed): void
  failed(error: unknown): void
}

interface Queue {
  waiting: Waiting[]
  /** Cost of what waits and of what is under way. */
  cost: number
  running: boolean
}

/** Takes pushes and decides those that wait for the same county in one transaction. */
export interface Merger {
  handIn(job: Job): Promise<Handed>
  /** Of the longest queue: what would be waited now, as a share of the bound. */
  pressure(): number
}

export interface MergerOptions {
  database: SyncDatabase
  /** Epoch ms, for what is decided. */
  clock(): number
  /** Milliseconds of whatever does not jump, for what is measured. */
  stopwatch(): number
}

const costOf = (job: Job): number => OVERHEAD + (job.batch?.ops.length ?? 0)

/** The next jobs of a queue, oldest first: at most one of each phone, because a phone's requests are decided one after the other. */
function take(queue: Queue): Waiting[] {
  const taken: Waiting[] = []
  const left: Waiting[] = []
  const devices = new Set<number>()
  let ops = 0
  for (const one of queue.waiting) {
    const { who, batch } = one.job
    const size = batch?.ops.length ?? 0
    const fits = taken.length < MOST_JOBS && (taken.length === 0 || ops + size <= MOST_OPS)
    // What comes after a job that did not fit waits too, or a large one might never have its turn.
    if (fits && left.length === 0 && !devices.has(who.device)) {
      taken.push(one)
      devices.add(who.device)
      ops += size
    } else left.push(one)
  }
  queue.waiting = left
  return taken
}

export function makeMerger({ database, clock, stopwatch }: MergerOptions): Merger {
  const queues = new Map<County | null, Queue>()
  let msPerOp = FIRST_GUESS_MS

  const waitOf = (queue: Queue): number => queue.cost * msPerOp

  /** All together, or, when one of them spoils that, each by itself: nobody pays for another's poison. */
  async function decide(county: County | null, jobs: readonly Waiting[]): Promise<void> {
    const together = (part: readonly Waiting[]) =>
      handInTogether(
        database,
        county,
        part.map((one) => one.job),
        clock,
      )
    try {
      const handed = await together(jobs)
      jobs.forEach((one, at) => one.done(handed[at] as Handed))
    } catch (error) {
      if (jobs.length === 1 || !mayBeOnes(error)) {
        for (const one of jobs) one.failed(error)
        return
      }
      for (const one of jobs)
        await together([one]).then(
          ([handed]) => one.done(handed as Handed),
          (alone: unknown) => one.failed(alone),
        )
    }
  }

  async function run(county: County | null, queue: Queue): Promise<void> {
    while (queue.waiting.length > 0) {
      const jobs = take(queue)
      const cost = jobs.reduce((sum, one) => sum + one.cost, 0)
      const from = stopwatch()
      await decide(county, jobs)
      msPerOp +=
        NEWEST * Math.min(1, cost / ENOUGH_OPS) * (Math.min(STALL_MS, (stopwatch() - from) / cost) - msPerOp)
      queue.cost -= cost
    }
    queues.delete(county)
  }

  return {
    handIn(job) {
      const county = job.batch?.county ?? null
      const queue = queues.get(county) ?? { waiting: [], cost: 0, running: false }
      const wait = waitOf(queue)
      if (wait > PUSH_WAIT_MS) throw new Overloaded(Math.ceil((wait - PUSH_WAIT_MS / 2) / 1000))
      queues.set(county, queue)
      const cost = costOf(job)
      return new Promise((done, failed) => {
        queue.waiting.push({ job, cost, done, failed })
        queue.cost += cost
        if (queue.running) return
        queue.running = true
        void run(county, queue)
      })
    },
    pressure: () => Math.max(0, ...[...queues.values()].map(waitOf)) / PUSH_WAIT_MS,
  }
}
