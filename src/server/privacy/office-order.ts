import * as v from 'valibot'
import { IdSchema } from '#domain/id.ts'
import { DaySchema } from '#domain/time/day.ts'

const Text = v.pipe(v.string(), v.maxLength(500))
const Ids = v.pipe(v.array(IdSchema), v.minLength(1), v.maxLength(1000))
const pair = { first: Text, second: Text, codes: v.tuple([Text, Text]) }

/** What two people of the office ask for at the operator's computer: done by the command, or by the server that holds the database. */
export const OfficeOrderSchema = v.variant('ask', [
  v.object({ ask: v.literal('hold.set'), id: IdSchema, until: DaySchema, reason: Text, ...pair }),
  v.object({ ask: v.literal('hold.lift'), id: IdSchema, ...pair }),
  v.object({ ask: v.literal('subject.find'), name: Text, region: Text, ...pair }),
  /** `to`: a folder that is not there yet, named from the root. */
  v.object({ ask: v.literal('subject.export'), name: Text, records: Ids, to: Text, ...pair }),
  v.object({ ask: v.literal('subject.delete'), name: Text, records: Ids, ...pair }),
])
export type OfficeOrder = v.InferOutput<typeof OfficeOrderSchema>
