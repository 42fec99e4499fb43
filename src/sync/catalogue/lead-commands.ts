import * as v from 'valibot'
import { IdSchema } from '#domain/id.ts'
import { accept, refuse } from '#domain/result.ts'
import { entry, type Entry } from './entry.ts'

export const LEAD_COMMANDS: Readonly<Record<string, Entry>> = {
  /** Somebody says: I'll see to it. The first one stays; taking what one holds oneself changes nothing. */
  'lead.take': entry<Record<string, never>>({
    version: 1,
    schema: v.object({}),
    kinds: ['lead'],
    apply(state, _args, ctx) {
      if (!state) return refuse('no-record')
      if (state.body['stage'] !== 'open' && state.body['takenBy'] !== ctx.author)
        return refuse('not-reachable')
      return accept({
        state: { ...state, body: { ...state.body, stage: 'taken', takenBy: ctx.author } },
        lost: [],
      })
    },
  }),

  /** How it ended: answered, became a dispute, or passed on. */
  'lead.settle': entry<{ outcome: 'answered' | 'dispute' | 'passed-on'; dispute: string | null }>({
    version: 1,
    schema: v.object({
      outcome: v.picklist(['answered', 'dispute', 'passed-on']),
      dispute: v.nullable(IdSchema),
    }),
    kinds: ['lead'],
    apply(state, args, ctx) {
      if (!state) return refuse('no-record')
      if (state.body['stage'] === 'settled') return refuse('not-reachable')
      const body = {
        ...state.body,
        stage: 'settled',
        outcome: args.outcome,
        dispute: args.dispute,
        takenBy: state.body['takenBy'] ?? ctx.author,
      }
      return accept({ state: { ...state, body }, lost: [] })
    },
  }),
}
