import * as v from 'valibot'
import { DaySchema } from '../time/day.ts'
import { RegionCodeSchema } from './code.ts'

/** One administrative unit. Codes change when units merge, so a unit has a life; a record keeps the code of its day. */
export const RegionSchema = v.object({
  code: RegionCodeSchema,
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(50)),
  /** The short name used in paper numbers and lists: 石桥村 → 石桥. */
  short: v.pipe(v.string(), v.minLength(1), v.maxLength(20)),
  /** null: valid since before our table begins. */
  validFrom: v.nullable(DaySchema),
  /** null: still valid. */
  validTo: v.nullable(DaySchema),
  mergedInto: v.nullable(RegionCodeSchema),
  /** Place in administrative order inside its parent. */
  order: v.pipe(v.number(), v.integer()),
})
export type Region = v.InferOutput<typeof RegionSchema>

/** 石桥村 → 石桥, 青石镇 → 青石: what people say and what fits on a paper number. A one-character rest keeps its ending. */
export function shortNameOf(name: string): string {
  const bare = name
    .replace(/（示例）$/, '')
    .replace(/(村民委员会|村委会)$/, '村')
    .replace(/(社区)?(居民委员会|居委会)$/, '社区')
  const cut = bare.replace(/(街道|社区|村|镇|乡|县|区)$/, '')
  return cut.length >= 2 ? cut : bare
}
