import * as v from 'valibot'
import { BODY_SCHEMAS, KindSchema, type Body, type Kind } from '#domain/record/kind.ts'
import { accept, refuse } from '#domain/result.ts'
import { mergeFields } from '../fold/merge-fields.ts'
import { entry } from './entry.ts'

/** The typed fields of each kind; everything else changes by commands only. */
const PATCHABLE: Readonly<Record<Kind, readonly string[]>> = {
  dispute: [
    'type',
    'word',
    'topic',
    'facts',
    'place',
    'source',
    'happenedOn',
    'acceptedOn',
    'flags',
    'mediatorName',
  ],
  meeting: ['on', 'place', 'notes', 'helpers', 'flags'],
  outreach: [
    'form',
    'topic',
    'title',
    'on',
    'place',
    'sixEntries',
    'campaign',
    'speakers',
    'attendances',
    'countedHow',
    'people',
    'materials',
    'note',
    'cancelled',
  ],
  lead: ['about', 'from', 'phone', 'text'],
  service: ['kind', 'asked', 'who', 'answer', 'content', 'on'],
  screening: ['where', 'households', 'found', 'note', 'on'],
  'register.person': ['name', 'woman', 'phone', 'posts'],
  'register.organisation': ['name', 'level', 'serves', 'from', 'to'],
  // Append-only: what was handed in is not changed, only named, taken back, or put behind its dispute's door.
  attachment: ['caption', 'cancelled', 'flags'],
}

/** Changes typed fields. Concurrent changes of different fields both stay; of one field, see `mergeFields`. */
export const patch = entry<Body>({
  version: 1,
  schema: v.record(v.string(), v.unknown()),
  apply(state, args, ctx) {
    if (!state) return refuse('no-record')
    if (!v.is(KindSchema, state.kind)) return refuse('malformed')
    const allowed = PATCHABLE[state.kind]
    if (Object.keys(args).some((field) => !allowed.includes(field))) return refuse('unknown-field')
    if (state.body['stage'] === 'cancelled') return refuse('closed')
    const merged = mergeFields(state, args, ctx)
    if (!v.is(BODY_SCHEMAS[state.kind] as v.GenericSchema, merged.state.body)) return refuse('malformed')
    return accept(merged)
  },
})
