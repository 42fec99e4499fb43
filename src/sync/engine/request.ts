import { batchHash, opHash } from '../protocol/op-hash.ts'
import { LIMITS, PROTOCOL, type ExchangeRequest } from '../protocol/wire.ts'
import type { Batch, EngineBytes, EngineClock, Facts, Wanted } from './ports.ts'

/** Newest record version this build can show. */
const SHOWN_VERSION = 1
/** Records asked for by name in one request: each of them comes whole. */
const WANTED = 200
/** Rows of one page: what a slow phone applies in a moment. */
const MOST_ROWS = 250
/** A page smaller than this only makes more of them. */
const LEAST_ROWS = 20

/** How much one request asks for. */
export interface Portion {
  /** Share of a whole batch, (0, 1]. */
  scale: number
  /** Share of a whole page, (0, 1]. */
  page: number
}

export const hasOps = (batch: Batch | null): batch is Batch => batch !== null && batch.ops.length > 0

const pageRows = (share: number): number => Math.max(LEAST_ROWS, Math.floor(MOST_ROWS * share))

/** Limits of the next batch; one op always fits. */
export const batchLimits = (share: number): { ops: number; bytes: number } => ({
  ops: Math.max(1, Math.floor(LIMITS.batchOps * share)),
  bytes: Math.max(1, Math.floor(LIMITS.batchBytes * share)),
})

/** As many of the wanted records as one answer may carry, the first ones first. */
function portionOf(wanted: Wanted, most: number): Wanted {
  const portion: Wanted = {}
  let left = most
  for (const [county, records] of Object.entries(wanted)) {
    const part = records.slice(0, left)
    if (part.length > 0) portion[county] = part
    left -= part.length
  }
  return portion
}

const fixesOf = (fix: Readonly<Record<string, string[]>>): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(fix).map(([county, villages]) => [county, villages.slice(0, LIMITS.fixes)] as const),
  )

function pullOf(facts: Facts, portion: Portion): ExchangeRequest['pull'] {
  const max = pageRows(portion.page)
  const fix = fixesOf(facts.fix ?? {})
  const want = portionOf(facts.want ?? {}, Math.min(max, WANTED))
  return {
    sv: SHOWN_VERSION,
    max,
    // Where answers break off, one small page at a time gets through.
    ...(portion.page === 1 ? { pages: LIMITS.pages } : {}),
    s: facts.cursors,
    ...(Object.keys(fix).length > 0 ? { fix } : {}),
    ...(Object.keys(want).length > 0 ? { want } : {}),
  }
}

/**
 * The request as it goes out.
 * @param pulls false: hand in only
 */
export function requestOf(
  facts: Facts,
  batch: Batch | null,
  asking: { app: string; clock: EngineClock; now: number; portion: Portion; pulls: boolean },
): ExchangeRequest {
  const { app, clock, now, portion, pulls } = asking
  return {
    p: PROTOCOL,
    app,
    dev: facts.device,
    epoch: facts.epoch,
    scopeRev: facts.scopeRev,
    t: now,
    mono: clock.mono(),
    stat: {
      out: facts.out,
      recs: facts.records,
      oldest: facts.oldestAt === null ? 0 : Math.max(0, Math.floor((now - facts.oldestAt) / 1000)),
      dead: facts.dead,
      blobs: facts.blobs ?? 0,
    },
    ...(facts.proof ? { proof: facts.proof } : {}),
    ...(hasOps(batch) ? { push: { c: batch.county, ops: batch.ops } } : {}),
    ...(pulls ? { pull: pullOf(facts, portion) } : {}),
    ...(facts.looked && facts.looked.length > 0 ? { looked: [...facts.looked] } : {}),
  }
}

/** Fingerprint of a batch as the end line must echo it; '' without a push. */
export async function fingerprint(batch: Batch | null, bytes: EngineBytes): Promise<string> {
  if (!hasOps(batch)) return ''
  const hashes = await Promise.all(batch.ops.map((op) => opHash(op, bytes.sha256, bytes.encode)))
  return batchHash(hashes, bytes.sha256, bytes.encode)
}
