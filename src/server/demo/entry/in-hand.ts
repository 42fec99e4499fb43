import { sql } from 'drizzle-orm'
import { grantsOf } from '#domain/access/appointed.ts'
import type { Dispute } from '#domain/dispute/dispute.ts'
import { titleOf } from '#domain/dispute/title.ts'
import { VILLAGE_WORDS } from '#domain/dispute/type.ts'
import type { Lead } from '#domain/lead/lead.ts'
import { prefixOf } from '#domain/region/code.ts'
import type { Day } from '#domain/time/day.ts'
import type { Database, Tx } from '../../database/database.ts'
import { readAs, readSettings } from '../../database/read-settings.ts'
import { sumOf } from '../../repositories/desk/numbers.ts'
import type { DemoSeeds } from '../seed-files.ts'

/** What the entry page says of the people's work; each is read from the records at that moment. null: nothing of the kind. */
export interface InHand {
  followUp: string | null
  returned: string | null
  lead: string | null
  disputes: number
  sessions: number
  reportYear: number
  reportDisputes: number
  ownCase: string | null
}

type Person = DemoSeeds['world']['people'][number]

async function disputesOf(tx: Tx, region: string, where: 'due' | 'returned', today: Day): Promise<Dispute[]> {
  const wanted =
    where === 'due'
      ? sql`body ->> 'followUpDueOn' <= ${today} AND body ->> 'stage' <> 'cancelled'`
      : sql`body -> 'review' ->> 'state' = 'returned'`
  const { rows } = await tx.execute<{ body: Dispute }>(sql`
    SELECT body FROM record_seen
    WHERE county = ${region.slice(0, 6)} AND region = ${region} AND kind = 'dispute' AND NOT deleted AND view = 'full' AND ${wanted}
    ORDER BY seq DESC LIMIT 1`)
  return rows.map((one) => one.body)
}

async function leadOf(tx: Tx, region: string): Promise<string | null> {
  const { rows } = await tx.execute<{ body: Lead }>(sql`
    SELECT body FROM record_seen
    WHERE county = ${region.slice(0, 6)} AND region = ${region} AND kind = 'lead' AND NOT deleted AND body ->> 'stage' = 'open'
    ORDER BY seq DESC LIMIT 1`)
  return rows[0]?.body.about ?? null
}

/** The rights that a person of the stories has; a mediator's besides a coordinator's, as in the world file. */
function settingsFor(one: Person, county: string, today: Day) {
  const from = '2000-01-01'
  const own = { role: one.as, region: one.at, from, to: null }
  const office = one.coordinates
    ? [prefixOf(one.at), county].map((region) => ({ role: 'coordinator' as const, region, from, to: null }))
    : []
  return readSettings({ person: '', grants: grantsOf([own, ...office]), records: [] }, today)
}

const shortTitle = (dispute: Dispute): string => titleOf(dispute).replace('·', '的')
const wordOf = (dispute: Dispute): string => VILLAGE_WORDS.find((one) => one.id === dispute.word)?.word ?? ''

/** Reads what the people behind the doors have in hand on `today`, each with no more rights than their own. */
export async function readInHand(database: Database, seeds: DemoSeeds, today: Day): Promise<InHand> {
  const [mediator, , coordinator] = seeds.world.doors.map((door) =>
    seeds.world.people.find((one) => one.key === door.person),
  )
  if (!mediator || !coordinator)
    throw new Error('world.yaml: the doors want a mediator first and a coordinator third')
  const { county } = seeds.world
  const hers = settingsFor(mediator, county.code, today)
  const his = settingsFor(coordinator, county.code, today)
  const year = { from: `${today.slice(0, 4)}-01-01`, to: today }
  const reportYear = Number(seeds.world.register_day.slice(0, 4))
  const inHers = await readAs(database, hers, async (tx) => {
    const [due] = await disputesOf(tx, mediator.at, 'due', today)
    const [back] = await disputesOf(tx, mediator.at, 'returned', today)
    return {
      followUp: due ? shortTitle(due) : null,
      returned: back ? titleOf(back) : null,
      lead: await leadOf(tx, mediator.at),
    }
  })
  const inHis = await readAs(database, his, async (tx) => {
    const [own] = await disputesOf(tx, coordinator.at, 'due', today)
    return {
      disputes: await sumOf(tx, prefixOf(coordinator.at), 'disputes', year),
      sessions: await sumOf(tx, prefixOf(coordinator.at), 'outreach', year),
      reportDisputes: await sumOf(tx, county.code, 'disputes', {
        from: `${reportYear}-01-01`,
        to: `${reportYear}-12-31`,
      }),
      ownCase: own ? `${own.place}${wordOf(own)}，今天回访` : null,
    }
  })
  return { ...inHers, ...inHis, reportYear }
}
