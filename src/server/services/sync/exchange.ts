import type { HelloLine, PageLine } from '#sync/protocol/wire.ts'
import type { Caller } from '../../accounts/identity.ts'
import type { Database } from '../../database/database.ts'
import type { DeviceNews } from '../../repositories/sync/devices.ts'
import type { Counters } from '../counters.ts'
import { answerOf } from './answer.ts'
import type { Heads } from './heads.ts'
import { readBatch, type RawOp } from './incoming.ts'
import { pull } from './pull.ts'
import { handIn, type Pushed } from './push.ts'

export interface ExchangeDeps {
  database: Database
  /** Epoch milliseconds. */
  clock(): number
  heads: Heads
  counters: Counters
}

/** What a phone asks in one request; see the protocol's `ExchangeRequest`. */
export interface Asked {
  app: string
  scopeRev: number
  t: number
  stat: { out: number; recs?: number | undefined; oldest: number; dead: number; blobs: number }
  push?: { c: string; ops: RawOp[] } | undefined
  pull?: { max: number; s: Record<string, number> } | undefined
}

const newsOf = (asked: Asked, now: number): DeviceNews => ({
  app: asked.app,
  // Records, not ops, because that is what the desk speaks of; phones of before said ops only.
  out: asked.stat.recs ?? asked.stat.out,
  oldest: asked.stat.oldest,
  dead: asked.stat.dead,
  blobs: asked.stat.blobs,
  clockOff: Math.max(-9e15, Math.min(9e15, Math.round(now - asked.t))),
  // An op still waiting may be older than this answer; only once none is left does the answer bound what comes later (I-29).
  drained: asked.stat.out <= (asked.push?.ops.length ?? 0),
})

function count(deps: ExchangeDeps, pushed: Pushed | null, pages: readonly PageLine[]): void {
  for (const [, outcome] of pushed?.acks ?? []) deps.counters.add('mingbai_ops_total', { outcome })
  for (const page of pages) deps.counters.add('mingbai_rows_sent_total', {}, page.rows.length)
}

/**
 * One exchange: takes what is handed in, then answers what changed, the caller's own results included.
 * @returns the answer's bytes, or null when the caller's device is not known
 */
export async function exchange(
  deps: ExchangeDeps,
  caller: Caller & { device: number },
  asked: Asked,
  requestId: string,
): Promise<Buffer | null> {
  const read = asked.push ? await readBatch(asked.push.ops, asked.push.c) : null
  const batch = asked.push && read ? { county: asked.push.c, ops: read.ops } : null
  const who = { ...caller, requestId }
  const handed = await handIn(deps.database, who, newsOf(asked, deps.clock()), batch, deps.clock)
  if (!handed.known) return null
  if (batch && handed.pushed && handed.pushed.head > 0) deps.heads.moved(batch.county, handed.pushed.head)
  const pages = asked.pull ? await pull(deps.database, who, asked.pull.s, asked.pull.max, deps.clock()) : []
  count(deps, handed.pushed, pages)
  const hello: HelloLine = {
    hello: 1,
    epoch: handed.epoch,
    now: deps.clock(),
    scopeRev: caller.scopeRev,
    ringSafe: handed.ringSafe,
    wait: 0,
    ...(asked.scopeRev === caller.scopeRev ? {} : { me: await caller.me() }),
  }
  const acks = handed.pushed ? [{ acks: handed.pushed.acks, ackFloor: handed.pushed.ackFloor }] : []
  return answerOf([hello, ...acks, ...pages], read?.batch ?? '')
}
