import { sql } from 'drizzle-orm'
import * as v from 'valibot'
import { RegisterPersonSchema } from '#domain/register/person.ts'
import { isValidOn } from '#domain/access/grant.ts'
import { codeOf, countyOf, levelOf, townshipOf, type RegionCode } from '#domain/region/code.ts'
import type { Day } from '#domain/time/day.ts'
import type { Me } from '#sync/protocol/wire.ts'
import type { Database } from '../database/database.ts'
import { rowsOf } from './context.ts'

type Contact = Me['contacts'][number]

/** Who is named to whom: a village's mediators and understanders to the village, a township office to all below it. */
const VILLAGE_POSTS = ['mediator', 'committee-head', 'understander']
const OFFICE_POSTS = ['coordinator', 'clerk', 'mediator']
/** A page shows a handful; more would be a directory. */
const MOST = 12

function contactOf(body: unknown, region: RegionCode, day: Day): Contact | null {
  const read = v.safeParse(RegisterPersonSchema, body)
  if (!read.success) return null
  const wanted = levelOf(region) === 'village' ? VILLAGE_POSTS : OFFICE_POSTS
  const posts = read.output.posts.filter((one) => isValidOn(one, day)).map((one) => one.as as string)
  const post = wanted.find((one) => posts.includes(one))
  if (!post) return null
  const role =
    post === 'coordinator' || post === 'clerk'
      ? 'justice-office'
      : post === 'understander'
        ? 'understander'
        : 'mediator'
  return {
    name: read.output.name,
    role,
    phone: read.output.phone === '' ? null : read.output.phone,
    when: '',
  }
}

/**
 * Who helps in these villages and at their township's office, from the register: what hangs on the village's wall anyway, so it
 * is read for the place and not by the caller's rights. A phone number is there only if it was given.
 * @param villages village or township codes
 */
export async function contactsAround(
  database: Database,
  villages: readonly RegionCode[],
  day: Day,
): Promise<Contact[]> {
  const places = [...new Set(villages.flatMap((one) => [one, codeOf(townshipOf(one))]))].filter((one) =>
    ['village', 'township'].includes(levelOf(one) ?? ''),
  )
  if (places.length === 0) return []
  const counties = [...new Set(places.map(countyOf))]
  const rows = await database.as('app', { full_register: places.join(',') }, (tx) =>
    rowsOf<{ body: unknown; region: string }>(
      tx,
      // Places by name, so that one index is asked and not every record of every county.
      sql`SELECT body, region FROM record_seen
          WHERE county = ANY (ARRAY(SELECT jsonb_array_elements_text(${JSON.stringify(counties)}::jsonb)))
            AND region = ANY (ARRAY(SELECT jsonb_array_elements_text(${JSON.stringify(places)}::jsonb)))
            AND kind = 'register.person' AND NOT deleted AND view = 'full'
          ORDER BY region DESC, id LIMIT 200`,
    ),
  )
  const found = rows.map((one) => contactOf(one.body, one.region, day)).filter((one) => one !== null)
  // Somebody to call comes before somebody to look for.
  return found.sort((a, b) => Number(b.phone !== null) - Number(a.phone !== null)).slice(0, MOST)
}
