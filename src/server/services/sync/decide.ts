import { holdable } from '../../database/holdable.ts'
import type { Placed, Rights } from '#domain/access/grant.ts'
import type { Id } from '#domain/id.ts'
import type { Lane } from '#domain/access/lane.ts'
import { laneOf } from '#domain/record/kind.ts'
import type { RegionCode } from '#domain/region/code.ts'
import { addDays, dayOf } from '#domain/time/day.ts'
import { authorise } from '#sync/authorise.ts'
import { correctedTime } from '#sync/fold/corrected-time.ts'
import { fold, isAside, readArgs } from '#sync/fold/fold.ts'
import type { FieldLoss } from '#sync/fold/state.ts'
import type { Op, Outcome } from '#sync/protocol/op.ts'
import type { Ack } from '#sync/protocol/wire.ts'
import { behindDoors } from './doors.ts'
import type { Ground } from './ground.ts'
import type { Incoming } from './incoming.ts'
import { keyOf, place, placedOf, type StoredRecord } from './stored.ts'
import type { OpName } from '../../repositories/sync/tables.ts'

/** Ops of a person whose right has ended, or whose record has gone elsewhere, are taken for this long after. */
export const GRACE_DAYS = 60

/** Everything a decision knows about an op besides the op and the record. */
export interface Bench {
  person: Id
  /** Rights that count today, see `rightsInGrace`. */
  rights: Rights
  /** The device and number it was first made as; its own when it comes from no backup. */
  origin: OpName
  /** Every name it is known by, and the devices whose numbers it depends on, see `Entry`. */
  names: readonly OpName[]
  homes: readonly number[]
  /** Epoch ms: now, and the last answer at which nothing else waited on the first device (0: none). */
  receivedAt: number
  lastAnswerAt: number
  /** Lowest version number of this history's generation. */
  firstRv: number
  /** It says that it was first made on a device that is not this person's. */
  isStrangers: boolean
  /** Its phone was shut out: nothing of it takes effect, all of it is kept for the office. */
  isShut?: boolean
}

/** What an author said of a refused op of their own. */
export interface Remark {
  about: OpName
  says: 'ask' | 'give-up'
  text: string
}

export interface Verdict {
  outcome: Outcome
  detail: Ack[4]
  /** Key of the record it changed; null when it changed none. */
  key: string | null
  rv: number
  lost: readonly FieldLoss[]
  /** Where a refused op is kept for, so that those who may see the record may see it. */
  kept: { region: RegionCode; lane: Lane } | null
  remark: Remark | null
}

const without = (outcome: Outcome, detail: Verdict['detail'] = {}): Verdict => ({
  outcome,
  detail,
  key: null,
  rv: 0,
  lost: [],
  kept: null,
  remark: null,
})

/** A refusal that keeps a copy. A malformed op names no place that can be believed, so only its author sees it. */
export function refusal(
  op: Op | null,
  code: string,
  record: StoredRecord | null,
  outcome: Outcome = 'rejected',
): Verdict {
  const region = record?.state.region ?? op?.r ?? ''
  const lane = record?.lane ?? (op ? laneOf(op.e[0], op.a) : 'closed')
  return { ...without(outcome, { code }), kept: { region, lane } }
}

/** Rights that still count today: those that ended longer ago than the grace period do not (I-22). */
export function rightsInGrace(rights: Rights, now: number): Rights {
  const since = addDays(dayOf(now), -GRACE_DAYS)
  const counts = (one: { to: string | null }) => one.to === null || one.to >= since
  return { ...rights, grants: rights.grants.filter(counts), records: rights.records.filter(counts) }
}

/** Outcomes by the name an op was first made as. */
export type Settled = Map<string, Outcome>
export const nameOf = ({ device, n }: OpName): string => `${device}/${n}`

function blocker(op: Op, bench: Bench, settled: Settled): number | null {
  const stuck = (op.d ?? []).find((n) => {
    const outcome = bench.homes
      .map((device) => settled.get(nameOf({ device, n })))
      .find((one) => one !== undefined)
    return outcome !== 'ok' && outcome !== 'merged'
  })
  return stuck ?? null
}

type Judged = { verdict: Verdict; record: StoredRecord | null }
const alone = (verdict: Verdict): Judged => ({ verdict, record: null })

function remarkOf(op: Op, bench: Bench): Judged | null {
  const args = readArgs(op)
  if (args === null) return alone(without('later'))
  if (!args.ok) return alone(refusal(op, args.reason, null))
  const { n, device, note, reason } = args.value as {
    n: number
    device?: number
    note?: string
    reason?: string
  }
  const about = { device: device ?? bench.origin.device, n }
  const says = op.k === 'refusal.ask' ? 'ask' : 'give-up'
  // A remark is never itself refused to anybody.
  return alone({ ...without('ok'), remark: { about, says, text: holdable(note ?? reason ?? '') } })
}

/** An op that stands in the place of a refused one settles that one: nobody need look at it any more. */
const supersededBy = ({ s }: Op): Remark | null =>
  s ? { about: { device: s[0], n: s[1] }, says: 'give-up', text: '' } : null

/**
 * Whether the author may do this: where the record stands, where it stood when the author last saw it, or in the village that has
 * taken the place of the one they name.
 */
function mayDo(op: Op, sent: Op, record: StoredRecord | null, bench: Bench, ground: Ground, day: string) {
  const now = record && placedOf(record)
  const allowed = authorise(bench.rights, op, now, day)
  if (allowed.ok || !record) return allowed.ok ? allowed : authorise(bench.rights, sent, now, day)
  const since = bench.receivedAt - GRACE_DAYS * 86_400_000
  const before = ground
    .left(keyOf(op.e[0], op.e[1]))
    .filter((one) => one.region === sent.r && one.rv > op.b && one.at >= since)
    .map((one): Placed => ({ ...placedOf(record), region: one.region, lane: one.lane as Lane }))
  return before.map((one) => authorise(bench.rights, op, one, day)).find((one) => one.ok) ?? allowed
}

function judge(sent: Op, record: StoredRecord | null, bench: Bench, ground: Ground): Judged {
  const at = correctedTime(sent.t, bench.lastAnswerAt, bench.receivedAt)
  if (isAside(sent)) return remarkOf(sent, bench) as Judged
  const placed = ground.placed(sent)
  if (placed === null) return alone(refusal(sent, 'no-such-place', record))
  const allowed = mayDo(placed, sent, record, bench, ground, dayOf(at))
  if (!allowed.ok) return alone(refusal(sent, allowed.reason, record))
  const rv = Math.max((record?.state.rv ?? 0) + 1, bench.firstRv)
  const result = fold(record?.state ?? null, placed, {
    author: bench.person,
    ...bench.origin,
    base: placed.b,
    at,
    receivedAt: bench.receivedAt,
    rv,
  })
  if (result === null) return alone(without('later'))
  // That a file exists is itself private: one that is not there is answered like one that is not the author's (D-26).
  if (!result.ok)
    return alone(refusal(sent, result.reason === 'no-record' ? 'out-of-scope' : result.reason, record))
  const { lost, state } = result.value
  const next = place({ ...state, rv }, record ? record.recorder : bench.person)
  const fields = lost.length > 0 ? { lost: lost.map((each) => each.field) } : {}
  const outcome = lost.length > 0 ? 'merged' : 'ok'
  return {
    verdict: {
      ...without(outcome, fields),
      key: keyOf(sent.e[0], sent.e[1]),
      rv,
      lost,
      remark: supersededBy(sent),
    },
    record: next,
  }
}

/** A bug met while deciding one op ends in quarantine for that op alone, after it was tried once more (I-10). */
function judgeCalmly(op: Op, record: StoredRecord | null, bench: Bench, ground: Ground): Judged {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      return judge(op, record, bench, ground)
    } catch {
      // Tried again; a pure function that throws twice is a bug, and the op is kept for whoever mends it.
    }
  }
  return alone(refusal(op, 'exception', record, 'quarantined'))
}

/** An op and what is known of who sent it. */
export interface Case {
  incoming: Incoming
  bench: Bench
}

/**
 * Decides ops in order over the records they name: pure, so that a batch may be decided again, whole or one by one, alone or with
 * others, with the same result (I-25).
 * @param records as they are before
 * @param earlier outcomes of ops that these depend on
 * @returns a verdict for each op, and the records that changed, as they are after all of them
 */
export function decide(
  cases: readonly Case[],
  records: ReadonlyMap<string, StoredRecord>,
  earlier: ReadonlyMap<string, Outcome>,
  ground: Ground,
): { verdicts: Verdict[]; changed: Map<string, StoredRecord> } {
  const settled: Settled = new Map(earlier)
  const changed = new Map<string, StoredRecord>()
  const all = new Map(records)
  const put = (key: string, record: StoredRecord) => {
    changed.set(key, record)
    all.set(key, record)
  }
  const verdicts = cases.map(({ incoming, bench }): Verdict => {
    const { op } = incoming
    const settle = (verdict: Verdict): Verdict => {
      for (const name of bench.names) settled.set(nameOf(name), verdict.outcome)
      return verdict
    }
    if (incoming.later) return settle(without('later'))
    if (!op) return settle(refusal(null, 'malformed', null))
    if (bench.isStrangers) return settle(refusal(op, 'not-yours', null))
    if (bench.isShut)
      return settle(refusal(op, 'shut-out', all.get(keyOf(op.e[0], op.e[1])) ?? null, 'quarantined'))
    const on = blocker(op, bench, settled)
    if (on !== null) return settle(without('blocked', { on }))
    const key = keyOf(op.e[0], op.e[1])
    const before = all.get(key) ?? null
    const { verdict, record } = judgeCalmly(op, before, bench, ground)
    if (record) {
      put(key, record)
      const moment = { at: bench.receivedAt, firstRv: bench.firstRv }
      for (const one of behindDoors(before, record, all, moment))
        put(keyOf(one.state.kind, one.state.id), one)
    }
    return settle(verdict)
  })
  return { verdicts, changed }
}
