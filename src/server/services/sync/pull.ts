import type { Rights } from '#domain/access/grant.ts'
import { offlineRights } from '#domain/access/scope.ts'
import type { Id } from '#domain/id.ts'
import type { Lane } from '#domain/access/lane.ts'
import type { County } from '#domain/region/code.ts'
import { dayOf } from '#domain/time/day.ts'
import { LIMITS, type PageLine, type Row } from '#sync/protocol/wire.ts'
import type { Database } from '../../database/database.ts'
import { retrying } from '../../database/failures.ts'
import { readSettings } from '../../database/read-settings.ts'
import { feedOf, type Feed, type FeedRow } from '../../repositories/sync/feed.ts'
import { record as audit, type AuditEvent } from '../audit.ts'

export interface Puller {
  person: Id
  device: number
  rights: Rights
  /** Sees only its own work until a coordinator has confirmed it. */
  provisional: boolean
  requestId: string
}

function rowOf(one: FeedRow): Row {
  const body = one.gone ? 'gone' : one.deleted ? 'deleted' : (one.body ?? {})
  return [one.kind, one.id, one.region, one.lane as Lane, one.rv, one.sv, body]
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
function readsOf(who: Puller, county: County, feed: Feed): AuditEvent[] {
  const others = feed.rows.some((one) => !one.gone && !one.deleted && one.recorder !== who.person)
  if (!others) return []
  const object = { kind: 'page', id: `${county}@${feed.rows[0]?.seq}-${feed.rows.at(-1)?.seq}` }
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
function scopeSettings(who: Puller, now: number) {
  const rights = who.provisional ? { ...who.rights, grants: [], records: [] } : offlineRights(who.rights)
  return readSettings(rights, dayOf(now))
}

/**
 * One page for each county asked for, of what this person's phone may keep (I-19, I-21), the log written in the same transaction.
 * @param cursors ledger position by county up to which the phone has applied everything; 0 to begin
 */
export function pull(
  database: Database,
  who: Puller,
  cursors: Readonly<Record<County, number>>,
  max: number,
  now: number,
): Promise<PageLine[]> {
  const limit = Math.min(max, LIMITS.pageRows)
  return retrying(() =>
    database.as('app', scopeSettings(who, now), async (tx) => {
      const pages: PageLine[] = []
      const reads: AuditEvent[] = []
      for (const [county, from] of Object.entries(cursors)) {
        const feed = await feedOf(tx, county, from, limit)
        pages.push(pageOf(county, from, limit, feed))
        reads.push(...readsOf(who, county, feed))
      }
      await audit(tx, now, ...reads)
      return pages
    }),
  )
}
