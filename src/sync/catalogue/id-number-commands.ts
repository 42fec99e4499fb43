import * as v from 'valibot'
import { IdSchema } from '#domain/id.ts'
import { IdNumberSchema } from '#domain/privacy/id-number.ts'
import type { Body } from '#domain/record/kind.ts'
import { refuse } from '#domain/result.ts'
import { entry, type Entry } from './entry.ts'
import { place } from './set.ts'

const { id: _party, ...number } = IdNumberSchema.entries

const IdentifySchema = v.object({
  /** The side whose number it is. */
  party: IdSchema,
  /** null: it is taken out. */
  number: v.nullable(v.object(number)),
})

export const ID_NUMBER_COMMANDS: Readonly<Record<string, Entry>> = {
  /**
   * The identity number of one side, in a box that only the server opens, or its taking out. Merged as one element of a set, so that of two
   * people who write one down at once neither number is gone unseen (I-24). Fold and phones know the last four signs and no more (TR-47).
   */
  'dispute.identify': entry<v.InferOutput<typeof IdentifySchema>>({
    version: 1,
    schema: IdentifySchema,
    kinds: ['dispute'],
    apply(state, { party, number: given }, ctx) {
      if (!state) return refuse('no-record')
      if (state.body['stage'] === 'cancelled') return refuse('closed')
      const isSide = (state.body['parties'] as Body[]).some((one) => one['id'] === party)
      if (!isSide && given) return refuse('not-reachable')
      return place(state, 'idNumbers', party, given && { id: party, ...given }, ctx)
    },
  }),
}
