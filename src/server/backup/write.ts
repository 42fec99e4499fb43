import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Database, Tx } from '../database/database.ts'
import { record } from '../repositories/audit.ts'
import { snapshotOf } from '../repositories/backup/history.ts'
import { fixFormats, linesOf } from '../repositories/backup/rows.ts'
import { countersOf, migrationsIn, tablesOf } from '../repositories/backup/tables.ts'
import type { AttachmentFiles } from './attachment-files.ts'
import { CannotBackUp } from './cannot-back-up.ts'
import { filesBelow, fingerprint, syncPath, writeLines } from './files.ts'
import { BACKUP_FORMAT, MANIFEST, SUMS, type Manifest } from './manifest.ts'

/** What was written, for whoever asked. */
export interface Written {
  folder: string
  takenAt: string
  tables: number
  rows: number
  /** Bytes of all files in the folder. */
  bytes: number
  seconds: number
}

export interface BackupParts {
  database: Database
  /** Version of this build. */
  app: string
  attachments: AttachmentFiles | null
}

async function refuseUsed(folder: string): Promise<void> {
  const inside = await readdir(folder).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return []
    throw new CannotBackUp('bad-folder', `${folder} is not a folder that can be written; choose another one.`)
  })
  if (inside.length > 0)
    throw new CannotBackUp(
      'folder-not-empty',
      `the folder ${folder} is not empty; a backup goes into a new one.`,
    )
}

async function writeTables(tx: Tx, folder: string): Promise<Manifest['tables']> {
  await fixFormats(tx)
  const tables = await tablesOf(tx)
  const shut = tables.filter((one) => !one.open || one.key === null)
  // A row hidden by a policy would be missing without a word.
  if (shut.length > 0)
    throw new Error(`not every row can be read of ${shut.map((one) => one.name).join(', ')}`)
  const written: Manifest['tables'] = []
  for (const table of tables) {
    const file = `${table.name}.ndjson.gz`
    const { rows, bytes, hash } = await writeLines(join(folder, file), linesOf(tx, table))
    const { name, columns } = table
    written.push({ name, columns, rows, file, bytes, sha256: hash.digest('hex') })
  }
  return written
}

/** One snapshot: everything in it is of one moment, while others go on writing. */
const writeSnapshot = (parts: BackupParts, folder: string): Promise<Omit<Manifest, 'attachments'>> =>
  parts.database.as(
    'jobs',
    {},
    async (tx) => {
      const { server, ...snapshot } = await snapshotOf(tx)
      const counters = await countersOf(tx, await tablesOf(tx))
      return {
        format: BACKUP_FORMAT,
        app: parts.app,
        server,
        database: parts.database.kind,
        ...snapshot,
        migrations: await migrationsIn(tx),
        counters,
        tables: await writeTables(tx, folder),
      }
    },
    { isolation: 'repeatable read' },
  )

async function writeSums(folder: string): Promise<number> {
  const names = await filesBelow(folder)
  const lines: string[] = []
  let total = 0
  for (const name of names) {
    const { sha256, bytes } = await fingerprint(join(folder, name))
    lines.push(`${sha256}  ${name}\n`)
    total += bytes
  }
  await writeFile(join(folder, SUMS), lines.join(''), { mode: 0o600 })
  await syncPath(join(folder, SUMS))
  return total
}

/** Puts the finished folder in its place in one step. */
async function putInPlace(part: string, folder: string): Promise<void> {
  await rmdir(folder).catch(() => {})
  await rename(part, folder).catch(() => {
    throw new CannotBackUp(
      'folder-not-empty',
      `the folder ${folder} is no longer empty; nothing was written there.`,
    )
  })
  await syncPath(dirname(folder))
}

const spaceless = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOSPC'

/** Writes into the log that somebody at this computer takes a copy of everything; without that row there is no copy. @param at epoch ms */
export const noteBackup = (database: Database, at: number): Promise<void> =>
  database.as('jobs', {}, (tx) =>
    record(tx, at, {
      actor: null,
      role: 'operator',
      action: 'backup.write',
      object: { kind: 'backup', id: '' },
    }),
  )

/**
 * Writes a backup of one moment into a new folder, while the database serves. Whatever stops it half-way, there is no folder of
 * that name, or a whole one.
 */
export async function writeBackup(parts: BackupParts, into: string): Promise<Written> {
  const began = performance.now()
  const folder = resolve(into)
  await refuseUsed(folder)
  const part = `${folder}.part-${randomBytes(4).toString('hex')}`
  await mkdir(part, { recursive: true, mode: 0o700 }).catch(() => {
    throw new CannotBackUp(
      'bad-folder',
      `${folder} cannot be made; give this user the right to, or choose another folder.`,
    )
  })
  try {
    const snapshot = await writeSnapshot(parts, part)
    // After the snapshot: a file that came since is one too many, never one too few.
    const attachments = parts.attachments ? await parts.attachments.copyInto(join(part, 'attachments')) : []
    const manifest: Manifest = { ...snapshot, attachments }
    await writeFile(join(part, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 })
    await syncPath(join(part, MANIFEST))
    const bytes = await writeSums(part)
    await syncPath(part)
    await putInPlace(part, folder)
    return {
      folder,
      takenAt: manifest.takenAt,
      tables: manifest.tables.length,
      rows: manifest.tables.reduce((sum, one) => sum + one.rows, 0),
      bytes,
      seconds: (performance.now() - began) / 1000,
    }
  } catch (error) {
    await rm(part, { recursive: true, force: true })
    if (spaceless(error))
      throw new CannotBackUp(
        'disk-full',
        `there is no room for a backup in ${dirname(folder)}; nothing was written.`,
      )
    throw error
  }
}
