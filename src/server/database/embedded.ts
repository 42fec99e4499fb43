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
import { databaseIn, finishSwap } from './swap.ts'
import { isMade, isPutBack, keepWitness, readWitness } from './witness.ts'
import { workAs } from './work.ts'

const WITNESS_MS = 10_000
const LOG_BYTES = 16 * 1024 * 1024

export interface EmbeddedDatabase extends Database {
  readonly kind: 'embedded'
  /** fsync calls that reached the kernel since opening; 0 in memory. */
  syncs(): number
  /** The whole folder as a tarball, for templates. */
  dump(): Promise<Blob>
  /** Writes everything into its place and lets go of what was replaced: on its own, this database never does. */
  tidy(): Promise<void>
  /** Whether this opening found that the folder is not the one that was left here, and began a new history. */
  readonly putBack: boolean
}

const sessionOf = (pg: PGlite): Session => ({
  exec: async (statements) => void (await pg.exec(statements)),
  ask: async (statement, values) => (await pg.query<Record<string, unknown>>(statement, values)).rows,
})

interface Around {
  syncs(): number
  putBack: boolean
  beforeClose(): Promise<void>
  afterClose(): void
}

const ALONE: Around = { syncs: () => 0, putBack: false, beforeClose: async () => {}, afterClose: () => {} }

/** The port on an open PGlite. */
export function portOn(pg: PGlite, around: Around = ALONE): EmbeddedDatabase {
  const db = drizzle(pg, { schema })
  return {
    kind: 'embedded',
    putBack: around.putBack,
    // Same shape at run time; only the driver's own result type differs.
    as: (role, settings, work, options) =>
      workAs(
        (inner, config) => db.transaction((tx) => inner(tx as unknown as Tx), config),
        role,
        settings,
        work,
        options,
      ),
    syncs: around.syncs,
    dump: () => pg.dumpDataDir('none'),
    async tidy() {
      await pg.exec('VACUUM ANALYZE')
      await pg.exec('CHECKPOINT')
    },
    async close() {
      await around.beforeClose()
      await pg.close()
      around.afterClose()
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

/** How far the log is on the disk, in bytes. */
async function walOf(pg: PGlite): Promise<number> {
  const { rows } = await pg.query<{ wal: number }>('SELECT mb_wal_place() AS wal')
  return rows[0]?.wal ?? 0
}

/**
 * Remembers, beside the database, how far it has come: every ten seconds in which it did, and when it closes. Nobody else writes its
 * pages into their places here, so that is done when the log has grown: it must not fill the disk, nor be long to replay at a start.
 */
function remember(pg: PGlite, folder: string, database: string): () => Promise<void> {
  let kept = -1
  let placed = -1
  const look = async () => {
    const wal = await walOf(pg)
    if (placed < 0) placed = wal
    if (wal - placed > LOG_BYTES) {
      await pg.exec('CHECKPOINT')
      placed = wal
    }
    if (wal !== kept) keepWitness(folder, database, wal)
    kept = wal
  }
  // A look that fails, on a full disk say, leaves an older witness, which is true too.
  const timer = setInterval(() => void look().catch(() => {}), WITNESS_MS)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await look().catch(() => {})
  }
}

/** Begins a new history where the folder tells that it is not the one that was left here: a copy, or an older state put back. */
async function judgeFolder(pg: PGlite, folder: string, database: string): Promise<boolean> {
  const putBack = isPutBack(readWitness(folder), database, await walOf(pg))
  if (putBack) await pg.exec('SELECT * FROM mb_new_history(0, 0)')
  return putBack
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
    finishSwap(path)
    const database = databaseIn(path)
    const wasThere = isMade(database)
    const files = new DurableNodeFS(database)
    const pg = await PGlite.create({ fs: files, startParams: DURABLE_PARAMETERS })
    await proveDurable(pg, files)
    await bringUp(pg)
    const putBack = wasThere && (await judgeFolder(pg, path, database))
    const beforeClose = remember(pg, path, database)
    return portOn(pg, { syncs: () => files.syncs, putBack, beforeClose, afterClose: unlock })
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

/** A database that somebody else fills: made by an older set of migrations, brought up to this build when it is full. */
export interface Scratch extends EmbeddedDatabase {
  bringUp(): Promise<void>
}

/**
 * A new database for a backup to be put into.
 * @param folder a new folder, written through to the disk; null: in memory, gone when closed
 * @param only the migrations that made the backup
 */
export async function openScratch(folder: string | null, only: ReadonlySet<string>): Promise<Scratch> {
  const pg = await PGlite.create(
    folder === null ? {} : { fs: new DurableNodeFS(folder), startParams: DURABLE_PARAMETERS },
  )
  await migrate(sessionOf(pg), null, only)
  return { ...portOn(pg), bringUp: () => bringUp(pg) }
}

/** An embedded database in memory, gone when closed: for tests. */
export async function openInMemory(template?: Blob): Promise<EmbeddedDatabase> {
  const pg = await PGlite.create(template ? { loadDataDir: template } : {})
  await bringUp(pg)
  return portOn(pg)
}

/** A migrated database without a history of its own, as a tarball, from which one in memory is ready seconds sooner. */
export async function makeTemplate(): Promise<Blob> {
  const pg = await PGlite.create()
  await migrate(sessionOf(pg))
  const dump = await pg.dumpDataDir('none')
  await pg.close()
  return dump
}
