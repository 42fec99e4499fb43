import * as v from 'valibot'
import { IdSchema } from '#domain/id.ts'
import { BODY_SCHEMAS, type Body, type Kind } from '#domain/record/kind.ts'
import { accept, refuse } from '#domain/result.ts'
import type { RecordState } from '../fold/state.ts'
import { entry, type ApplyResult } from './entry.ts'

const SetName = v.picklist(['parties'])
const isDispute = ['dispute'] as const

/** Writes a set's new elements back, if the record still makes sense with them. */
function withSet(state: RecordState, set: string, elements: readonly Body[]): ApplyResult {
  const body = { ...state.body, [set]: elements }
  if (!v.is(BODY_SCHEMAS[state.kind as Kind] as v.GenericSchema, body)) return refuse('malformed')
  return accept({ state: { ...state, body }, lost: [] })
}

/** Adds one element, or replaces the element of the same id; elements added by two people at once both stay. */
export const setAdd = entry<{ set: 'parties'; item: Body }>({
  version: 1,
  schema: v.object({ set: SetName, item: v.looseObject({ id: IdSchema }) }),
  kinds: isDispute,
  apply(state, args) {
    if (!state) return refuse('no-record')
    const old = state.body[args.set] as Body[]
    const at = old.findIndex((one) => one['id'] === args.item['id'])
    return withSet(state, args.set, at < 0 ? [...old, args.item] : old.map((one, i) => (i === at ? args.item : one)))
  },
})

/** Takes one element out; taking out what is already gone changes nothing. */
export const setRemove = entry<{ set: 'parties'; id: string }>({
  version: 1,
  schema: v.object({ set: SetName, id: IdSchema }),
  kinds: isDispute,
  apply(state, args) {
    if (!state) return refuse('no-record')
    return withSet(state, args.set, (state.body[args.set] as Body[]).filter((one) => one['id'] !== args.id))
  },
})
