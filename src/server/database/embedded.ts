import { accessSync, constants, existsSync, mkdirSync, statfsSync, writeFileSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import type { Database, Tx } from './database.ts'
import { DURABLE_PARAMETERS, DurableNodeFS } from './durable-files.ts'
import { lockFolder } from './folder-lock.ts'
import { migrate, type Session } from './migrate.ts'
import { CannotStart } from './refused.ts'
import * as schema from './schema.ts'
import { workAs } from './work.ts'

export interface EmbeddedDatabase extends Database {
  readonly kind: 'embedded'
  /** fsync calls that reached the kernel since opening; 0 in memory. */
  syncs(): number
  /** The whole folder as a tarball, for templates and backups. */
  dump(): Promise<Blob>
}

const sessionOf = (pg: PGlite): Session => ({
  exec: async (statements) => void (await pg.exec(statements)),
  ask: async (statement, values) => (await pg.query<Record<string, unknown>>(statement, values)).rows,
})

function portOn(pg: PGlite, syncs: () => number, afterClose: () => void): EmbeddedDatabase {
  const db = drizzle(pg, { schema })
  return {
    kind: 'embedded',
    // Same shape at run time; only the driver's own result type differs.
    as: (role, settings, work, options) =>
      workAs(
        (inner, config) => db.transaction((tx) => inner(tx as unknown as Tx), config),
        role,
        settings,
        work,
        options,
      ),
    syncs,
    dump: () => pg.dumpDataDir('none'),
    async close() {
      await pg.close()
      afterClose()
    },
  }
}

/** Makes a folder and what is missing above it. Node's own recursive mkdir never ends where a system folder refuses children. */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  mkdirSync(path, { mode: 0o700 })
}

function prepareFolder(path: string): void {
  try {
    makeFolder(path)
    accessSync(path, constants.W_OK | constants.X_OK)
    // Root may write where the mode says no; a read-only disk still refuses.
    const probe = join(path, `.probe-${process.pid}`)
    writeFileSync(probe, '')
    rmSync(probe)
  } catch {
    throw new CannotStart(
      'folder-not-writable',
      `the data folder ${path} cannot be written; give this user the right to, or choose another folder with MINGBAI_DATA.`,
    )
  }
  const { bavail, bsize } = statfsSync(path)
  if (bavail * bsize < 100 * 1024 * 1024)
    throw new CannotStart(
      'disk-full',
      `less than 100 MB are free for the data folder ${path}; make room, or choose another folder with MINGBAI_DATA.`,
    )
}

/** Refuses to serve on a disk that a commit does not reach: an acknowledgement is a promise. */
async function proveDurable(pg: PGlite, files: DurableNodeFS): Promise<void> {
  const [setting] = (await pg.query<{ fsync: string }>('SHOW fsync')).rows
  const before = files.syncs
  await pg.exec('CREATE TABLE public.mb_probe (); DROP TABLE public.mb_probe')
  if (setting?.fsync !== 'on' || files.syncs <= before)
    throw new CannotStart(
      'not-durable',
      'the embedded database does not write through to the disk here; use PostgreSQL by DATABASE_URL.',
    )
}

/**
 * Opens the embedded database in a folder: exclusive lock, fsync made real and proved, migrations run. For trial and
 * demonstration; production is PostgreSQL. Throws `CannotStart` with one sentence.
 */
export async function openEmbedded(folder: string): Promise<EmbeddedDatabase> {
  const path = resolve(folder)
  prepareFolder(path)
  const unlock = lockFolder(path)
  try {
    const files = new DurableNodeFS(join(path, 'database'))
    const pg = await PGlite.create({ fs: files, startParams: DURABLE_PARAMETERS })
    await proveDurable(pg, files)
    await bringUp(pg)
    return portOn(pg, () => files.syncs, unlock)
  } catch (error) {
    unlock()
    throw error
  }
}

/** Migrations, then the identity of this history. */
async function bringUp(pg: PGlite): Promise<void> {
  await migrate(sessionOf(pg))
  await pg.exec('SELECT * FROM mb_open_history()')
}

/** An embedded database in memory, gone when closed: for tests. */
export async function openInMemory(template?: Blob): Promise<EmbeddedDatabase> {
  const pg = await PGlite.create(template ? { loadDataDir: template } : {})
  await bringUp(pg)
  return portOn(
    pg,
    () => 0,
    () => {},
  )
}

/** A migrated database without a history of its own, as a tarball, from which one in memory is ready seconds sooner. */
export async function makeTemplate(): Promise<Blob> {
  const pg = await PGlite.create()
  await migrate(sessionOf(pg))
  const dump = await pg.dumpDataDir('none')
  await pg.close()
  return dump
}
