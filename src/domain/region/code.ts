import * as v from 'valibot'

/**
 * A region code: twelve digits as text (2 province, 2 prefecture, 2 county, 3 township, 3 village), padded with zeros.
 * Always text, because 110105 as a number cannot be compared by prefix. Source: 统计用区划代码, GB/T 2260 for the first six.
 */
export const RegionCodeSchema = v.pipe(
  v.string(),
  v.regex(/^\d{12}$/),
  v.check((code) => levelOf(code) !== null, 'not on a level border'),
)
export type RegionCode = string

/** A prefix that covers a whole unit: cut exactly on a level border. */
export const RegionPrefixSchema = v.pipe(v.string(), v.regex(/^\d{2}(\d{2}(\d{2}(\d{3}(\d{3})?)?)?)?$/))
export type RegionPrefix = string

/** The first six digits: the ledger and shard of everything that happens in a county. */
export const CountySchema = v.pipe(v.string(), v.regex(/^\d{6}$/))
export type County = string

export type RegionLevel = 'province' | 'prefecture' | 'county' | 'township' | 'village'

const BORDERS: readonly (readonly [RegionLevel, number])[] = [
  ['province', 2],
  ['prefecture', 4],
  ['county', 6],
  ['township', 9],
  ['village', 12],
]

/** The level of a twelve-digit code: its last group that is not zero; null for twelve zeros. */
export function levelOf(code: RegionCode): RegionLevel | null {
  for (let i = BORDERS.length - 1; i >= 0; i--) {
    const [level, end] = BORDERS[i] as readonly [RegionLevel, number]
    const start = i === 0 ? 0 : (BORDERS[i - 1] as readonly [RegionLevel, number])[1]
    if (!/^0+$/.test(code.slice(start, end))) return level
  }
  return null
}

/** The prefix that covers a coded unit and all below it: `999901101000` → `999901101`. */
export function prefixOf(code: RegionCode): RegionPrefix {
  const level = levelOf(code)
  const border = BORDERS.find(([one]) => one === level)
  return code.slice(0, border?.[1] ?? 12)
}

/** The full code of a prefix, padded with zeros. */
export const codeOf = (prefix: RegionPrefix): RegionCode => prefix.padEnd(12, '0')

/** Whether a code lies inside a prefix. A prefix off a level border covers nothing. */
export const covers = (prefix: RegionPrefix, code: RegionCode): boolean =>
  v.is(RegionPrefixSchema, prefix) && code.startsWith(prefix)

/** The county (six digits) of any code or prefix that is at county level or below. */
export const countyOf = (code: RegionCode | RegionPrefix): County => code.slice(0, 6)

/** The township prefix (nine digits) of a township or village code. */
export const townshipOf = (code: RegionCode): RegionPrefix => code.slice(0, 9)

/** The prefix of the unit one level above, or null at province level. */
export function parentOf(prefix: RegionPrefix): RegionPrefix | null {
  const at = BORDERS.findIndex(([, end]) => end === prefix.length)
  return at <= 0 ? null : prefix.slice(0, (BORDERS[at - 1] as readonly [RegionLevel, number])[1])
}
