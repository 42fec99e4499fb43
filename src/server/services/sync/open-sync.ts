import type { Counters } from '../counters.ts'
import type { ExchangeDeps } from './exchange.ts'
import { makeHeads } from './heads.ts'
import { makeMerger } from './merge.ts'
import { makeProver } from './proof.ts'
import { makeGate } from './shed.ts'
import type { SyncDatabase } from '../../repositories/sync/tables.ts'

/** The sync service of one server process. @param secret the server's own, from outside the database */
export function openSync(
  database: SyncDatabase,
  more: {
    clock(): number
    stopwatch(): number
    counters: Counters
    secret: string
    version?: string
    keys?: ExchangeDeps['keys']
  },
): ExchangeDeps {
  const { clock, stopwatch, counters, secret, version, keys } = more
  const merger = makeMerger({ database, clock, stopwatch })
  return {
    database,
    clock,
    counters,
    handIn: (job) => merger.handIn(job),
    heads: makeHeads(database, clock),
    prover: makeProver(secret),
    gate: makeGate(merger),
    ...(version === undefined ? {} : { version }),
    ...(keys === undefined ? {} : { keys }),
  }
}
