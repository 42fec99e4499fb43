import { isValidOn, viewOf, type Grant } from '#domain/access/grant.ts'
import { offlineRights } from '#domain/access/scope.ts'
import type { Id } from '#domain/id.ts'
import type { Lane } from '#domain/access/lane.ts'
import { isWithOffice, laneOf } from '#domain/record/kind.ts'
import { dayOf } from '#domain/time/day.ts'
import { canonical } from '#sync/protocol/canonical.ts'
import { LIMITS, type HelloLine, type Me } from '#sync/protocol/wire.ts'
import { medianOffset, withSample } from '#sync/engine/clock-offset.ts'
import { evict } from '../database/evict.ts'
import { keyOf, META, type RecRow } from '../database/rows.ts'
import { metaBox, type Context, type SyncFacts } from '../notebook/context.ts'
import { openStored } from '../record/stored.ts'
import { checkFence } from './lease.ts'

const DAY_MS = 86_400_000

/** The grants that hold on a day and did not hold, word for word, before. */
const without = (a: readonly Grant[], b: readonly Grant[]): Grant[] =>
  a.filter((one) => !b.some((other) => canonical(one) === canonical(other)))

const holding = (me: Me, day: string): Grant[] => me.grants.filter((one) => isValidOn(one, day))

/** Whether these grants, and nothing else, show a record whole on a phone. */
async function isShown(ctx: Context, row: RecRow, me: Me, day: string): Promise<boolean> {
  const stored = await openStored(ctx.sealer, row)
  const { body, region } = stored.now
  const recorder = typeof body['recordedBy'] === 'string' ? body['recordedBy'] : null
  const lane = (stored.lane ?? laneOf(row.kind, body)) as Lane
  const placed = { id: row.id, region, lane, recorder, office: isWithOffice(row.kind, body) }
  return viewOf(offlineRights({ person: me.person, grants: me.grants, records: [] }), placed, day) === 'full'
}

/** Who this was, when it was last looked at, and who it is now. */
interface Change {
  before: Me
  since: string
  after: Me
  today: string
}

/**
 * Records that the old grants showed and the new ones do not; a grant may also have ended since the last look. Records seen by a
 * grant of their own were never covered by the grants named here and stay until the server says they are gone.
 */
async function outOfScope(ctx: Context, { before, since, after, today }: Change): Promise<Id[]> {
  if (without(holding(before, since), holding(after, today)).length === 0) return []
  const ids: Id[] = []
  for (const row of await ctx.tables.read(['rec'], ({ rec }) => rec.all())) {
    if ((await isShown(ctx, row, before, since)) && !(await isShown(ctx, row, after, today))) ids.push(row.id)
  }
  return ids
}

/** Whether something may be seen now that lies behind the cursors, where it was never sent. */
const mayHaveGained = ({ before, since, after, today }: Change, isNew: boolean): boolean =>
  // A grant of single records is not named in `me`; the server's new revision is all that tells of it.
  isNew || without(holding(after, today), holding(before, since)).length > 0

/**
 * Applies the first line of an answer: the clock, the server's history, the ring rule, and, when rights changed, who this is and
 * what may still be kept (I-22).
 * @param clock offset: one reading of (server − wall), ms; at: wall time of hearing
 * @returns whether rights were gained
 */
export async function applyHello(
  ctx: Context,
  line: HelloLine,
  clock: { offset: number; at: number },
  fence: number | null,
): Promise<boolean> {
  const offsets = withSample(ctx.sync.offsets, clock.offset)
  const sync: SyncFacts = {
    epoch: line.epoch,
    // Without `me` the server has nothing new to say about rights, whatever number it names.
    scopeRev: line.me ? line.scopeRev : ctx.sync.scopeRev,
    offsets,
    offset: medianOffset(offsets),
    lastAt: ctx.sync.lastAt,
  }
  const { me } = line
  const rows = [await metaBox(ctx, META.sync, sync), ...(me ? [await metaBox(ctx, META.me, me)] : [])]
  const change = ctx.me && {
    before: ctx.me,
    since: dayOf((ctx.sync.lastAt ?? clock.at) + ctx.sync.offset),
    after: me ?? ctx.me,
    today: dayOf(line.now),
  }
  const leaving = change ? await outOfScope(ctx, change) : []
  const isOtherHistory = ctx.sync.epoch !== null && ctx.sync.epoch !== line.epoch
  const again = isOtherHistory || (change !== null && mayHaveGained(change, me !== undefined))
  const ringEnd = Math.min(line.now - LIMITS.ringDays * DAY_MS, line.ringSafe)
  const stores = ['meta', 'rec', 'out', 'dead', 'cur', 'ring'] as const
  const kinds = await ctx.tables.write(stores, 'strict', async (tables) => {
    await checkFence(tables, fence)
    await tables.meta.putMany(rows)
    const gone = (await tables.rec.getMany(leaving)).filter((one): one is RecRow => one !== undefined)
    await evict(tables, leaving)
    // Versions of a lost history say nothing about this one: whatever comes now is newer (I-16 holds within an epoch).
    if (isOtherHistory) await tables.rec.putMany((await tables.rec.all()).map((row) => ({ ...row, rv: 0 })))
    if (again) await tables.cur.putMany((await tables.cur.all()).map((row) => ({ ...row, cursor: 0 })))
    // The ring rule: old enough, and held by a verified backup.
    const old = ringEnd > 0 ? await tables.ring.by('ackedAt', { below: ringEnd }) : []
    await tables.ring.deleteMany(old.map((one) => one.n))
    return gone
  })
  ctx.sync = sync
  if (me) ctx.me = me
  ctx.notes.tell({ me: me !== undefined, keys: kinds.map((one) => keyOf(one.kind, one.id)), sync: true })
  return again
}

/** Notes that a whole answer was applied, for whoever asks when it last worked. */
export async function applyWhole(ctx: Context, at: number, fence: number | null): Promise<void> {
  const sync: SyncFacts = { ...ctx.sync, lastAt: at }
  const row = await metaBox(ctx, META.sync, sync)
  await ctx.tables.write(['meta'], 'relaxed', async (tables) => {
    await checkFence(tables, fence)
    await tables.meta.put(row)
  })
  ctx.sync = sync
  ctx.notes.tell({ sync: true })
}
