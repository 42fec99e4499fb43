import * as v from 'valibot'
import { refuse } from '#domain/result.ts'
import { CATALOGUE } from '../catalogue/catalogue.ts'
import type { ApplyResult, Entry } from '../catalogue/entry.ts'
import type { Op } from '../protocol/op.ts'
import type { OpContext, RecordState } from './state.ts'

/**
 * What an op does to a record: the one function that phone and server share (I-5, I-25). Pure and total.
 * @param state the record before, or null when there is none
 * @returns the record after (version not yet raised) and what was lost, a refusal, or null for an op or version this build
 * does not know
 * @param catalogue the ops there are; only a test of upcasting names another
 */
export function fold(
  state: RecordState | null,
  op: Op,
  ctx: OpContext,
  catalogue: ReadonlyMap<string, Entry> = CATALOGUE,
): ApplyResult | null {
  const known = catalogue.get(op.k)
  if (!known || op.v > known.version) return null
  if (known.kinds && !known.kinds.includes(op.e[0])) return refuse('malformed')
  if (state && state.kind !== op.e[0]) return refuse('malformed')
  let args = op.a
  for (let version = op.v; version < known.version; version++) {
    const upcast = known.upcast?.[version]
    if (!upcast) return refuse('malformed')
    args = upcast(args)
  }
  const parsed = v.safeParse(known.schema, args)
  if (!parsed.success) return refuse('malformed')
  return known.apply(state, parsed.output as Record<string, unknown>, ctx, {
    kind: op.e[0],
    id: op.e[1],
    region: op.r,
  })
}
