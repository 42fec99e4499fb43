import { sql } from 'drizzle-orm'
import type { Id } from '#domain/id.ts'
import { accept, refuse, type Result } from '#domain/result.ts'
import type { Database, Tx } from '../database/database.ts'
import { CannotStart } from '../database/refused.ts'
import { inAccounts, rowOf, rowsOf, type AccountsContext } from './context.ts'
import { enterDevice } from './devices.ts'
import { openSession } from './sessions.ts'

/**
 * Marks this database as a demo's for ever, its accounts as invented people's, and who sits at which door.
 * @param doors persons of the ports after the main one, in order
 */
export async function markDemo(database: Database, at: number, doors: readonly Id[]): Promise<void> {
  await database.as('accounts', {}, async (tx) => {
    await tx.execute(
      sql`INSERT INTO installation_mark (mark, at) VALUES ('demo', ${at}) ON CONFLICT (mark) DO NOTHING`,
    )
    await tx.execute(sql`UPDATE account SET demo = true`)
    await tx.execute(sql`DELETE FROM demo_person`)
    for (const [i, person] of doors.entries())
      await tx.execute(sql`INSERT INTO demo_person (place, person) VALUES (${i + 1}, ${person})`)
  })
}

/** Whether the demo world was ever loaded here. */
export const isDemoData = (database: Database): Promise<boolean> =>
  database.as(
    'accounts',
    {},
    async (tx) => (await rowOf(tx, sql`SELECT 1 AS yes FROM installation_mark WHERE mark = 'demo'`)) !== null,
  )

/** Invented people's papers never serve a real county: a database that held the demo world does not start in production. */
export async function refuseDemoData(database: Database, demo: boolean): Promise<void> {
  if (!demo && (await isDemoData(database)))
    throw new CannotStart(
      'demo-data',
      'this data has held the demo world and cannot serve a real county; choose an empty folder with MINGBAI_DATA, or a new database.',
    )
}

export interface Door {
  /** 1 is the port after the main one. */
  place: number
  person: Id
  name: string
}

/** Whom the demo's ports belong to, in order. */
export const demoDoors = (tx: Tx): Promise<Door[]> =>
  rowsOf<{ place: number; person: Id; name: string }>(
    tx,
    sql`SELECT d.place, d.person, p.name FROM demo_person d JOIN person p ON p.id = d.person ORDER BY d.place`,
  )

/**
 * Lets the person of a demo port in, without a question; refused wherever the demo is off or the port is nobody's.
 * @param known the number this browser has; null: it begins anew
 */
export function enterDemo(
  context: AccountsContext,
  place: number,
  known: number | null,
): Promise<Result<{ person: Id; device: number; token: string }, 'no-demo' | 'is-revoked'>> {
  return inAccounts(context, async (tx) => {
    if (!context.demo) return refuse('no-demo')
    const door = (await demoDoors(tx)).find((one) => one.place === place)
    if (!door) return refuse('no-demo')
    // Whoever opens the door anew comes in; a phone that was shut out does not come back by itself.
    const shut = sql`SELECT 1 FROM device d JOIN account a ON a.id = d.account
                     WHERE d.id = ${known} AND a.person = ${door.person} AND d.state = 'revoked'`
    if (known !== null && (await rowOf(tx, shut))) return refuse('is-revoked')
    const device = await enterDevice(tx, context, {
      person: door.person,
      sort: 'phone',
      state: 'confirmed',
      publicKey: null,
      known,
    })
    const token = await openSession(tx, context.now(), { person: door.person, device, sort: 'phone' })
    return accept({ person: door.person, device, token })
  })
}
