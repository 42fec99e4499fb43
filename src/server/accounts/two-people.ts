import { sql } from 'drizzle-orm'
import { codeOf, covers, type RegionCode } from '#domain/region/code.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import { dayOf } from '#domain/time/day.ts'
import { rowOf, rowsOf } from './context.ts'
import type { AccountKeys } from './keys.ts'
import { stepOf } from './second-factor.ts'
import type { Tx } from '../database/database.ts'

/** Somebody who says yes, by the own login and what the own authenticator shows now. */
export interface Yes {
  username: string
  code: string
}
/** Two people who said yes: whose duty it is, and the second. */
export type Two = readonly [first: string, second: string]

export type TwoRefusal = 'same-person' | 'wrong-code' | 'not-their-office'

interface Known extends Record<string, unknown> {
  person: string
  seed: string | null
  last_step: number
}

/** Who said yes; null: nobody by that name, or not what their authenticator shows. A code is good once. */
async function confirmed(tx: Tx, keys: AccountKeys, yes: Yes, now: number): Promise<string | null> {
  const one = await rowOf<Known>(
    tx,
    sql`SELECT person, seed, last_step FROM account WHERE username = ${yes.username} AND state = 'active' FOR UPDATE`,
  )
  if (!one || one.seed === null) return null
  const step = stepOf(keys, one.seed, yes.code, now, one.last_step)
  if (step === null) return null
  await tx.execute(sql`UPDATE account SET last_step = ${step} WHERE person = ${one.person}::uuid`)
  return one.person
}

/** Whether somebody holds one of these posts today over all these places. */
async function holds(
  tx: Tx,
  person: string,
  roles: readonly string[],
  places: readonly RegionCode[],
  day: string,
) {
  const rows = await rowsOf<{ role: string; region: string }>(
    tx,
    sql`SELECT role, region FROM role_grant
        WHERE person = ${person}::uuid AND from_day <= ${day}::date AND (to_day IS NULL OR to_day >= ${day}::date)`,
  )
  const mine = rows.filter((one) => roles.includes(one.role))
  return places.every((place) => mine.some((one) => covers(one.region, place)))
}

/**
 * Two different people, each with what only they have at hand: a coordinator of every place concerned, and another coordinator or an
 * administrator of them (TR-25: what one alone could do in silence is done by two). In the caller's transaction, role `owner`.
 */
export async function confirmTwo(
  tx: Tx,
  keys: AccountKeys,
  said: readonly [Yes, Yes],
  places: readonly RegionCode[],
  now: number,
): Promise<Result<Two, TwoRefusal>> {
  const first = await confirmed(tx, keys, said[0], now)
  const second = said[0].username === said[1].username ? first : await confirmed(tx, keys, said[1], now)
  if (first === null || second === null) return refuse('wrong-code')
  if (first === second) return refuse('same-person')
  const [codes, day] = [places.map((one) => codeOf(one)), dayOf(now)]
  if (!(await holds(tx, first, ['coordinator'], codes, day))) return refuse('not-their-office')
  if (!(await holds(tx, second, ['coordinator', 'administrator'], codes, day)))
    return refuse('not-their-office')
  return accept([first, second])
}
