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
  /** Rows of a page. */
  max: number
  /** Pages of a county in this answer; absent: one. */
  pages?: number | undefined
  /** Ledger position by county up to which the phone has applied everything; 0 to begin. */
  s: Readonly<Record<County, number>>
  /** Villages to list, by county: their sums differ from what the phone holds. */
  fix?: Readonly<Record<County, readonly RegionCode[]>> | undefined
  /** Records to send as they are, by county. */
  want?: Readonly<Record<County, readonly (readonly [kind: string, id: Id])[]>> | undefined
  /** The phone keeps ops that were not accepted: it wants to know what the office says of them. */
  hasRefused?: boolean
}

const mostPages = (wanted: Wanted): number => Math.min(wanted.pages ?? 1, LIMITS.pages)

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
  // Of what is no more, nobody is told what else somebody once typed.
  return (losses.length > 0 && typeof body === 'object' ? [...row, losses] : [...row]) as Row
}

const bytesOf = (row: Row): number => Buffer.byteLength(JSON.stringify(row))

/** Bytes of all pages of a county in one answer: what a slow line brings before a phone loses patience. */
const ANSWER_BYTES = 2 * 1024 * 1024

/**
 * Cuts a feed to pages that follow one another: each at most `max` rows and about 512 KiB, at least one row, and always one page. What
 * no page has room for is left for the next request.
 * @param limit rows that were asked of the ledger; so many may mean that there are more
 */
function pagesOf(county: County, wanted: Wanted, limit: number, feed: Feed): PageLine[] {
  const from = wanted.s[county] ?? 0
  const pages: PageLine[] = []
  const { head, floor } = feed
  let left = feed.rows.map((one) => ({ seq: one.seq, row: rowOf(one) }))
  let total = 0
  do {
    let bytes = 0
    let count = 0
    for (const { row } of left.slice(0, wanted.max)) {
      const size = bytesOf(row)
      if (count > 0 && bytes + size > LIMITS.pageBytes) break
      bytes += size
      count++
    }
    total += bytes
    if (pages.length > 0 && total > ANSWER_BYTES) return pages
    const isPart = count < left.length || feed.rows.length === limit
    const to = isPart ? (left[count - 1]?.seq ?? head) : head
    const rows = left.slice(0, count).map((one) => one.row)
    pages.push({ page: county, from: pages.at(-1)?.to ?? from, to, head, floor, rows })
    left = left.slice(count)
  } while (left.length > 0 && pages.length < mostPages(wanted))
  return pages
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
 * A page, or as many as were asked for, of each county, of what this person's phone may keep (I-19, I-21), with the sums of a county
 * whose last page is there; lists of villages and single records on demand. One snapshot for all of it, the log written in the same
 * transaction.
 */
export function pull(database: SyncDatabase, who: Puller, asked: Wanted, now: number): Promise<Pulled> {
  const wanted = { ...asked, max: Math.min(asked.max, LIMITS.pageRows) }
  const limit = wanted.max * mostPages(wanted)
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
      const pages = pagesOf(county, wanted, limit, feed)
      pulled.pages.push(...pages)
      if (pages.at(-1)?.to === feed.head) pulled.digests.push(await digestOf(tables, county, feed.head))
      const sent = pages.reduce((sum, one) => sum + one.rows.length, 0)
      reads.push(...readsOf(who, county, feed.rows.slice(0, sent)))
      if (wanted.hasRefused) pulled.answers.push(...(await tables.answers(county, since)))
    }
    pulled.lists.push(...(await listsOf(tables, wanted.fix ?? {})))
    pulled.rows.push(...(await rowsOf(tables, who, wanted.want ?? {}, reads)))
    await tables.audit(now, reads)
    return pulled
  })
}
