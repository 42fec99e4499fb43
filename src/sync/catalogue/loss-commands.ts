import * as v from 'valibot'
import { accept, refuse } from '#domain/result.ts'
import { lossesOf, withLosses } from '../fold/losses.ts'
import { entry, type Entry } from './entry.ts'

const VersionSchema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER))

export const LOSS_COMMANDS: Readonly<Record<string, Entry>> = {
  /**
   * Somebody has looked at both values and lets the one stand that does. `rv`: the version at which the other lost. What is settled
   * already, by whomever, changes nothing. Putting the other value back is an ordinary change of the field.
   */
  'loss.settle': entry<{ field: string; rv: number }>({
    version: 1,
    schema: v.object({ field: v.pipe(v.string(), v.maxLength(100)), rv: VersionSchema }),
    apply(state, args) {
      if (!state) return refuse('no-record')
      const left = lossesOf(state).filter((one) => one.field !== args.field || one.rv !== args.rv)
      return accept({ state: withLosses(state, left), lost: [] })
    },
  }),
}
