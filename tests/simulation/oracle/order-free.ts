import type { Body } from '#domain/record/kind.ts'
import { fold } from '#sync/fold/fold.ts'
import type { RecordState } from '#sync/fold/state.ts'
import type { Taken } from './replay.ts'
import { must, same } from './violation.ts'

/** The op as it would be folded in version `rv`, made at the same moment as any other. */
function folded(state: RecordState | null, one: Taken, rv: number, at: number): RecordState | null {
  const { op, made, decision, device, n } = one
  const author = made.person
  const done = fold(state, op, { author, device, n, base: op.b, at, receivedAt: decision.at, rv })
  return done?.ok ? { ...done.value.state, rv } : null
}

/** Fields that both typed into, neither author having seen what the other typed. */
function shared(one: Taken, next: Taken): string[] {
  const isPair = one.op.k === 'patch' && next.op.k === 'patch' && one.device !== next.device
  if (!isPair || next.op.b >= one.decision.rv) return []
  return Object.keys(one.op.a).filter((field) => field in next.op.a)
}

/**
 * Whether both had seen what stood there, and say something else: what one of three had not seen, and a word said again, may rightly hang
 * on who came first.
 */
const knewBoth = (state: RecordState | null, field: string, pair: readonly Taken[]): boolean =>
  pair.every(
    ({ op }) =>
      op.b >= (state?.fv[field]?.[0] ?? 0) && !same(op.a[field] ?? null, state?.body[field] ?? null),
  )

const valuesOf = (state: RecordState | null, fields: readonly string[]): Body | null =>
  state && Object.fromEntries(fields.map((field) => [field, state.body[field] ?? null]))

/**
 * I-25: what two people typed into one field at one moment, neither having seen the other's, comes to the same whichever is received
 * first. Asked of every such pair that came one after the other.
 */
export function expectOrderFree(taken: ReadonlyMap<string, readonly Taken[]>): void {
  for (const [key, ops] of taken) {
    const pairs = ops.flatMap((one, at) => {
      const next = ops[at + 1]
      const fields = next ? shared(one, next) : []
      return next && fields.length > 0 ? [{ at, one, next, fields }] : []
    })
    let state: RecordState | null = null
    let done = 0
    for (const { at, one, next, fields: all } of pairs) {
      for (; done < at; done++) {
        const op = ops[done] as Taken
        state = folded(state, op, op.decision.rv, op.decision.at) ?? state
      }
      const before = state
      const fields = all.filter((field) => knewBoth(before, field, [one, next]))
      const moment = one.decision.at
      const [first, second] = [one.decision.rv, next.decision.rv]
      const asReceived = folded(folded(state, one, first, moment), next, second, moment)
      const otherWay = folded(folded(state, next, first, moment), one, second, moment)
      const [a, b] = [valuesOf(asReceived, fields), valuesOf(otherWay, fields)]
      must(
        a === null || b === null || same(a, b),
        'I-25',
        () =>
          `${key}: ops ${one.op.n} and ${next.op.n} of one moment come to ${JSON.stringify(a)} or, the other way around, to ${JSON.stringify(b)}`,
      )
    }
  }
}
