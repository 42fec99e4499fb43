import { sql, type SQL } from 'drizzle-orm'
import type { RegionPrefix } from '#domain/region/code.ts'
import type { ReadTx } from '../../database/database.ts'
import { inside } from './area.ts'

/** A record as its reader may see it, with its place's name and what it adds to the number it is listed for. */
export interface SeenRow {
  kind: string
  id: string
  region: string
  view: 'full' | 'skeleton'
  body: Record<string, unknown>
  on: string
  n: number
  /** Moment of arrival, epoch ms. */
  at: number
  place: string
}

export interface Listed {
  rows: SeenRow[]
  /** Of all pages: how many rows, and what they add up to. */
  count: number
  sum: number
}

/** Which rows of a list: pages count from 1. */
export interface Page {
  size: number
  number: number
}

interface Counted {
  kind: string
  /** The day on which it counts, as `YYYY-MM-DD` text. */
  day: SQL
  n: SQL
  /** Besides the day: whether it counts. Stocks need the last day of the period. */
  when: (to: string) => SQL
  /** Stocks are listed by who was there on the last day, whatever the day they came. */
  stock?: true
}

const ONE = sql`1`
const text = (path: SQL) => sql`(body ->> ${path})`
const ACCEPTED = text(sql`'acceptedOn'`)
const SETTLED = text(sql`'settledOn'`)
const ON = text(sql`'on'`)
const NOT_CANCELLED = sql`body ->> 'stage' IS DISTINCT FROM 'cancelled'`
const AGREED = sql`jsonb_typeof(body -> 'agreement') = 'object'`
const HELD = sql`(body -> 'cancelled') IS DISTINCT FROM 'true'::jsonb`
const ATTENDANCES = sql`(CASE WHEN jsonb_typeof(body -> 'attendances') = 'number' THEN (body ->> 'attendances')::bigint ELSE 0 END)`

const dispute = (day: SQL, when: SQL): Counted => ({
  kind: 'dispute',
  day,
  n: ONE,
  when: () => sql`${NOT_CANCELLED} AND ${when}`,
})
const session = (n: SQL, when: SQL): Counted => ({
  kind: 'outreach',
  day: ON,
  n,
  when: () => sql`${HELD} AND ${when}`,
})
const standing = (from: SQL, to: SQL, last: string) =>
  sql`(${from} <> '' AND ${from} <= ${last} AND (${to} IS NULL OR ${to} >= ${last}))`

const organisation = (sort: string): Counted => ({
  kind: 'register.organisation',
  day: sql`(body ->> 'from')`,
  n: ONE,
  stock: true,
  when: (last) =>
    sql`body ->> 'sort' = ${sort} AND ${standing(sql`(body ->> 'from')`, sql`(body ->> 'to')`, last)}`,
})
const appointed = (as: string): Counted => ({
  kind: 'register.person',
  n: ONE,
  stock: true,
  day: sql`(SELECT min(p ->> 'from') FROM jsonb_array_elements(body -> 'posts') p WHERE p ->> 'as' = ${as})`,
  when: (last) => sql`EXISTS (SELECT 1 FROM jsonb_array_elements(body -> 'posts') p
    WHERE p ->> 'as' = ${as} AND ${standing(sql`(p ->> 'from')`, sql`(p ->> 'to')`, last)})`,
})

/** The same conditions as `contributionsOf`, for a database: a property test on both databases holds them together (D-106). */
const COUNTED: Readonly<Record<string, Counted>> = {
  disputes: dispute(ACCEPTED, sql`true`),
  delegated: dispute(ACCEPTED, sql`body ->> 'source' IN ('S3', 'S4')`),
  settled: dispute(SETTLED, AGREED),
  failed: dispute(SETTLED, sql`body ->> 'stage' IN ('failed', 'closed') AND (${AGREED}) IS NOT TRUE`),
  confirmed: dispute(
    sql`(body -> 'confirmation' ->> 'on')`,
    sql`body -> 'confirmation' ->> 'status' = 'valid'`,
  ),
  outreach: session(ONE, sql`true`),
  attendances: session(ATTENDANCES, sql`${ATTENDANCES} > 0`),
  'attendances:estimated': session(
    ATTENDANCES,
    sql`${ATTENDANCES} > 0 AND body ->> 'countedHow' = 'estimated'`,
  ),
  services: { kind: 'service', day: ON, n: ONE, when: () => sql`true` },
  screenings: { kind: 'screening', day: ON, n: ONE, when: () => sql`true` },
  committees: organisation('committee'),
  studios: organisation('studio'),
  teams: organisation('team'),
  mediators: appointed('mediator'),
  understanders: appointed('understander'),
}

function countedFor(metric: string): Counted | null {
  const type = /^disputes:(D\d\d)$/.exec(metric)?.[1]
  return type === undefined ? (COUNTED[metric] ?? null) : dispute(ACCEPTED, sql`body ->> 'type' = ${type}`)
}

/** Whether there is a list behind a metric. */
export const isListed = (metric: string): boolean => countedFor(metric) !== null

const COLUMNS = sql`s.kind, s.id, s.region, s.view, s.body, (extract(epoch FROM s.received_at) * 1000)::bigint AS at, coalesce(r.name, s.region) AS place`

/** The day a record happened on, for rows that stand outside any number. */
const HAPPENED = sql`coalesce(body ->> 'acceptedOn', body ->> 'on', to_char(received_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD'))`

/** One page of what `counted` selects (kind, id, region, view, body, received_at, on_day, n), with the sums of all pages. */
async function pageOf(tx: ReadTx, counted: SQL, order: SQL, page: Page): Promise<Listed> {
  const { rows } = await tx.execute<SeenRow & { count: number; sum: number } & Record<string, unknown>>(sql`
    WITH counted AS (${counted}),
    total AS (SELECT count(*)::bigint AS count, coalesce(sum(n), 0)::bigint AS sum FROM counted),
    shown AS (SELECT * FROM counted ORDER BY ${order} LIMIT ${page.size} OFFSET ${(page.number - 1) * page.size})
    SELECT ${COLUMNS}, s.on_day AS on, s.n, t.count, t.sum
    FROM total t LEFT JOIN shown s ON true LEFT JOIN region r ON r.code = s.region
    ORDER BY ${order}`)
  const first = rows[0]
  return { rows: rows.filter((one) => one.id !== null), count: first?.count ?? 0, sum: first?.sum ?? 0 }
}

/** The records that a number counts and the caller may see, newest first; `days.from` null: everything up to `to`. */
export function listOf(
  tx: ReadTx,
  prefix: RegionPrefix,
  metric: string,
  days: { from: string | null; to: string },
  page: Page,
): Promise<Listed> {
  const counted = countedFor(metric)
  if (!counted) return Promise.resolve({ rows: [], count: 0, sum: 0 })
  const begin = days.from === null ? sql`` : sql`AND ${counted.day} >= ${days.from}`
  const end = counted.stock ? sql`` : sql`AND ${counted.day} <> '' AND ${counted.day} <= ${days.to}`
  const records = sql`
    SELECT kind, id, region, view, body, received_at, ${counted.day} AS on_day, ${counted.n}::bigint AS n
    FROM record_seen
    WHERE ${inside(prefix)} AND kind = ${counted.kind} AND NOT deleted AND ${counted.when(days.to)} ${begin} ${end}`
  return pageOf(tx, records, sql`on_day DESC, id`, page)
}

export type WaitingSort = 'escalated' | 'submitted' | 'leads'
const WAITING: Readonly<Record<WaitingSort, SQL>> = {
  escalated: sql`kind = 'dispute' AND body ->> 'stage' = 'escalated'`,
  submitted: sql`kind = 'dispute' AND body -> 'review' ->> 'state' = 'submitted'`,
  leads: sql`kind = 'lead' AND body ->> 'stage' = 'open'`,
}

/** The records that wait for the office, of one sort, oldest first. */
export function waitingRows(
  tx: ReadTx,
  prefix: RegionPrefix,
  sort: WaitingSort,
  page: Page,
): Promise<Listed> {
  const records = sql`
    SELECT kind, id, region, view, body, received_at, ${HAPPENED} AS on_day, 1::bigint AS n
    FROM record_seen WHERE ${inside(prefix)} AND NOT deleted AND ${WAITING[sort]}`
  return pageOf(tx, records, sql`on_day, id`, page)
}

/** The records that changed last in a region, newest first. */
export async function latestOf(tx: ReadTx, prefix: RegionPrefix, limit: number): Promise<SeenRow[]> {
  const { rows } = await tx.execute<SeenRow & Record<string, unknown>>(sql`
    SELECT ${COLUMNS}, s.on_day AS on, 1 AS n
    FROM (
      SELECT kind, id, region, view, body, received_at, seq, ${HAPPENED} AS on_day FROM record_seen
      WHERE ${inside(prefix)} AND kind IN ('dispute', 'outreach', 'service', 'screening', 'lead') AND NOT deleted
      ORDER BY received_at DESC, seq DESC LIMIT ${limit}
    ) s LEFT JOIN region r ON r.code = s.region
    ORDER BY s.received_at DESC, s.seq DESC`)
  return rows
}

/** One record of the regions a caller may see; null when there is none, or none for this caller. */
export async function oneOf(
  tx: ReadTx,
  prefix: RegionPrefix,
  kind: string,
  id: string,
): Promise<SeenRow | null> {
  const { rows } = await tx.execute<SeenRow & Record<string, unknown>>(sql`
    SELECT ${COLUMNS}, s.on_day AS on, 1 AS n
    FROM (
      SELECT kind, id, region, view, body, received_at, ${HAPPENED} AS on_day FROM record_seen
      WHERE ${inside(prefix)} AND kind = ${kind} AND id = ${id}::uuid AND NOT deleted
    ) s LEFT JOIN region r ON r.code = s.region`)
  return rows[0] ?? null
}
