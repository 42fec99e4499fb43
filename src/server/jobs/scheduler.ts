import type { Database } from '../database/database.ts'
import { sqlStateOf } from '../database/failures.ts'
import { giveJob, takeJob } from '../repositories/jobs/job-rows.ts'
import type { Counters } from '../services/counters.ts'
import { slotAt, type Rhythm } from './schedule.ts'

/** Something the server does by itself. `run` says how it went in figures and codes, never in somebody's words. */
export interface Job {
  name: string
  rhythm: Rhythm
  /** Seconds after which a run that did not end counts as dead. */
  leaseS: number
  run(): Promise<Record<string, unknown> & { ok: boolean }>
}

export interface JobLog {
  info(facts: object, text: string): void
  error(facts: object, text: string): void
}

export interface SchedulerDeps {
  database: Database
  clock(): number
  counters: Counters
  log: JobLog
}

const LOOK_MS = 60_000

/** What can be said about an error without its words, which may carry somebody's. */
const factsOf = (error: unknown): Record<string, unknown> => ({
  error: error instanceof Error ? error.name : typeof error,
  sqlState: sqlStateOf(error) ?? null,
})

/**
 * Runs one job if it is due and nobody else has it.
 * @returns whether it ran
 */
export async function runIfDue(deps: SchedulerDeps, job: Job): Promise<boolean> {
  const at = () => new Date(deps.clock())
  const slot = slotAt(job.rhythm, deps.clock())
  const fence = await deps.database.as('jobs', {}, (tx) => takeJob(tx, job.name, slot, at(), job.leaseS))
  if (fence === null) return false
  const began = performance.now()
  const detail: Record<string, unknown> & { ok: boolean } = await job.run().catch((error: unknown) => ({
    ok: false,
    ...factsOf(error),
  }))
  const outcome = detail.ok ? 'ok' : 'failed'
  const seconds = Math.round((performance.now() - began) / 100) / 10
  await deps.database.as('jobs', {}, (tx) =>
    giveJob(tx, job.name, fence, at(), { outcome, detail: { ...detail, seconds } }),
  )
  deps.counters.add('mingbai_jobs_total', { job: job.name, outcome })
  // Whoever watches rings when this is too long ago: two days for the backup.
  if (detail.ok)
    deps.counters.set(
      'mingbai_job_last_success_timestamp_seconds',
      { job: job.name },
      Math.round(deps.clock() / 1000),
    )
  deps.log[detail.ok ? 'info' : 'error']({ job: job.name, outcome, seconds, ...detail }, 'job')
  return true
}

/**
 * Looks once a minute which jobs are due and runs them one after the other. However many processes serve one database, each run
 * happens once.
 * @returns stops looking and waits for the run under way
 */
export function startScheduler(deps: SchedulerDeps, jobs: readonly Job[]): () => Promise<void> {
  let running: Promise<void> | null = null
  let stopped = false
  const look = async () => {
    for (const job of jobs) {
      if (stopped) return
      // A look that fails (the database is away) is no run; the next one comes in a minute.
      await runIfDue(deps, job).catch((error: unknown) =>
        deps.log.error({ job: job.name, ...factsOf(error) }, 'job'),
      )
    }
  }
  const timer = setInterval(() => {
    running ??= look().finally(() => {
      running = null
    })
  }, LOOK_MS)
  timer.unref()
  return async () => {
    stopped = true
    clearInterval(timer)
    await running
  }
}
