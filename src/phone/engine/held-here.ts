import type { Id } from '#domain/id.ts'
import { countyOf, type County, type RegionCode } from '#domain/region/code.ts'
import { idOf, keyOf, type RecRow } from '../database/rows.ts'
import type { Context } from '../notebook/context.ts'
import { baseOf, openAround } from './refold.ts'

/** Rows read at a time: a scope of any size never lies in memory whole. */
const AT_A_TIME = 1000

/** A record of the server's as this phone has it. */
export interface HeldRecord {
  kind: string
  id: Id
  rv: number
  /** The village the server has it in, whatever an edit here has moved. */
  village: RegionCode
}

/** What a look through all records found. */
export interface HeldHere {
  records: HeldRecord[]
  /** Records whose box does not open: whatever was in it is damaged. */
  damaged: HeldRecord[]
  /** Records on which no work lies, and which the ledgers that are followed here do not tell of: of another county, or never sent. */
  strays: HeldRecord[]
}

/** Lets whoever is in more of a hurry go first. */
const breath = (ctx: Context): Promise<void> => new Promise((go) => ctx.ports.idle(go))

async function looked(ctx: Context, row: RecRow, isBusy: boolean, into: HeldHere): Promise<void> {
  if (isBusy && row.rv <= 0) return
  const here: HeldRecord = { kind: row.kind, id: row.id, rv: row.rv, village: row.village }
  if (!isBusy) return void (row.rv > 0 ? into.records : into.strays).push(here)
  const stored = await openAround(ctx, { key: keyOf(row.kind, row.id), row, out: [], dead: [] })
  if (stored === null) {
    into.damaged.push(here)
    into.records.push(here)
    return
  }
  // Kept for the work on it alone; the server no longer counts it as ours.
  if (stored.gone) return
  into.records.push({ ...here, village: baseOf(stored)?.region ?? row.village })
}

/**
 * Every record of these counties that the server made known, with its version. Boxes are opened only where work of ours lies on a
 * record; of the rest the clear fields are enough.
 * @param followed counties whose ledgers are followed here
 */
export async function heldHere(
  ctx: Context,
  counties: ReadonlySet<County>,
  followed: ReadonlySet<County> = counties,
): Promise<HeldHere> {
  const found: HeldHere = { records: [], damaged: [], strays: [] }
  const keys = await ctx.tables.read(['out', 'dead'], async ({ out, dead }) => [
    ...(await out.distinct('key')),
    ...(await dead.distinct('key')),
  ])
  const busy = new Set(keys.map(idOf))
  for (let after: Id | undefined; ;) {
    const range = { ...(after === undefined ? {} : { after }), limit: AT_A_TIME }
    const rows = await ctx.tables.read(['rec'], ({ rec }) => rec.all(range))
    for (const row of rows) {
      const isBusy = row.pending > 0 || busy.has(row.id)
      const county = countyOf(row.village)
      if (isBusy || counties.has(county)) await looked(ctx, row, isBusy, found)
      else if (!followed.has(county))
        found.strays.push({ kind: row.kind, id: row.id, rv: row.rv, village: row.village })
    }
    if (rows.length < AT_A_TIME) break
    after = rows[rows.length - 1]?.id
    await breath(ctx)
  }
  found.records = found.records.filter((one) => counties.has(countyOf(one.village)))
  return found
}
