import type { Rights } from '#domain/access/grant.ts'
import { laneOf } from '#domain/record/kind.ts'
import type { Id } from '#domain/id.ts'
import type { Lane } from '#domain/access/lane.ts'
import type { RegionCode } from '#domain/region/code.ts'
import { addDays, dayOf } from '#domain/time/day.ts'
import { authorise } from '#sync/authorise.ts'
import { correctedTime } from '#sync/fold/corrected-time.ts'
import { fold } from '#sync/fold/fold.ts'
import type { FieldLoss } from '#sync/fold/state.ts'
import type { Op, Outcome } from '#sync/protocol/op.ts'
import type { Incoming } from './incoming.ts'
import { keyOf, place, placedOf, type StoredRecord } from './stored.ts'

/** Ops of a person whose right has ended are taken for this long after its end. */
export const GRACE_DAYS = 60

/** Everything a decision knows besides the op and the record. */
export interface Bench {
  person: Id
  device: number
  rights: Rights
  /** Epoch ms: now, and the last answer at which nothing else waited on the phone (0: none). */
  receivedAt: number
  lastAnswerAt: number
  /** Lowest version number of this history's generation. */
  firstRv: number
  /** Outcomes of this device's earlier ops that ops of the batch depend on; what is not here has not been decided. */
  earlier: ReadonlyMap<number, Outcome>
}

export interface Verdict {
  n: number
  outcome: Outcome
  detail: { code?: string; lost?: string[]; on?: number }
  /** Key of the record it changed; null when it changed none. */
  key: string | null
  rv: number
  lost: FieldLoss[]
  at: number
  /** Where a refused op is kept for, so that those who may see the record may see it. */
  kept: { region: RegionCode; lane: Lane } | null
}

const without = (n: number, outcome: Outcome, at: number, detail: Verdict['detail'] = {}): Verdict => ({
  n,
  outcome,
  detail,
  key: null,
  rv: 0,
  lost: [],
  at,
  kept: null,
})

/** A refusal that keeps a copy. A malformed op names no place that can be believed, so only its author sees it. */
function refusal(
  one: Incoming,
  code: string,
  record: StoredRecord | null,
  at: number,
  outcome: Outcome = 'rejected',
): Verdict {
  const region = record?.state.region ?? one.op?.r ?? ''
  const lane = record?.lane ?? (one.op ? laneOf(one.op.e[0], one.op.a) : 'closed')
  return { ...without(one.n, outcome, at, { code }), kept: { region, lane } }
}

/** Rights that still count today: those that ended longer ago than the grace period do not (I-22). */
export function rightsInGrace(rights: Rights, now: number): Rights {
  const since = addDays(dayOf(now), -GRACE_DAYS)
  const counts = (one: { to: string | null }) => one.to === null || one.to >= since
  return { ...rights, grants: rights.grants.filter(counts), records: rights.records.filter(counts) }
}

function blocker(op: Op, bench: Bench, settled: ReadonlyMap<number, Outcome>): number | null {
  const stuck = (op.d ?? []).find((n) => {
    const outcome = settled.get(n) ?? bench.earlier.get(n)
    return outcome !== 'ok' && outcome !== 'merged'
  })
  return stuck ?? null
}

type Judged = { verdict: Verdict; record: StoredRecord | null }

function judge(one: Incoming, record: StoredRecord | null, bench: Bench, rights: Rights): Judged {
  const op = one.op as Op
  const at = correctedTime(op.t, bench.lastAnswerAt, bench.receivedAt)
  const allowed = authorise(rights, op, record ? placedOf(record) : null, dayOf(at))
  if (!allowed.ok) return { verdict: refusal(one, allowed.reason, record, at), record: null }
  const context = {
    author: bench.person,
    device: bench.device,
    n: op.n,
    base: op.b,
    at,
    receivedAt: bench.receivedAt,
  }
  const result = fold(record?.state ?? null, op, context)
  if (result === null) return { verdict: without(one.n, 'later', at), record: null }
  if (!result.ok) return { verdict: refusal(one, result.reason, record, at), record: null }
  const rv = Math.max((record?.state.rv ?? 0) + 1, bench.firstRv)
  const { lost } = result.value
  const next = place({ ...result.value.state, rv }, record ? record.recorder : bench.person)
  const fields = lost.length > 0 ? { lost: lost.map((each) => each.field) } : {}
  return {
    verdict: {
      n: one.n,
      outcome: lost.length > 0 ? 'merged' : 'ok',
      detail: fields,
      key: keyOf(op.e[0], op.e[1]),
      rv,
      lost,
      at,
      kept: null,
    },
    record: next,
  }
}

/** A bug met while deciding one op ends in quarantine for that op alone, after it was tried once more (I-10). */
function judgeCalmly(one: Incoming, record: StoredRecord | null, bench: Bench, rights: Rights): Judged {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      return judge(one, record, bench, rights)
    } catch {
      // Tried again; a pure function that throws twice is a bug, and the op is kept for whoever mends it.
    }
  }
  return { verdict: refusal(one, 'exception', record, bench.receivedAt, 'quarantined'), record: null }
}

/**
 * Decides ops in order over the records they name: pure, so that a batch may be decided again, whole or one by one, with the same
 * result (I-25).
 * @returns a verdict for each op, and the records that changed, as they are after all of them
 */
export function decide(
  ops: readonly Incoming[],
  records: ReadonlyMap<string, StoredRecord>,
  bench: Bench,
): { verdicts: Verdict[]; changed: Map<string, StoredRecord> } {
  const rights = rightsInGrace(bench.rights, bench.receivedAt)
  const settled = new Map<number, Outcome>()
  const changed = new Map<string, StoredRecord>()
  const verdicts = ops.map((one): Verdict => {
    const { op } = one
    const settle = (verdict: Verdict): Verdict => {
      settled.set(one.n, verdict.outcome)
      return verdict
    }
    if (one.later) return settle(without(one.n, 'later', bench.receivedAt))
    if (!op) return settle(refusal(one, 'malformed', null, bench.receivedAt))
    const on = blocker(op, bench, settled)
    if (on !== null) return settle(without(one.n, 'blocked', bench.receivedAt, { on }))
    const key = keyOf(op.e[0], op.e[1])
    const { verdict, record } = judgeCalmly(one, changed.get(key) ?? records.get(key) ?? null, bench, rights)
    if (record) changed.set(key, record)
    return settle(verdict)
  })
  return { verdicts, changed }
}
