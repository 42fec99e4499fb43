import type { Rights } from '#domain/access/grant.ts'
import type { DeskList, DeskRecord, Latest, Overview } from '#domain/desk/overview.ts'
import type { Period } from '#domain/desk/period.ts'
import type { Id } from '#domain/id.ts'
import { dayOf, type Day } from '#domain/time/day.ts'
import type { Database, ReadTx } from '../../database/database.ts'
import { readAs, readSettings } from '../../database/read-settings.ts'
import { latestOf, oneOf } from '../../repositories/desk/rows.ts'
import { record, type AuditEvent } from '../../repositories/audit.ts'
import { listed, opened } from './list-row.ts'
import { readList, readWaiting, type WaitingSort } from './list.ts'
import { readOverview } from './overview.ts'
import { deskRegions, sitsOver } from './reading.ts'

export interface DeskDeps {
  database: Database
  /** Epoch milliseconds. */
  clock(): number
}

/** Who asks, as far as the desk needs to know. */
export interface Reader {
  person: Id
  device: number | null
  rights: Rights
  /** Disputes open to them at this moment because somebody is in danger. */
  opened?: readonly Id[]
  requestId: string
}

/** Rows of 刚到的. */
const LATEST_ROWS = 6

/**
 * One snapshot for one answer, read with the reader's own rights. null is what everybody gets who asks for a region that is not there or
 * not theirs: the two are one answer (D-107).
 */
async function reading<T>(
  deps: DeskDeps,
  who: Reader,
  region: string,
  work: (tx: ReadTx, now: Date) => Promise<T | null>,
): Promise<T | null> {
  const now = deps.clock()
  const today = dayOf(now)
  if (!sitsOver(who.rights, region, today)) return null
  return readAs(deps.database, readSettings(who.rights, today), (tx) => work(tx, new Date(now)), {
    isolation: 'repeatable read',
  })
}

const eventOf = (
  who: Reader,
  action: string,
  region: string,
  object: { kind: string; id: string },
): AuditEvent => ({
  actor: who.person,
  device: who.device,
  role: 'coordinator',
  action,
  object,
  region,
  requestId: who.requestId,
})

/** Counts only: no record is read, so nothing is logged. */
export const overviewOf = (
  deps: DeskDeps,
  who: Reader,
  asked: { region: string; period: Period },
): Promise<Overview | null> =>
  reading(deps, who, asked.region, (tx, now) => readOverview(tx, asked.region, asked.period, now))

/** The records behind a number; one line in the log for each page that shows any (D-108). */
export const listOf = (
  deps: DeskDeps,
  who: Reader,
  asked: { region: string; metric: string; period: Period; page: number },
): Promise<DeskList | null> =>
  reading(deps, who, asked.region, async (tx, now) => {
    const list = await readList(tx, asked.region, asked, now)
    if (list && list.rows.length > 0)
      await record(
        tx,
        now.getTime(),
        eventOf(who, 'desk.list', asked.region, { kind: 'list', id: asked.metric }),
      )
    return list
  })

/** The records that wait for the office, of one sort. */
export const waitingOf = (
  deps: DeskDeps,
  who: Reader,
  asked: { region: string; sort: WaitingSort; page: number },
): Promise<DeskList | null> =>
  reading(deps, who, asked.region, async (tx, now) => {
    const list = await readWaiting(tx, asked.region, asked, now)
    if (list && list.rows.length > 0)
      await record(
        tx,
        now.getTime(),
        eventOf(who, 'desk.list', asked.region, { kind: 'list', id: asked.sort }),
      )
    return list
  })

/** The newest arrivals of a region. */
export const newestOf = (deps: DeskDeps, who: Reader, region: string): Promise<Latest | null> =>
  reading(deps, who, region, async (tx, now) => {
    const rows = await latestOf(tx, region, LATEST_ROWS)
    if (rows.length > 0)
      await record(tx, now.getTime(), eventOf(who, 'desk.latest', region, { kind: 'list', id: 'latest' }))
    return { asOf: { at: now.getTime() }, rows: rows.map(listed) }
  })

/** The same reader, to whom this one file is open out of turn. */
function withEmergency(who: Reader, id: Id, today: Day): Reader {
  const records = [...who.rights.records, { id, from: today, to: today }]
  return { ...who, rights: { ...who.rights, records } }
}

/** One record of the reader's regions, whole or as its skeleton; opening it is logged by its id, out of turn by a word of its own. */
export async function recordOf(
  deps: DeskDeps,
  asking: Reader,
  asked: { kind: string; id: Id },
): Promise<DeskRecord | null> {
  const isEmergency = asked.kind === 'dispute' && (asking.opened ?? []).includes(asked.id)
  const who = isEmergency ? withEmergency(asking, asked.id, dayOf(deps.clock())) : asking
  const whole = isEmergency ? 'read.emergency' : 'read'
  for (const region of deskRegions(who.rights, dayOf(deps.clock()))) {
    const found = await reading(deps, who, region, async (tx, now) => {
      const row = await oneOf(tx, region, asked.kind, asked.id)
      if (!row) return null
      await record(
        tx,
        now.getTime(),
        eventOf(who, row.view === 'full' ? whole : 'read.skeleton', row.region, asked),
      )
      return { asOf: { at: now.getTime() }, row: opened(row) }
    })
    if (found) return found
  }
  return null
}
