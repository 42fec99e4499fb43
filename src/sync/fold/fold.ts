import * as v from 'valibot'
import { accept, refuse, type Result } from '#domain/result.ts'
import { CATALOGUE } from '../catalogue/catalogue.ts'
import type { ApplyResult, Entry } from '../catalogue/entry.ts'
import type { Op } from '../protocol/op.ts'
import type { OpContext, RecordState } from './state.ts'

type Arguments = Record<string, unknown>

/** Whether an op only says something beside its record: it changes none, and none need be there. */
export const isAside = (op: Op): boolean => CATALOGUE.get(op.k)?.aside === true

/**
 * An op's arguments in their newest form, raised step by step from the version in which it was made (I-46) and checked.
 * @returns null for an op or version this build does not know
 */
export function readArgs(
  op: Op,
  catalogue: ReadonlyMap<string, Entry> = CATALOGUE,
): Result<Arguments, 'malformed'> | null {
  const known = catalogue.get(op.k)
  if (!known || op.v > known.version) return null
  let args: Arguments = op.a
  for (let version = op.v; version < known.version; version++) {
    const upcast = known.upcast?.[version]
    if (!upcast) return refuse('malformed')
    args = upcast(args)
  }
  const parsed = v.safeParse(known.schema, args)
  return parsed.success ? accept(parsed.output as Arguments) : refuse('malformed')
}

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
  const args = readArgs(op, catalogue)
  if (!known || args === null) return null
  if (known.kinds && !known.kinds.includes(op.e[0])) return refuse('malformed')
  if (state && state.kind !== op.e[0]) return refuse('malformed')
  if (!args.ok) return args
  return known.apply(state, args.value, ctx, { kind: op.e[0], id: op.e[1], region: op.r })
}
