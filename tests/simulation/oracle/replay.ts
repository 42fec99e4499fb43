import type { Id } from '#domain/id.ts'
import { correctedTime } from '#sync/fold/corrected-time.ts'
import { fold } from '#sync/fold/fold.ts'
import type { RecordState } from '#sync/fold/state.ts'
import type { Op } from '#sync/protocol/op.ts'
import { asTyped } from './doors.ts'
import type { Decision } from './ledger.ts'
import { asDeclared } from './files.ts'
import type { Made } from './notary.ts'
import type { RecordRow, ServerContent } from './server-content.ts'
import { differences, must, same } from './violation.ts'

/** An op with the decision by which it took effect. */
export interface Taken {
  op: Op
  made: Made
  decision: Decision
  /** The name it was first made as, or the one it was taken under when that name belonged to something else. */
  device: number
  n: number
}

export const keyOfRecord = (one: { kind: string; id: Id }): string => `${one.kind}/${one.id}`
const TAKEN = new Set(['ok', 'merged'])

/** Ops that took effect, by record, in the order of the versions they made. */
export function takenOps(
  decisions: readonly Decision[],
  byHash: ReadonlyMap<string, Made>,
): Map<string, Taken[]> {
  const found = new Map<string, Map<string, Taken>>()
  for (const decision of decisions) {
    if (!TAKEN.has(decision.outcome) || decision.rv === 0) continue
    const made = byHash.get(decision.hash)
    must(made !== undefined, 'I-6', () => `${decision.device}/${decision.n} was taken, and nobody made it`)
    const key = `${made.op.e[0]}/${made.op.e[1]}`
    const ops = found.get(key) ?? new Map<string, Taken>()
    found.set(key, ops)
    const known = ops.get(decision.hash)
    must(
      known === undefined || known.decision.rv === decision.rv,
      'I-6',
      () =>
        `${key}: op ${made.op.n} (${made.op.k}) took effect twice, in versions ${known?.decision.rv} and ${decision.rv}`,
      'duplicated',
    )
    const isFirstName = decision.device === made.device && decision.n === made.op.n
    if (!known || isFirstName)
      ops.set(decision.hash, { op: made.op, made, decision, device: decision.device, n: decision.n })
  }
  return new Map(
    [...found].map(([key, ops]) => [key, [...ops.values()].sort((a, b) => a.decision.rv - b.decision.rv)]),
  )
}

/** What the record must be, from its ops alone. */
function replayed(taken: readonly Taken[]): RecordState | null {
  let state: RecordState | null = null
  let last = 0
  for (const { op, made, decision, device, n } of taken) {
    const { rv, at: receivedAt, lastAnswers } = decision
    must(rv > last, 'I-25', () => `two ops made version ${rv} of ${op.e[0]}/${op.e[1]}`, 'duplicated')
    const lastAnswerAt = lastAnswers.get(made.device) ?? lastAnswers.get(decision.device) ?? 0
    const at = correctedTime(op.t, lastAnswerAt, receivedAt)
    const done = fold(state, op, { author: made.person, device, n, base: op.b, at, receivedAt, rv })
    must(
      done?.ok === true,
      'I-25',
      () => `op ${op.n} (${op.k}) was taken and does not fold: ${JSON.stringify(done)}`,
    )
    state = { ...done.value.state, rv }
    last = rv
  }
  return state
}

const stateOf = (row: RecordRow) => ({
  region: row.region,
  rv: row.rv,
  body: row.body,
  fv: row.fv,
  losses: row.losses,
})

/**
 * I-25: the ops that were taken, folded one after the other, are the tables; none is missing and none is there twice.
 * @param nowOf what stands today in the place of a village
 * @returns the records as their ops alone make them
 */
export function expectReplay(
  content: ServerContent,
  taken: ReadonlyMap<string, readonly Taken[]>,
  nowOf: (village: string) => string,
): RecordState[] {
  const states: RecordState[] = []
  const rows = new Map(content.records.map((row) => [keyOfRecord(row), row]))
  for (const [key, ops] of taken) {
    const row = rows.get(key)
    must(row !== undefined, 'I-25', () => `${key} has ${ops.length} ops and is not there`, 'lost')
    const state = replayed(ops)
    const region = nowOf(state?.region ?? '')
    // A village that goes over into another takes its records along, each in one version more.
    const isMoved = state !== null && region !== state.region && row.rv > state.rv
    const expected = state && {
      region,
      rv: isMoved ? row.rv : state.rv,
      body: state.body,
      fv: state.fv,
      losses: state.losses ?? [],
    }
    if (state) states.push({ ...state, region })
    const found = asTyped(row.kind, asDeclared(row.kind, stateOf(row), expected, state?.rv ?? 0), expected)
    must(
      same(expected, found),
      'I-25',
      () => `${key} is not what its ops make of it: ${differences(found, expected).join('; ')}`,
    )
  }
  for (const key of rows.keys()) must(taken.has(key), 'I-25', () => `${key} is there and no op made it`)
  return states
}
