import { sql } from 'drizzle-orm'
import type { Result } from '#domain/result.ts'
import { isDemoData } from '../accounts/demo.ts'
import type { Database } from '../database/database.ts'
import type { SyncDatabase } from '../repositories/sync/tables.ts'
import { loadDemo, type LoadedDemo, type Progress } from './load-demo.ts'

/** What stays: the migrations, what this place is, the names of regions, the log (nobody can empty it), and the history's identity. */
const KEPT = ['mb_migration', 'installation_mark', 'region', 'audit', 'audit_head', 'sync_meta']

/**
 * Empties everything but what stays and begins a new history, so that no number ever means two things. Partitions that hold
 * nothing are left alone: there are hundreds.
 */
async function wipe(database: Database): Promise<void> {
  await database.as('owner', {}, async (tx) => {
    const kept = sql.join(
      KEPT.map((one) => sql`${one}`),
      sql`, `,
    )
    const { rows } = await tx.execute<{ names: string | null }>(sql`
      SELECT string_agg(c.oid::regclass::text, ', ') AS names FROM pg_class c
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname NOT IN (${kept})
        AND (NOT c.relispartition OR pg_relation_size(c.oid) > 0)`)
    const names = rows[0]?.names
    if (names) await tx.execute(sql.raw(`TRUNCATE ${names}`))
    await tx.execute(sql`DELETE FROM installation_mark WHERE mark = 'demo-loaded'`)
    await tx.execute(sql`UPDATE sync_meta SET epoch = gen_random_uuid(), gen = gen + 1`)
  })
}

let running: Promise<Result<LoadedDemo, 'not-empty' | 'no-demo'>> | null = null

async function resetNow(
  database: Database,
  clock: () => number,
  onProgress: Progress,
  tables: SyncDatabase | undefined,
): Promise<Result<LoadedDemo, 'not-empty' | 'no-demo'>> {
  if (!(await isDemoData(database))) return { ok: false, reason: 'no-demo' }
  await wipe(database)
  return loadDemo(database, clock, onProgress, undefined, tables)
}

/**
 * Puts the demo back: everything that was played is gone, the invented county stands there anew as of now, with other people's ids
 * under another epoch, so that a phone that kept its old papers enters afresh instead of mixing them in. Refused where the demo
 * world never was. Asked for twice at once, it happens once.
 */
export function resetDemo(
  database: Database,
  clock: () => number,
  onProgress: Progress = () => {},
  tables?: SyncDatabase,
): Promise<Result<LoadedDemo, 'not-empty' | 'no-demo'>> {
  running ??= resetNow(database, clock, onProgress, tables).finally(() => {
    running = null
  })
  return running
}
