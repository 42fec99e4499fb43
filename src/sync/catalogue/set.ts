import * as v from 'valibot'
import { IdSchema } from '#domain/id.ts'
import { BODY_SCHEMAS, type Body, type Kind } from '#domain/record/kind.ts'
import { accept, refuse } from '#domain/result.ts'
import { mergeFields } from '../fold/merge-fields.ts'
import type { OpContext, RecordState } from '../fold/state.ts'
import { entry, type ApplyResult } from './entry.ts'

const SetName = v.picklist(['parties'])
const isDispute = ['dispute'] as const

/**
 * Puts one element of a set in its place, or takes it out (null). An element is merged as a field of its own, named
 * `parties/<id>`, so that of two people who change the same one at once neither loses words unseen (I-24).
 */
export function place(
  state: RecordState,
  set: 'parties' | 'idNumbers',
  id: string,
  element: Body | null,
  ctx: OpContext,
): ApplyResult {
  const key = `${set}/${id}`
  const elements = (state.body[set] ?? []) as Body[]
  const present = elements.find((one) => one['id'] === id) ?? null
  const merged = mergeFields({ ...state, body: { [key]: present } }, { [key]: element }, ctx)
  const winner = merged.state.body[key] as Body | null
  const rest = elements.map((one) => (one['id'] === id ? winner : one)).filter((one) => one !== null)
  const next = winner !== null && present === null ? [...rest, winner] : rest
  const body: Body = { ...state.body, [set]: next }
  // Nobody's number stays with a case they are no longer in.
  const numbers = body['idNumbers'] as Body[] | undefined
  if (set === 'parties' && winner === null && numbers?.some((one) => one['id'] === id))
    body['idNumbers'] = numbers.filter((one) => one['id'] !== id)
  if (!v.is(BODY_SCHEMAS[state.kind as Kind] as v.GenericSchema, body)) return refuse('malformed')
  return accept({ state: { ...merged.state, body }, lost: merged.lost })
}

/** Adds one element, or replaces the element of the same id; elements added by two people at once both stay. */
export const setAdd = entry<{ set: 'parties'; item: Body & { id: string } }>({
  version: 1,
  schema: v.object({ set: SetName, item: v.looseObject({ id: IdSchema }) }),
  kinds: isDispute,
  apply: (state, args, ctx) =>
    state ? place(state, args.set, args.item.id, args.item, ctx) : refuse('no-record'),
})

/** Takes one element out; taking out what is already gone changes nothing. */
export const setRemove = entry<{ set: 'parties'; id: string }>({
  version: 1,
  schema: v.object({ set: SetName, id: IdSchema }),
  kinds: isDispute,
  apply: (state, args, ctx) => (state ? place(state, args.set, args.id, null, ctx) : refuse('no-record')),
})
