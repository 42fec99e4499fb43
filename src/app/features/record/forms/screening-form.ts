import * as v from 'valibot'
import type { Id } from '#domain/id.ts'
import type { Edit } from '#phone/api.ts'
import type { Writer } from './dispute-form.ts'

const text = (max: number) => v.optional(v.fallback(v.pipe(v.string(), v.maxLength(max)), ''), '')

/** What the form for 走访看看 holds. */
export const ScreeningValuesSchema = v.object({
  where: text(100),
  /** Households as typed; '' when not counted. */
  households: text(6),
  /** `0`–`3` by a tap, `own` when typed, '' while not said. */
  found: text(3),
  foundOwn: text(6),
  note: text(5000),
  region: text(12),
  on: text(10),
})
export type ScreeningValues = v.InferOutput<typeof ScreeningValuesSchema>

const numberOf = (said: string): number | null => (/^\d{1,5}$/.test(said.trim()) ? Number(said.trim()) : null)

/** How many troubles were found, or null while not said. */
export const foundOf = (values: ScreeningValues): number | null =>
  numberOf(values.found === 'own' ? values.foundOwn : values.found)

/** The first thing still missing, or null when it can be saved. */
export const missingOf = (values: ScreeningValues): 'where' | 'found' | null =>
  values.where.trim() === '' ? 'where' : foundOf(values) === null ? 'found' : null

/** The round as one op. */
export const editsOf = (values: ScreeningValues, id: Id, writer: Writer): Edit[] => [
  {
    op: 'create',
    kind: 'screening',
    id,
    region: values.region || writer.region,
    args: {
      where: values.where.trim(),
      households: numberOf(values.households),
      found: foundOf(values) ?? 0,
      note: values.note.trim(),
      on: values.on || writer.today,
      paperNo: '',
    },
  },
]
