import { rmSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import { awaitMissingFiles } from '#server/backup/missing-files.ts'
import { restoreEmbedded, restorePostgres, type Restored, type RestoreOrder } from '#server/backup/restore.ts'
import type { Database } from '#server/database/database.ts'
import { openEmbedded } from '#server/database/embedded.ts'
import { openPostgres } from '#server/database/postgresql.ts'
import { fastFolder } from '#tools/prove/fast-folder.ts'
import { newPostgres, type DatabaseKind } from './databases.ts'
import { ServerWorld, type Phone } from './server-world.ts'

const folders: string[] = []

/** A folder of this test file's own, gone when it is over. */
export function newFolder(): string {
  const folder = fastFolder('mb-backup-')
  folders.push(folder)
  return folder
}

/** Removes the folders of this test file. */
export const removeFolders = (): void =>
  folders.splice(0).forEach((one) => rmSync(one, { recursive: true, force: true }))

export const restoreOrder = (from: string, more: Partial<RestoreOrder> = {}): RestoreOrder => ({
  from,
  replace: false,
  erased: [],
  attachments: null,
  now: Date.now(),
  ...more,
})

/** Restores a backup into a new place of a kind and opens it as a server would. Whoever opens it closes it. */
export async function restoredInto(
  kind: DatabaseKind,
  order: RestoreOrder,
): Promise<{ database: Database; restored: Restored }> {
  if (kind === 'embedded') {
    const folder = newFolder()
    const restored = await restoreEmbedded(folder, order)
    return { database: await openEmbedded(folder), restored }
  }
  const database = await openPostgres({ ...(await newPostgres()), connections: 8 })
  try {
    const restored = await restorePostgres(database, order)
    const missing = await awaitMissingFiles(database, order.attachments, order.now)
    return { database, restored: { ...restored, missing } }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** The same people with the same phones, at another server. */
export async function sameWorldOn(database: Database, phones: readonly Phone[]): Promise<ServerWorld> {
  const world = await ServerWorld.open(database)
  for (const one of phones) world.phones.set(one.device, one)
  return world
}

export interface RecordLine extends Record<string, unknown> {
  id: string
  kind: string
  region: string
  rv: number
  seq: number
  deleted: boolean
  body: Record<string, unknown>
}

/** All records, in order of id. */
export const recordsIn = (database: Database): Promise<RecordLine[]> =>
  database.as('owner', {}, async (tx) => {
    const { rows } = await tx.execute<RecordLine>(
      sql`SELECT id, kind, region, rv, seq, deleted, body FROM record ORDER BY id`,
    )
    return rows
  })
