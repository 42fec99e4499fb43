import type { County } from '#domain/region/code.ts'
import * as v from 'valibot'
import { FieldKeySchema, type FieldKey } from '#domain/privacy/id-number.ts'
import { dayOf } from '#domain/time/day.ts'
import { NotOurs } from '#sync/engine/answer-lines.ts'
import { medianOffset, withSample } from '#sync/engine/clock-offset.ts'
import { LIMITS, type HelloLine } from '#sync/protocol/wire.ts'
import { META, type MetaRow, type OutRow } from '../database/rows.ts'
import type { WriteTables } from '../database/tables.ts'
import { metaBox, type Context, type SyncFacts } from '../notebook/context.ts'
import { agreedBox, agreedFrom, withCounty, type Agreed } from './agreement.ts'
import { cursorsIn } from './counties.ts'
import { checkFence } from './lease.ts'
import { contactRow } from '../vault/contact.ts'
import { applyOfficeWords } from './office-words.ts'
import { letGo, mayHaveGained, type ScopeChange } from './scope-change.ts'

const DAY_MS = 86_400_000

/** What the first line of an answer brings. */
interface News {
  sync: SyncFacts
  /** Another history than the one this phone knew. */
  isOther: boolean
  /** Ops that stood aside are offered again. */
  retries: boolean
  /** Rights may have grown. */
  hasGained: boolean
}

/** Ops that stood aside get another chance with another server, and once a day: what was in their way need not be there any more. */
function retriesNow({ retried }: SyncFacts, server: string, now: number): boolean {
  if (!retried) return false
  return (server !== '' && server !== retried.server) || Math.abs(now - retried.at) >= DAY_MS
}

/** The key that identity numbers are sealed to; the one that is known stays where none is named. */
function fieldKeyIn({ keys = [] }: HelloLine, known: SyncFacts): Pick<SyncFacts, 'fieldKey'> {
  const fieldKey = keys.find((one) => v.is(FieldKeySchema, one)) ?? known.fieldKey
  return fieldKey === undefined ? {} : { fieldKey: fieldKey as FieldKey }
}

function newsOf(
  ctx: Context,
  line: HelloLine,
  clock: { offset: number; at: number },
  hasGained: boolean,
): News {
  const known = ctx.sync
  const offsets = withSample(known.offsets, clock.offset)
  const server = line.server ?? known.retried?.server ?? ''
  // By the server's clock: one that is set back here would put the next chance off by as much.
  const retries = retriesNow(known, server, line.now)
  const proof = line.proof ?? known.proof
  return {
    sync: {
      ...known,
      epoch: line.epoch,
      // Without `me` the server has nothing new to say about rights, whatever number it names.
      scopeRev: line.me ? line.scopeRev : known.scopeRev,
      offsets,
      offset: medianOffset(offsets),
      ringSafe: line.ringSafe,
      retried: !known.retried || retries ? { at: line.now, server } : known.retried,
      ...(proof === undefined ? {} : { proof }),
      ...fieldKeyIn(line, known),
    },
    isOther: known.epoch !== null && known.epoch !== line.epoch,
    retries,
    hasGained,
  }
}

/** What is known of the counties after it: nothing is sure in another history, and rights that grew show more than was sent. */
function agreedIn(agreed: Agreed, counties: readonly County[], news: News): Agreed {
  const change = {
    state: 'unknown' as const,
    retryAt: 0,
    rounds: 0,
    last: '',
    ...(news.isOther ? { authoritative: true, fix: [], want: [] } : {}),
    ...(news.hasGained ? { owed: true } : {}),
  }
  return counties.reduce((all, county) => withCounty(all, county, change), agreed)
}

/** The row that says so; none where what is known holds. */
async function doubtedBy(ctx: Context, news: News, me: Context['me']): Promise<MetaRow[]> {
  if (!news.isOther && !news.hasGained) return []
  const [cur, agreed] = await ctx.tables.read(['cur', 'meta'], (tables) =>
    Promise.all([tables.cur.all(), tables.meta.get(META.agreed)]),
  )
  const after = agreedIn(await agreedFrom(ctx, agreed), Object.keys(cursorsIn(cur, me)), news)
  return [await agreedBox(ctx, after)]
}

type Touched = WriteTables<'out' | 'ring'>

/** The ring rule: old enough, held by a verified backup, and nothing that has still to be offered again. */
async function pruneRing(tables: Touched, line: HelloLine): Promise<void> {
  const end = Math.min(line.now - LIMITS.ringDays * DAY_MS, line.ringSafe)
  const old = end > 0 ? await tables.ring.by('ackedAt', { below: end }) : []
  await tables.ring.deleteMany(old.filter((row) => row.again !== 1).map((row) => row.n))
}

const STANDING: readonly OutRow['state'][] = ['held', 'later', 'blocked']

async function offerAgain(tables: Touched, news: News): Promise<void> {
  // Every op the lost history took is offered again; receipts make that free of effect where nothing was lost (I-33, L-19).
  if (news.isOther)
    await tables.ring.putMany((await tables.ring.all()).map((row) => ({ ...row, again: 1 as const })))
  if (!news.retries && !news.isOther) return
  const aside = (await tables.out.all()).filter((row) => STANDING.includes(row.state))
  await tables.out.putMany(aside.map((row) => ({ ...row, state: 'ready' as const })))
}

/**
 * Applies the first line of an answer: the clock, the server's history, the ring rule, and, when rights changed, who this is and
 * what may still be kept (I-22). The ledgers of another history are walked from their beginnings: before anybody noticed, it may have
 * given out again places and versions that this phone knows from the lost one, which no cursor and no digest tells apart (I-35).
 * @param clock offset: one reading of (server − wall), ms; at: wall time of hearing
 * @returns whether there is more to fetch than this answer brings
 */
export async function applyHello(
  ctx: Context,
  line: HelloLine,
  clock: { offset: number; at: number },
  fence: number | null,
): Promise<boolean> {
  const { me } = line
  // Somebody else's answer, kept by a cache on a phone that two people use (I-30).
  if (me && ctx.me && me.person !== ctx.me.person) throw new NotOurs()
  const change: ScopeChange | null = ctx.me && {
    before: ctx.me,
    since: dayOf((ctx.sync.lastAt ?? clock.at) + ctx.sync.offset),
    after: me ?? ctx.me,
    today: dayOf(line.now),
  }
  // First what may no longer be kept, then who this is: whoever dies in between finds the same change again.
  const gone = change ? await letGo(ctx, change, fence) : []
  const news = newsOf(ctx, line, clock, change !== null && mayHaveGained(change, me !== undefined))
  const rows = [
    await metaBox(ctx, META.sync, news.sync),
    ...(me ? [await metaBox(ctx, META.me, me)] : []),
    ...(await doubtedBy(ctx, news, me ?? ctx.me)),
  ]
  await ctx.tables.write(['meta', 'out', 'ring', 'cur'], 'strict', async (tables) => {
    await checkFence(tables, fence)
    await tables.meta.putMany(rows)
    if (news.isOther) await tables.cur.putMany((await tables.cur.all()).map((row) => ({ ...row, cursor: 0 })))
    await offerAgain(tables, news)
    await pruneRing(tables, line)
  })
  ctx.sync = news.sync
  if (me) ctx.me = me
  const answered = await applyOfficeWords(ctx, line, fence)
  const queue = news.retries || answered.length > 0
  if (line.directives && line.directives.length > 0) ctx.notes.tell({ orders: line.directives })
  ctx.notes.tell({ me: me !== undefined, keys: [...gone, ...answered], sync: true, queue })
  return news.isOther || news.hasGained
}

/**
 * Notes that a whole answer was applied, for whoever asks when it last worked.
 * @param agreed what a comparison says of it; null: nothing was compared
 */
export async function applyWhole(
  ctx: Context,
  at: number,
  agreed: Agreed | null,
  fence: number | null,
): Promise<void> {
  const sync: SyncFacts = { ...ctx.sync, lastAt: at }
  const rows = [await metaBox(ctx, META.sync, sync), contactRow(at)]
  if (agreed) rows.push(await agreedBox(ctx, agreed))
  await ctx.tables.write(['meta'], 'relaxed', async (tables) => {
    await checkFence(tables, fence)
    await tables.meta.putMany(rows)
  })
  ctx.sync = sync
  ctx.notes.tell({ sync: true })
}
