import * as v from 'valibot'
import { BODY_SCHEMAS, KindSchema, type Body } from '#domain/record/kind.ts'
import { accept, refuse } from '#domain/result.ts'
import { isTyped } from '../fold/field-classes.ts'
import { mergeFields } from '../fold/merge-fields.ts'
import { entry } from './entry.ts'

/** Changes typed fields; everything else changes by commands only. Concurrent changes of different fields both stay; of one field, see `mergeFields`. */
export const patch = entry<Body>({
  version: 1,
  schema: v.record(v.string(), v.unknown()),
  apply(state, args, ctx) {
    if (!state) return refuse('no-record')
    if (!v.is(KindSchema, state.kind)) return refuse('malformed')
    if (Object.keys(args).some((field) => !isTyped(state.kind, field))) return refuse('unknown-field')
    if (state.body['stage'] === 'cancelled') return refuse('closed')
    const merged = mergeFields(state, args, ctx)
    if (!v.is(BODY_SCHEMAS[state.kind] as v.GenericSchema, merged.state.body)) return refuse('malformed')
    return accept(merged)
  },
})
