import { isValidOn, viewOf, type Grant } from '#domain/access/grant.ts'
import type { Lane } from '#domain/access/lane.ts'
import { offlineRights } from '#domain/access/scope.ts'
import type { Id } from '#domain/id.ts'
import { isWithOffice, laneOf } from '#domain/record/kind.ts'
import { canonical } from '#sync/protocol/canonical.ts'
import type { Me } from '#sync/protocol/wire.ts'
import { evict } from '../database/evict.ts'
import { keyOf, type RecRow } from '../database/rows.ts'
import type { Context } from '../notebook/context.ts'
import { checkFence } from './lease.ts'
import { openAround } from './refold.ts'

/** Records looked at and let go in one transaction. */
const AT_A_TIME = 500

/** Who this was, when it was last looked at, and who it is now. */
export interface ScopeChange {
  before: Me
  since: string
  after: Me
  today: string
}

/** The grants that hold on a day and did not hold, word for word, before. */
const without = (a: readonly Grant[], b: readonly Grant[]): Grant[] =>
  a.filter((one) => !b.some((other) => canonical(one) === canonical(other)))

const holding = (me: Me, day: string): Grant[] => me.grants.filter((one) => isValidOn(one, day))

/** Whether these grants, and nothing else, show a record whole on a phone. */
async function isShown(ctx: Context, row: RecRow, me: Me, day: string): Promise<boolean> {
  const stored = await openAround(ctx, { key: keyOf(row.kind, row.id), row, out: [], dead: [] })
  // What nobody can read is compared and brought again, or goes, with the next whole answer.
  if (!stored) return false
  const { body, region } = stored.now
  const recorder = typeof body['recordedBy'] === 'string' ? body['recordedBy'] : null
  const lane = (stored.lane ?? laneOf(row.kind, body)) as Lane
  const placed = { id: row.id, region, lane, recorder, office: isWithOffice(row.kind, body) }
  return viewOf(offlineRights({ person: me.person, grants: me.grants, records: [] }), placed, day) === 'full'
}

/**
 * Lets go, piece by piece, of records that the old grants showed and the new ones do not; a grant may also have ended since the last
 * look. Work on a record keeps it (I-22). Records seen by a grant of their own were never covered by the grants named here and stay
 * until the server says they are gone.
 * @returns keys of the records that went
 */
export async function letGo(ctx: Context, change: ScopeChange, fence: number | null): Promise<string[]> {
  const { before, since, after, today } = change
  if (without(holding(before, since), holding(after, today)).length === 0) return []
  const gone: string[] = []
  for (let last: Id | undefined; ;) {
    const range = { ...(last === undefined ? {} : { after: last }), limit: AT_A_TIME }
    const rows = await ctx.tables.read(['rec'], ({ rec }) => rec.all(range))
    const leaving: RecRow[] = []
    for (const row of rows)
      if ((await isShown(ctx, row, before, since)) && !(await isShown(ctx, row, after, today)))
        leaving.push(row)
    if (leaving.length > 0)
      await ctx.tables.write(['rec', 'out', 'dead', 'meta'], 'strict', async (tables) => {
        await checkFence(tables, fence)
        await evict(
          tables,
          leaving.map((row) => row.id),
        )
      })
    gone.push(...leaving.map((row) => keyOf(row.kind, row.id)))
    if (rows.length < AT_A_TIME) return gone
    last = rows[rows.length - 1]?.id
  }
}

/** Whether something may be seen now that lies behind the cursors, where it was never sent. */
export const mayHaveGained = ({ before, since, after, today }: ScopeChange, isNew: boolean): boolean =>
  // A grant of single records is not named in `me`; the server's new revision is all that tells of it.
  isNew || without(holding(after, today), holding(before, since)).length > 0
