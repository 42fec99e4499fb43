import { sql } from 'drizzle-orm'
import type { AccessWorld } from '../access/world.ts'

/** Columns that say who may see or do what, by table; rows that came since are taken out again. */
const KEPT: readonly (readonly [table: string, key: readonly string[], columns: readonly string[]])[] = [
  ['record_grant', ['person', 'record', 'from_day'], ['to_day']],
  ['role_grant', ['id'], ['person', 'role', 'region', 'from_day', 'to_day']],
  ['op_refused', ['device', 'n'], ['state', 'decision', 'decided_at', 'asked_at']],
  // Whoever may agree reads who asked, wherever that person sits.
  ['emergency', ['id'], ['reason', 'with_person', 'opened_at', 'until_at', 'owners', 'seen_by']],
]
const STAYING: readonly (readonly [table: string, key: string, columns: readonly string[]])[] = [
  ['session', 'id', ['ended_at', 'ended_for', 'used_at']],
  ['device', 'id', ['state']],
  ['account', 'person', ['state']],
]
/** Where words stay that somebody typed, and may be read by others as theirs: an id among them would be no leak. */
const TYPED: readonly (readonly [table: string, column: string])[] = [
  ['feedback', 'body'],
  ['feedback', 'contact'],
  ['invitation', 'name'],
  ['card', 'name'],
  ['person', 'name'],
]
const RECORD = ['region', 'lane', 'office', 'recorder', 'deleted', 'body', 'skeleton', 'losses'] as const

const sets = (columns: readonly string[]) => sql.raw(columns.map((one) => `${one} = o.${one}`).join(', '))
const same = (columns: readonly string[]) =>
  sql.raw(columns.map((one) => `t.${one} = o.${one}`).join(' AND '))
const differ = (columns: readonly string[]) =>
  sql.raw(
    `(${columns.map((one) => `t.${one}`).join()}) IS DISTINCT FROM (${columns.map((one) => `o.${one}`).join()})`,
  )
const before = (table: string) => sql.raw(`fuzz_before_${table}`)

/** What a request may have changed. */
export type Touched = 'records' | 'rights'

/**
 * Remembers who may see and do what, so that it can be put back after every request that changed something: what an answer may show is
 * then still what it was at the beginning.
 */
export async function keepRights(world: AccessWorld): Promise<(what: Touched) => Promise<void>> {
  const tables = new Set([
    'record',
    'record_home',
    ...[...KEPT, ...STAYING, ...TYPED].map(([table]) => table),
  ])
  for (const table of tables)
    await world.own(sql`CREATE TABLE ${before(table)} AS SELECT * FROM ${sql.identifier(table)}`)
  const records = [
    // One that went to another county is back in its own, and nowhere else.
    sql`DELETE FROM record t WHERE NOT EXISTS (SELECT 1 FROM ${before('record')} o WHERE o.id = t.id AND o.county = t.county)`,
    sql`INSERT INTO record SELECT * FROM ${before('record')} o
        WHERE NOT EXISTS (SELECT 1 FROM record t WHERE t.id = o.id AND t.county = o.county)`,
    sql`DELETE FROM record_home t WHERE NOT EXISTS (SELECT 1 FROM ${before('record_home')} o WHERE o.id = t.id)`,
    sql`UPDATE record_home t SET county = o.county FROM ${before('record_home')} o WHERE o.id = t.id AND o.county <> t.county`,
    sql`UPDATE record t SET ${sets(RECORD)} FROM ${before('record')} o
        WHERE o.id = t.id AND o.county = t.county AND (t.region, t.lane, t.deleted, t.body, t.losses) IS DISTINCT FROM (o.region, o.lane, o.deleted, o.body, o.losses)`,
  ]
  const kept = new Map(
    KEPT.map(([table, key, columns]) => {
      const one = sql.identifier(table)
      const statements = [
        sql`DELETE FROM ${one} t WHERE NOT EXISTS (SELECT 1 FROM ${before(table)} o WHERE ${same(key)})`,
        sql`UPDATE ${one} t SET ${sets(columns)} FROM ${before(table)} o WHERE ${same(key)} AND ${differ(columns)}`,
        sql`INSERT INTO ${one} SELECT * FROM ${before(table)} o WHERE NOT EXISTS (SELECT 1 FROM ${one} t WHERE ${same(key)})`,
      ]
      return [table, statements]
    }),
  )
  const staying = STAYING.map(
    ([table, key, columns]) =>
      sql`UPDATE ${sql.identifier(table)} t SET ${sets(columns)} FROM ${before(table)} o WHERE ${same([key])} AND ${differ(columns)}`,
  )
  const typed = TYPED.map(
    ([table, column]) =>
      sql`UPDATE ${sql.identifier(table)} t SET ${sql.raw(column)} = '示例'
          WHERE ${sql.raw(column)} <> '示例' AND NOT EXISTS (SELECT 1 FROM ${before(table)} o WHERE o.id = t.id)`,
  )
  return (what) =>
    world.database.as('owner', {}, async (tx) => {
      for (const one of what === 'records'
        ? [...records, ...(kept.get('op_refused') ?? [])]
        : [...[...kept.values()].flat(), ...staying, ...typed])
        await tx.execute(one)
    })
}
