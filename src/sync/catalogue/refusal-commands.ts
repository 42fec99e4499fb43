import * as v from 'valibot'
import { accept, refuse } from '#domain/result.ts'
import { entry, type Entry } from './entry.ts'

const NumberSchema = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER))
/**
 * Which refused op is meant: the number it was first made as, and the device of that number. Without `device`: the device this op
 * itself was first made on.
 */
const REFUSED = { n: NumberSchema, device: v.optional(NumberSchema) } as const
const Line = v.pipe(v.string(), v.maxLength(500))

/**
 * What an author says of an op of their own that was not accepted. It travels under the record and region of that op and changes no
 * record, not even one that does not exist: whoever decides looks only whether the refused op is the author's own.
 */
const beside = <A>(schema: v.GenericSchema<unknown, A>): Entry =>
  entry<A>({
    version: 1,
    schema,
    aside: true,
    apply: (state) => (state ? accept({ state, lost: [] }) : refuse('no-record')),
  })

export const REFUSAL_COMMANDS: Readonly<Record<string, Entry>> = {
  /** Asks a supervisor to look at it; it stays on the phone. */
  'refusal.ask': beside(v.object({ ...REFUSED, note: Line })),
  /** The author gives it up (I-26). */
  'refusal.give-up': beside(v.object({ ...REFUSED, reason: Line })),
}
