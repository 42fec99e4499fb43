import { contributionsOf } from '#domain/metric/contribution.ts'
import type { Body } from '#domain/record/kind.ts'
import { addDays } from '#domain/time/day.ts'
import type { OwnCount } from '../care.ts'
import type { RecRow } from '../database/rows.ts'
import { openStored, type Standing } from '../record/stored.ts'
import type { Context } from './context.ts'

/** Records opened at a time: a phone's memory is small. */
const SLICE = 200

type Sums = Map<string, number>

/** What a record in one standing adds to each number of a year; nothing when somebody else wrote it down. */
function sharesOf(kind: string, standing: Standing | null, person: string, year: string): Sums {
  const sums: Sums = new Map()
  const body: Body | null = standing === null || standing.deleted ? null : standing.body
  if (body === null || body['recordedBy'] !== person) return sums
  for (const { metric, day, n } of contributionsOf(kind, body, (one) => addDays(one, 1)))
    if (day.startsWith(year)) sums.set(metric, (sums.get(metric) ?? 0) + n)
  return sums
}

async function addRecord(
  ctx: Context,
  row: RecRow,
  year: string,
  into: Map<string, OwnCount>,
): Promise<void> {
  // A damaged box is repaired by the comparison with the server; until then it counts nowhere.
  const stored = await openStored(ctx.sealer, row).catch(() => null)
  if (!stored) return
  const person = ctx.me?.person ?? ''
  const has = sharesOf(row.kind, stored.base === undefined ? stored.now : stored.base, person, year)
  const shown = sharesOf(row.kind, stored.now, person, year)
  // What the server has not taken waits, unless it said no and nothing else is on its way.
  const open = stored.refused > 0 && (row.pending === 0 || stored.base === null) ? 'notAccepted' : 'waiting'
  for (const metric of new Set([...has.keys(), ...shown.keys()])) {
    const count = into.get(metric) ?? { metric, confirmed: 0, waiting: 0, notAccepted: 0 }
    const confirmed = has.get(metric) ?? 0
    count.confirmed += confirmed
    count[open] += (shown.get(metric) ?? 0) - confirmed
    into.set(metric, count)
  }
}

/**
 * The numbers of one's own work in a year, told apart and never added: what the server has of it (the same as the server counts at this
 * phone's cursor, I-40), what waits, and what was not accepted. Opens every record, a few at a time.
 * @param year four digits, of the days on which things happened
 */
export async function ownCounts(ctx: Context, year: string): Promise<OwnCount[]> {
  const counts = new Map<string, OwnCount>()
  const ids = await ctx.tables.read(['rec'], ({ rec }) => rec.keys())
  for (let at = 0; at < ids.length; at += SLICE) {
    const rows = await ctx.tables.read(['rec'], ({ rec }) => rec.getMany(ids.slice(at, at + SLICE)))
    for (const row of rows) if (row) await addRecord(ctx, row, year, counts)
  }
  return [...counts.values()].sort((a, b) => (a.metric < b.metric ? -1 : 1))
}
