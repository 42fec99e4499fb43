import type { Rights } from '#domain/access/grant.ts'
import { offlineRights } from '#domain/access/scope.ts'
import type { Id } from '#domain/id.ts'
import type { Lane } from '#domain/access/lane.ts'
import type { County, RegionCode } from '#domain/region/code.ts'
import { dayOf } from '#domain/time/day.ts'
import {
  LIMITS,
  type DigestLine,
  type ListLine,
  type PageLine,
  type Row,
  type RowsLine,
} from '#sync/protocol/wire.ts'
import type { AuditEvent } from '../../repositories/audit.ts'
import type {
  AnswerRow,
  Feed,
  FeedRow,
  PullScope,
  PullTables,
  SyncDatabase,
} from '../../repositories/sync/tables.ts'

export interface Puller {
  person: Id
  device: number
  rights: Rights
  /** Sees only its own work until a coordinator has confirmed it. */
  provisional: boolean
  requestId: string
}

const DAY_MS = 86_400_000

/** What a phone asks to fetch. */
export interface Wanted {
  max: number
  /** Ledger position by county up to which the phone has applied everything; 0 to begin. */
  s: Readonly<Record<County, number>>
  /** Villages to list, by county: their sums differ from what the phone holds. */
  fix?: Readonly<Record<County, readonly RegionCode[]>> | undefined
  /** Records to send as they are, by county. */
  want?: Readonly<Record<County, readonly (readonly [kind: string, id: Id])[]>> | undefined
  /** The phone keeps ops that were not accepted: it wants to know what the office says of them. */
  hasRefused?: boolean
}

export interface Pulled {
  /** The history that the snapshot belongs to. */
  epoch: string
  pages: PageLine[]
  digests: DigestLine[]
  lists: ListLine[]
  rows: RowsLine[]
  answers: AnswerRow[]
}

function rowOf(one: FeedRow): Row {
  const body = one.gone ? 'gone' : one.deleted ? 'deleted' : (one.body ?? {})
  const { kind, id, region, rv, sv, losses } = one
  const row = [kind, id, region, one.lane as Lane, rv, sv, body] as const
  return (losses.length > 0 ? [...row, losses] : [...row]) as Row
}

const bytesOf = (row: Row): number => Buffer.byteLength(JSON.stringify(row))

/** Cuts a feed to a page: at most `limit` rows and about 512 KiB, at least one row. */
function pageOf(county: County, from: number, limit: number, feed: Feed): PageLine {
  const rows: Row[] = []
  let bytes = 0
  for (const one of feed.rows) {
    const row = rowOf(one)
    bytes += bytesOf(row)
    if (rows.length > 0 && bytes > LIMITS.pageBytes) break
    rows.push(row)
  }
  const isPart = rows.length === limit || rows.length < feed.rows.length
  const last = feed.rows[rows.length - 1]?.seq ?? feed.head
  return { page: county, from, to: isPart ? last : feed.head, head: feed.head, floor: feed.floor, rows }
}

/** A phone that fetches what others recorded has read it, as far as the log is concerned: one row for each page. */
function readsOf(who: Puller, county: County, rows: readonly FeedRow[]): AuditEvent[] {
  const others = rows.some((one) => !one.gone && !one.deleted && one.recorder !== who.person)
  if (!others) return []
  const object = { kind: 'page', id: `${county}@${rows[0]?.seq}-${rows.at(-1)?.seq}` }
  return [
    {
      actor: who.person,
      device: who.device,
      role: 'phone',
      action: 'pull',
      object,
      region: county,
      requestId: who.requestId,
    },
  ]
}

/** The scope a phone keeps: what its person may see whole away from a desk. */
export const pullScopeOf = (who: Pick<Puller, 'rights' | 'provisional'>, now: number): PullScope => ({
  rights: who.provisional ? { ...who.rights, grants: [], records: [] } : offlineRights(who.rights),
  day: dayOf(now),
})

/** Sums of a county at a ledger position, of the same snapshot as the page that ends there. */
async function digestOf(tables: PullTables, county: County, at: number): Promise<DigestLine> {
  const sums = await tables.digest(county)
  const more = await tables.more(county)
  return {
    digest: county,
    at,
    v: sums.map((one) => [one.region, one.lane as Lane, one.n, one.x]),
    ...(more.length > 0 ? { more: more.map((one) => [one.kind, one.id, one.rv, one.region]) } : {}),
  }
}

async function listsOf(tables: PullTables, fix: NonNullable<Wanted['fix']>): Promise<ListLine[]> {
  const lines: ListLine[] = []
  for (const [county, villages] of Object.entries(fix)) {
    if (lines.length >= LIMITS.fixes) break
    const at = (await tables.feed(county, Number.MAX_SAFE_INTEGER, 1)).head
    for (const region of new Set(villages)) {
      if (lines.length >= LIMITS.fixes) break
      const kept = await tables.list(county, region)
      lines.push({ list: county, region, at, v: kept.map((one) => [one.kind, one.id, one.rv]) })
    }
  }
  return lines
}

async function rowsOf(
  tables: PullTables,
  who: Puller,
  want: NonNullable<Wanted['want']>,
  reads: AuditEvent[],
): Promise<RowsLine[]> {
  const lines: RowsLine[] = []
  for (const [county, keys] of Object.entries(want)) {
    const found = await tables.rows(
      county,
      keys.map(([kind, id]) => ({ kind, id })),
    )
    const at = (await tables.feed(county, Number.MAX_SAFE_INTEGER, 1)).head
    lines.push({ rows: county, at, v: found.map(rowOf) })
    reads.push(...readsOf(who, county, found))
  }
  return lines
}

/**
 * One page for each county asked for, of what this person's phone may keep (I-19, I-21), with the sums of a county whose page is the
 * last; lists of villages and single records on demand. One snapshot for all of it, the log written in the same transaction.
 */
export function pull(database: SyncDatabase, who: Puller, wanted: Wanted, now: number): Promise<Pulled> {
  const limit = Math.min(wanted.max, LIMITS.pageRows)
  return database.pull(pullScopeOf(who, now), async (tables) => {
    const reads: AuditEvent[] = []
    const since = new Date(now - LIMITS.tombstoneDays * DAY_MS)
    const pulled: Pulled = {
      epoch: await tables.epoch(),
      pages: [],
      digests: [],
      lists: [],
      rows: [],
      answers: [],
    }
    for (const [county, from] of Object.entries(wanted.s)) {
      const feed = await tables.feed(county, from, limit)
      const page = pageOf(county, from, limit, feed)
      pulled.pages.push(page)
      if (page.to === page.head) pulled.digests.push(await digestOf(tables, county, page.head))
      reads.push(...readsOf(who, county, feed.rows))
      if (wanted.hasRefused) pulled.answers.push(...(await tables.answers(county, since)))
    }
    pulled.lists.push(...(await listsOf(tables, wanted.fix ?? {})))
    pulled.rows.push(...(await rowsOf(tables, who, wanted.want ?? {}, reads)))
    await tables.audit(now, reads)
    return pulled
  })
}
