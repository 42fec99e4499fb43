import { countyOf, type County } from '#domain/region/code.ts'
import type { Wanted } from '#sync/engine/ports.ts'
import { keyOf, idOf, kindOf, type MetaRow, type RecRow } from '../database/rows.ts'
import type { ReadTable } from '../database/tables.ts'
import type { Context } from '../notebook/context.ts'

const PREFIX = 'damaged/'
const RANGE = { from: PREFIX, to: `${PREFIX}\uffff` }

const nameOf = (county: County, key: string): string => `${PREFIX}${county}/${key}`

/**
 * Notes that a record's box does not open, so that the server sends the record again (I-36). Whoever reads may say so, runner or not:
 * each record has a row of its own.
 */
export async function noteDamaged(
  ctx: Pick<Context, 'tables' | 'notes'>,
  row: Pick<RecRow, 'kind' | 'id' | 'village'>,
): Promise<void> {
  const name = nameOf(countyOf(row.village), keyOf(row.kind, row.id))
  const isNew = await ctx.tables.write(['meta'], 'relaxed', async ({ meta }) => {
    if (await meta.get(name)) return false
    await meta.put({ name, value: 1 })
    return true
  })
  if (isNew) ctx.notes.tell({ decided: true })
}

/** The rows of `meta` in which that is noted. */
export const damagedIn = (meta: ReadTable<'meta'>): Promise<MetaRow[]> => meta.all(RANGE)

/** Records to be sent again because nobody can read them here. */
export function damagedHere(rows: readonly MetaRow[]): Wanted {
  const wanted: Wanted = {}
  for (const { name } of rows) {
    const county = name.slice(PREFIX.length, PREFIX.length + 6)
    const key = name.slice(PREFIX.length + 7)
    wanted[county] = [...(wanted[county] ?? []), [kindOf(key), idOf(key)]]
  }
  return wanted
}

/** These have been sent again, or are not ours to keep. */
export async function mended(
  ctx: Pick<Context, 'tables'>,
  county: County,
  records: Wanted[County],
): Promise<void> {
  const names = records.map(([kind, id]) => nameOf(county, keyOf(kind, id)))
  await ctx.tables.write(['meta'], 'relaxed', ({ meta }) => meta.deleteMany(names))
}
