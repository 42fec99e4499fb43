import { sql } from 'drizzle-orm'
import { regionsInvited } from '#domain/account/invite.ts'
import type { Id } from '#domain/id.ts'
import type { RegionCode } from '#domain/region/code.ts'
import type { Tx } from '../database/database.ts'
import { isSealed, openValue, sealValue } from '../privacy/field-keys.ts'
import { writeEvent } from './audit.ts'
import { newId, rowsOf, today, type AccountsContext } from './context.ts'
import { appointmentsOf, regionNames } from './people.ts'

export interface FeedbackGiven {
  sort: 'complaint' | 'suggestion'
  text: string
  contact: string
  region: RegionCode | null
}

/** What a way to answer is sealed for: it opens beside no other message. */
export const boundToFeedback = (id: Id): string => `feedback/${id}/contact`

/**
 * Keeps a complaint or suggestion for the sponsor's office. Who wrote it is not kept, unless they left a way to answer, which lies sealed:
 * most often it is a telephone number (TR-47).
 */
export async function giveFeedback(tx: Tx, context: AccountsContext, given: FeedbackGiven): Promise<void> {
  const id = newId(context)
  const contact = given.contact === '' ? '' : sealValue(context.fields, boundToFeedback(id), given.contact)
  await tx.execute(sql`
    INSERT INTO feedback (id, sort, body, contact, region, at)
    VALUES (${id}, ${given.sort}, ${given.text}, ${contact}, ${given.region}, ${context.now()})`)
}

/** A way to answer as it was left; '' when it was sealed under a key that is not here. */
const openContact = ({ fields }: AccountsContext, id: Id, kept: string): string =>
  isSealed(kept) ? (openValue(fields, boundToFeedback(id), kept) ?? '') : kept

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
    contact: openContact(context, one.id, one.contact),
    regionName: one.region === null ? '' : (names.get(one.region)?.name ?? ''),
    at: one.at,
  }))
}
