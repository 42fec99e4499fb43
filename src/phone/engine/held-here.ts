import type { Id } from '#domain/id.ts'
import { countyOf, type County, type RegionCode } from '#domain/region/code.ts'
import { idOf, keyOf, type RecRow } from '../database/rows.ts'
import type { ReadTables } from '../database/tables.ts'
import type { Context } from '../notebook/context.ts'
import { baseOf, openAround } from './refold.ts'

/** Rows read at a time: a scope of any size never lies in memory whole, and a slow phone looks at as many while a touch waits. */
const AT_A_TIME = 250

/**
 * A record of the server's as this phone has it. damaged: its box does not open; stray: no work lies on it and the ledgers that are
 * followed here do not tell of it, being of another county or never sent.
 */
export interface Held {
  kind: string
  id: Id
  rv: number
  /** The village the server has it in, whatever an edit here has moved. */
  village: RegionCode
  is: 'whole' | 'damaged' | 'stray'
}

/** Which records are looked for. */
export interface Asked {
  counties: ReadonlySet<County>
  /** Counties whose ledgers are followed here. */
  followed: ReadonlySet<County>
}

/** Lets whoever is in more of a hurry go first. */
const breath = ({ ports }: Context): Promise<void> => ports.breathe?.() ?? new Promise((go) => ports.idle(go))

/** What a row comes to; null: nothing the server could know of, or of a county nobody asked for. */
async function looked(
  ctx: Context,
  row: RecRow,
  isBusy: boolean,
  { counties, followed }: Asked,
): Promise<Held | null> {
  const held = (is: Held['is'], village = row.village): Held => ({
    kind: row.kind,
    id: row.id,
    rv: row.rv,
    village,
    is,
  })
  if (isBusy) {
    if (row.rv <= 0) return null
    const stored = await openAround(ctx, { key: keyOf(row.kind, row.id), row, out: [], dead: [] })
    const village = stored === null ? row.village : (baseOf(stored)?.region ?? row.village)
    // Kept for the work on it alone; the server no longer counts it as ours.
    if (stored?.gone || !counties.has(countyOf(village))) return null
    return held(stored === null ? 'damaged' : 'whole', village)
  }
  const county = countyOf(row.village)
  if (counties.has(county)) return held(row.rv > 0 ? 'whole' : 'stray')
  return followed.has(county) ? null : held('stray')
}

/** Records on which work of ours lies. */
async function busyIn({ out, dead }: ReadTables<'out' | 'dead'>): Promise<Set<Id>> {
  const keys = await Promise.all([out.distinct('key'), dead.distinct('key')])
  return new Set(keys.flat().map(idOf))
}

async function take(
  ctx: Context,
  rows: readonly (RecRow | undefined)[],
  busy: ReadonlySet<Id>,
  asked: Asked,
): Promise<Held[]> {
  const found: Held[] = []
  for (const row of rows) {
    if (!row) continue
    const held = await looked(ctx, row, row.pending > 0 || busy.has(row.id), asked)
    if (held) found.push(held)
  }
  return found
}

/** What a look found, of the records it was for. busy: those on which work of ours lies. */
export interface Looked {
  ids: readonly Id[]
  held: Held[]
  busy: ReadonlySet<Id>
}

/** What is held of these records and of those on which work of ours lies; of one that is not there, nothing. */
export async function lookedAt(ctx: Context, some: ReadonlySet<Id>, asked: Asked): Promise<Looked> {
  const [ids, rows, busy] = await ctx.tables.read(['rec', 'out', 'dead'], async (tables) => {
    const working = await busyIn(tables)
    const all = [...new Set([...some, ...working])]
    return [all, await tables.rec.getMany(all), working] as const
  })
  return { ids, held: await take(ctx, rows, busy, asked), busy }
}

/**
 * Goes through every record of these counties that the server made known, with its version. Boxes are opened only where work of ours
 * lies on a record; of the rest the clear fields are enough.
 * @returns the records on which work of ours lies
 */
export async function heldHere(
  ctx: Context,
  asked: Asked,
  see: (held: Held) => void,
): Promise<ReadonlySet<Id>> {
  const busy = await ctx.tables.read(['out', 'dead'], busyIn)
  for (let after: Id | undefined; ;) {
    const range = { ...(after === undefined ? {} : { after }), limit: AT_A_TIME }
    const rows = await ctx.tables.read(['rec'], ({ rec }) => rec.all(range))
    for (const held of await take(ctx, rows, busy, asked)) see(held)
    if (rows.length < AT_A_TIME) return busy
    after = rows[rows.length - 1]?.id
    await breath(ctx)
  }
}
