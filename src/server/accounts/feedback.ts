import { sql } from 'drizzle-orm'
import { regionsInvited } from '#domain/account/invite.ts'
import type { Id } from '#domain/id.ts'
import type { RegionCode } from '#domain/region/code.ts'
import type { Tx } from '../database/database.ts'
import { writeEvent } from './audit.ts'
import { newId, rowsOf, today, type AccountsContext } from './context.ts'
import { appointmentsOf, regionNames } from './people.ts'

export interface FeedbackGiven {
  sort: 'complaint' | 'suggestion'
  text: string
  contact: string
  region: RegionCode | null
}

/** Keeps a complaint or suggestion for the sponsor's office. Who wrote it is not kept, unless they left a way to answer. */
export async function giveFeedback(tx: Tx, context: AccountsContext, given: FeedbackGiven): Promise<void> {
  await tx.execute(sql`
    INSERT INTO feedback (id, sort, body, contact, region, at)
    VALUES (${newId(context)}, ${given.sort}, ${given.text}, ${given.contact}, ${given.region}, ${context.now()})`)
}

/** What was written from the reader's own regions, newest first; a county's office also reads what names no place. */
export async function listFeedback(tx: Tx, context: AccountsContext, reader: Id) {
  const own = regionsInvited(await appointmentsOf(tx, reader), today(context))
  const ofPlaces = own.map((one) => sql`starts_with(region, ${one})`)
  const county = own.some((one) => one.length <= 6)
  const where = sql.join([...ofPlaces, county ? sql`region IS NULL` : sql`false`], sql` OR `)
  const rows = await rowsOf<{
    id: Id
    sort: string
    body: string
    contact: string
    region: string | null
    at: number
  }>(
    tx,
    sql`SELECT id, sort, body, contact, region, at FROM feedback WHERE ${where} ORDER BY at DESC LIMIT 200`,
  )
  if (rows.length > 0)
    await writeEvent(tx, context.now(), { action: 'feedback.read', actor: reader, outcome: 'ok' })
  const names = await regionNames(
    tx,
    rows.flatMap((one) => (one.region === null ? [] : [one.region])),
  )
  return rows.map((one) => ({
    id: one.id,
    sort: one.sort,
    text: one.body,
    contact: one.contact,
    regionName: one.region === null ? '' : (names.get(one.region)?.name ?? ''),
    at: one.at,
  }))
}
