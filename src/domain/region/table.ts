import { accept, refuse, type Result } from '../result.ts'
import { parentOf, RegionPrefixSchema, type RegionPrefix } from './code.ts'
import * as v from 'valibot'

/** One unit of the table, named by its prefix (2, 4, 6 or 9 digits). */
export interface RegionRow {
  prefix: RegionPrefix
  name: string
}

export interface RegionTable {
  /** The name of a unit; null when the table has no such unit. Names are not keys: 城关镇 occurs 88 times (D-5). */
  nameOf(prefix: RegionPrefix): string | null
  /** The units directly below, in administrative order; empty for a township, whose villages the table does not hold. */
  childrenOf(prefix: RegionPrefix): RegionRow[]
  /** The names from the province down to the unit itself; a unit that stands for its own county is named once. */
  pathOf(prefix: RegionPrefix): string[]
  /** Every unit of a name. */
  named(name: string): RegionRow[]
  /** All units whose prefix has this many digits. */
  ofLength(length: 2 | 4 | 6 | 9): readonly RegionRow[]
}

export type TableRefusal = 'malformed-line' | 'repeated-code' | 'no-parent'

function rowsOf(text: string): Result<Map<RegionPrefix, string>, TableRefusal> {
  const names = new Map<RegionPrefix, string>()
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [prefix, name, more] = line.split('\t')
    if (!v.is(RegionPrefixSchema, prefix) || prefix.length > 9 || !name || more !== undefined)
      return refuse('malformed-line')
    if (names.has(prefix)) return refuse('repeated-code')
    names.set(prefix, name)
  }
  for (const prefix of names.keys()) {
    const parent = parentOf(prefix)
    if (parent !== null && !names.has(parent)) return refuse('no-parent')
  }
  return accept(names)
}

/**
 * Reads the national table: lines `code<TAB>name`, `#` for remarks.
 * @param text the whole of `seeds/regions/national.tsv`
 */
export function parseRegionTable(text: string): Result<RegionTable, TableRefusal> {
  const read = rowsOf(text)
  if (!read.ok) return read
  const names = read.value
  const below = new Map<RegionPrefix, RegionRow[]>()
  const rows = [...names]
    .map(([prefix, name]): RegionRow => ({ prefix, name }))
    .sort((a, b) => (a.prefix < b.prefix ? -1 : 1))
  for (const row of rows) {
    const parent = parentOf(row.prefix)
    if (parent !== null) below.set(parent, [...(below.get(parent) ?? []), row])
  }
  const pathOf = (prefix: RegionPrefix): string[] => {
    const parent = parentOf(prefix)
    const above = parent === null ? [] : pathOf(parent)
    const name = names.get(prefix)
    return name === undefined || name === above[above.length - 1] ? above : [...above, name]
  }
  return accept({
    nameOf: (prefix) => names.get(prefix) ?? null,
    childrenOf: (prefix) => below.get(prefix) ?? [],
    pathOf,
    named: (name) => rows.filter((row) => row.name === name),
    ofLength: (length) => rows.filter((row) => row.prefix.length === length),
  })
}
